package pgstore_test

import (
	"crypto/rand"
	"errors"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/pgstore"
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

func create(t *testing.T, store *pgstore.Store, s session.Session) session.Session {
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

func rotate(t *testing.T, store *pgstore.Store, id string, generation int64, want session.Verdict) {
	t.Helper()
	stored, verdict, err := store.RotateSession(t.Context(), newRotation(id, generation))
	if err != nil || verdict != want || stored.Generation != generation+1 {
		t.Fatalf("RotateSession(generation %d): got %s, generation %d, error %v; want %s", generation, verdict, stored.Generation, err, want)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	storetest.RunFaults(t, testservice.Postgres(t), func(t *testing.T, dsn string) session.Store { return open(t, dsn) })
}

// TestTerminated: an administrator ends the connections, again and again, while
// a client refreshes. Nothing that was acknowledged is lost, and no retry is
// taken for a theft.
func TestTerminated(t *testing.T) {
	t.Parallel()
	schema := testservice.Postgres(t)
	u, err := url.Parse(schema)
	if err != nil {
		t.Fatal(err)
	}
	name := u.Query().Get("search_path") // which nothing else has
	store := open(t, testservice.With(t, schema, "application_name", name))
	s := create(t, store, newSession("alice"))
	done := make(chan struct{})
	var ending sync.WaitGroup
	ending.Go(func() {
		for range 20 {
			testservice.PostgresExec(t, schema, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '"+name+"'")
			time.Sleep(10 * time.Millisecond)
		}
		close(done)
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
