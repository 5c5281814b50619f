package mysqlstore_test

import (
	"context"
	"crypto/rand"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/mysqlstore"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/storetest"
	"github.com/authsdk/authsdk-go/internal/testservice"
)

func newSession(subject string) session.Session {
	now := time.Now().UTC().Truncate(time.Millisecond)
	return session.Session{
		ID: rand.Text(), Subject: subject, RotatedAt: now, CreatedAt: now, AuthTime: now, LastSeen: now,
		IdleExpires: now.Add(time.Hour), Expires: now.Add(24 * time.Hour),
	}
}

func create(t *testing.T, store *mysqlstore.Store, s session.Session) session.Session {
	t.Helper()
	if _, err := store.CreateSession(t.Context(), s, 0); err != nil {
		t.Fatalf("CreateSession: %v", err)
	}
	return s
}

// newRotation presents a generation, with a grace that no test outlasts.
func newRotation(id string, generation int64) session.Rotation {
	return session.Rotation{SessionID: id, Generation: generation, Now: time.Now(), Grace: time.Hour, IdleTTL: time.Hour}
}

func rotate(t *testing.T, store *mysqlstore.Store, id string, generation int64, want session.Verdict) {
	t.Helper()
	stored, verdict, err := store.RotateSession(t.Context(), newRotation(id, generation))
	if err != nil || verdict != want || stored.Generation != generation+1 {
		t.Fatalf("RotateSession(generation %d): got %s, generation %d, error %v; want %s", generation, verdict, stored.Generation, err, want)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	storetest.RunFaults(t, testservice.MySQL(t), func(t *testing.T, dsn string) session.Store { return open(t, dsn) })
}

// TestTerminated: an administrator ends the connections, again and again, while
// a client refreshes. Nothing that was acknowledged is lost, and no retry is
// taken for a theft.
func TestTerminated(t *testing.T) {
	t.Parallel()
	dsn := testservice.MySQL(t)
	store := open(t, dsn)
	s := create(t, store, newSession("alice"))
	done := make(chan struct{})
	var ending sync.WaitGroup
	ending.Go(func() {
		defer close(done)
		for range 20 {
			endConnections(t, dsn)
			time.Sleep(10 * time.Millisecond)
		}
	})
	generation, failed := int64(0), 0
	for ended := false; !ended; {
		select {
		case <-done:
			ended = true
		default:
		}
		stored, verdict, err := store.RotateSession(t.Context(), newRotation(s.ID, generation))
		switch {
		case err != nil && errors.Is(err, authsdk.ErrStoreUnavailable):
			failed++ // may or may not have happened: the client asks again
		case err != nil || verdict != session.VerdictRotated && verdict != session.VerdictReplayed || stored.Generation != generation+1:
			t.Fatalf("RotateSession(generation %d): got %s, generation %d, error %v; want rotated or replayed", generation, verdict, stored.Generation, err)
		default:
			generation++
		}
	}
	ending.Wait()
	t.Logf("%d refreshes, %d asked again", generation, failed)
	if got, err := store.Session(t.Context(), s.ID); err != nil || got.Generation != generation || !got.RevokedAt.IsZero() {
		t.Errorf("Session: got %+v and error %v, want generation %d", got, err, generation)
	}
}

// TestVictim: whoever is rolled back for others, a dozen times in a row, is only slow.
// What is no bad luck is not repeated.
func TestVictim(t *testing.T) {
	t.Parallel()
	store := open(t, testservice.MySQL(t))
	for name, tt := range map[string]struct {
		code        uint16
		times, want int
		fails       bool
	}{
		"deadlocks":         {1213, 12, 13, false},
		"changed snapshots": {1020, 12, 13, false},
		"deadlocks forever": {1213, 1000, 16, true},
		"a missing table":   {1146, 1000, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			calls := 0
			err := store.Write(t.Context(), func(context.Context, *sql.Tx) error {
				calls++
				if calls <= tt.times {
					return &mysql.MySQLError{Number: tt.code}
				}
				return nil
			})
			if calls != tt.want || errors.Is(err, authsdk.ErrStoreUnavailable) != tt.fails || err == nil == tt.fails {
				t.Errorf("got %d calls and error %v, want %d calls, failure %t", calls, err, tt.want, tt.fails)
			}
		})
	}
}

var errGone = driver.ErrBadConn

// endConnections ends all connections to the database of a URL.
func endConnections(t *testing.T, dsn string) {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Error(err)
		return
	}
	for _, id := range testservice.MySQLQuery(t, dsn,
		"SELECT id FROM information_schema.processlist WHERE db = ? AND id <> connection_id()", strings.Trim(u.Path, "/")) {
		testservice.MySQLExec(t, dsn, "KILL "+id)
	}
}
