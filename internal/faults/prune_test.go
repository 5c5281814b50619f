//go:build linux

package faults_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/authsdk/authsdk-go/authsdk/revocation"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/sqlitestore"
	"github.com/authsdk/authsdk-go/authsdk/users"
	"github.com/authsdk/authsdk-go/authsdk/userstore"
)

// feed is a store of revocations under another name.
type feed interface{ revocation.Store }

// batches is a store that measures how long each batch of what is deleted takes.
type batches struct {
	session.Store
	feed
	userstore.Throttle

	took map[string][]time.Duration
	// forgets: keys have an expiry of the engine's own, but for the revocations.
	forgets bool
}

func (b *batches) measure(what string, prune func(context.Context, time.Time, int) (int, error)) func(context.Context, time.Time, int) (int, error) {
	return func(ctx context.Context, before time.Time, limit int) (int, error) {
		begun := time.Now()
		n, err := prune(ctx, before, limit)
		b.took[what] = append(b.took[what], time.Since(begun))
		return n, err
	}
}

func (b *batches) PruneSessions(ctx context.Context, before time.Time, limit int) (int, error) {
	return b.measure("sessions", b.Store.PruneSessions)(ctx, before, limit)
}

func (b *batches) PruneRevocations(ctx context.Context, before time.Time, limit int) (int, error) {
	return b.measure("revocations", b.feed.PruneRevocations)(ctx, before, limit)
}

func (b *batches) PruneBuckets(ctx context.Context, before time.Time, limit int) (int, error) {
	return b.measure("buckets", b.Throttle.PruneBuckets)(ctx, before, limit)
}

// place opens the store that a server in dir has, and returns how many rows it has.
func place(t *testing.T, dir string, flags []string) (store *batches, rows func() int) {
	t.Helper()
	var (
		opened session.Store
		driver = "sqlite"
		dsn    = filepath.Join(dir, "data", "authsdk.db")
	)
	if len(flags) == 0 {
		s, err := sqlitestore.Open(t.Context(), dsn)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		opened = s
	} else {
		opened = openAt(t, flags[1])
	}
	store = &batches{Store: opened, took: map[string][]time.Duration{}}
	var feeds, throttles bool
	store.feed, feeds = opened.(revocation.Store)
	store.Throttle, throttles = opened.(userstore.Throttle)
	if !feeds || !throttles {
		t.Fatalf("%T lacks a part", opened)
	}
	switch {
	case len(flags) == 0:
	case strings.HasPrefix(flags[1], "redis:"):
		store.forgets = true
		return store, func() int { return redisKeys(t, flags[1]) }
	case strings.HasPrefix(flags[1], "mysql:"):
		driver, dsn = "mysql", strings.NewReplacer("mysql://", "", "@", "@tcp(", "/mysql", ")/mysql").Replace(flags[1])
	default:
		driver, dsn = "pgx", flags[1]
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return store, func() (n int) {
		if err := db.QueryRowContext(t.Context(), `SELECT (SELECT count(*) FROM authsdk_sessions) +
			(SELECT count(*) FROM authsdk_revocations) + (SELECT count(*) FROM authsdk_throttle)`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
}

// redisKeys counts keys, and what is in those of the feed. All others end by
// themselves.
func redisKeys(t *testing.T, url string) int {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: strings.TrimPrefix(url, "redis://")})
	defer func() { _ = client.Close() }()
	n, err := client.DBSize(t.Context()).Result()
	for _, key := range []string{"log", "expiry"} {
		entries, e := client.ZCard(t.Context(), "authsdk:{revocations}:"+key).Result()
		if n += entries; e != nil {
			err = e
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range client.Keys(t.Context(), "*").Val() {
		if ttl := client.PTTL(t.Context(), key).Val(); ttl <= 0 && !strings.HasPrefix(key, "authsdk:{revocations}:") {
			t.Errorf("the key %s does not end", key)
		}
	}
	return int(n)
}

// fill adds what has ended: sessions, revocations, and counts of failed logins.
func (b *batches) fill(t *testing.T, round, n int) {
	t.Helper()
	now := time.Now()
	ended := now.Add(-48 * time.Hour)
	var filling sync.WaitGroup
	for worker := range 8 {
		filling.Go(func() {
			for i := worker; i < n && !b.forgets; i += 8 {
				id := fmt.Sprintf("ended-%d-%020d", round, i)
				_, err := b.CreateSession(t.Context(), session.Session{
					ID: id, Subject: id, CreatedAt: ended, LastSeen: ended, IdleExpires: ended.Add(time.Hour), Expires: ended.Add(2 * time.Hour),
				}, 0)
				if err == nil {
					err = b.KeepBucket(t.Context(), id, ended, time.Hour)
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	entries := make([]revocation.Entry, n)
	for i := range entries {
		entries[i] = revocation.Entry{Kind: revocation.Session, Value: fmt.Sprintf("ended-%d-%020d", round, i), At: ended, Expires: ended.Add(time.Hour)}
	}
	for some := range slices.Chunk(entries, 1000) {
		if err := b.AppendRevocations(t.Context(), now, some...); err != nil {
			t.Error(err)
		}
	}
	filling.Wait()
}

// TestP18Goes fills a store with what has ended, and has the command, the server
// and the functions delete it. All is as it was, and no batch takes long.
func TestP18Goes(t *testing.T) {
	eachStore(t, func(t *testing.T, dir string, flags []string) {
		store, rows := place(t, dir, flags)
		if _, _, err := store.Revocations(t.Context(), time.Now(), 0, 0); err != nil { // makes the head
			t.Fatal(err)
		}
		if store.forgets { // one of each, which rows looks at
			now := time.Now()
			_, err := store.CreateSession(t.Context(), session.Session{
				ID: "ends-by-itself-0123456789", Subject: "alice", CreatedAt: now, LastSeen: now, IdleExpires: now.Add(time.Hour), Expires: now.Add(time.Hour),
			}, 0)
			if err := errors.Join(err, store.KeepBucket(t.Context(), "ends-by-itself", now, time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		base, n := rows(), times(1000, 20_000)
		fill := func(round int) {
			t.Helper()
			store.fill(t, round, n)
			if got := rows(); got < base+n {
				t.Fatalf("got %d rows, want %d more than %d", got, n, base)
			}
		}

		fill(1)
		cmd := exec.CommandContext(t.Context(), program, append([]string{"session", "prune"}, flags...)...)
		cmd.Dir = dir
		output(t, cmd)
		if got := rows(); got != base {
			t.Errorf("after session prune: got %d rows, want %d", got, base)
		}

		fill(2)
		p := serve(t, dir, flags...)
		took := within(t, time.Minute, "the server deletes what has ended", func() bool { return rows() == base })
		p.kill()

		fill(3)
		service, err := users.New(users.Config{Store: nobody{}, Throttle: store})
		if err == nil {
			_, err = session.Prune(t.Context(), store, time.Now())
		}
		if err == nil {
			_, err = revocation.Prune(t.Context(), store, time.Now())
		}
		if err == nil {
			_, err = service.Prune(t.Context())
		}
		if err != nil {
			t.Fatal(err)
		}
		if got := rows(); got != base {
			t.Errorf("after all batches: got %d rows, want %d", got, base)
		}
		for what, took := range store.took {
			slices.Sort(took)
			median, most := took[len(took)/2], took[len(took)-1]
			if median > 50*time.Millisecond {
				t.Errorf("%s: half of the batches took more than %s, want at most 50ms", what, median)
			}
			t.Logf("%s: %d batches, p50 %s, p99 %s, slowest %s", what, len(took), median.Round(10*time.Microsecond),
				took[len(took)*99/100].Round(10*time.Microsecond), most.Round(10*time.Microsecond))
		}
		t.Logf("3 × %d of each; the server took %s", n, took.Round(time.Millisecond))
	})
}

// nobody is a store of users that is not asked.
type nobody struct{ users.Store }
