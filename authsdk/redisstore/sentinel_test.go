package redisstore_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/revocation"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/storetest"
)

// sentinel starts a primary with a replica, and a Sentinel that watches them. It
// returns the URL, what kills the primary, and what waits until the replica has all.
func sentinel(t *testing.T) (url string, kill, settle func()) {
	t.Helper()
	primary, replica := start(t), start(t)
	host, port, _ := net.SplitHostPort(primary.address)
	do(t, replica, "replicaof", host, port)
	config := filepath.Join(t.TempDir(), "sentinel.conf")
	if err := os.WriteFile(config, []byte("sentinel monitor main "+host+" "+port+" 1\n"+
		"sentinel down-after-milliseconds main 300\nsentinel failover-timeout main 2000\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	watcher := start(t, config, "--sentinel")
	client := primary.client()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		known := watcher.client()
		replicas, err := known.Do(t.Context(), "sentinel", "replicas", "main").Slice()
		_ = known.Close()
		acknowledged, _ := client.Wait(t.Context(), 1, 100*time.Millisecond).Result()
		if err == nil && len(replicas) == 1 && acknowledged == 1 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the replica is not there: %v", err)
		}
	}
	t.Cleanup(func() { _ = client.Close() })
	settle = func() {
		t.Helper()
		conn := client.Conn() // WAIT is about the writes of its own connection
		defer func() { _ = conn.Close() }()
		if err := conn.Set(t.Context(), "settled", "", 0).Err(); err != nil {
			t.Fatal(err)
		}
		if n, err := conn.Wait(t.Context(), 1, 20*time.Second).Result(); n != 1 {
			t.Fatalf("WAIT: got %d and error %v, want 1", n, err)
		}
	}
	return "redis://" + watcher.address + "?master_name=main", primary.kill, settle
}

// TestSentinel kills the primary. The store turns to the one that follows.
func TestSentinel(t *testing.T) {
	t.Parallel()
	url, kill, settle := sentinel(t)
	store := open(t, url)
	s := create(t, store, newSession("alice"))
	rotate(t, store, s.ID, 0, session.VerdictRotated)
	settle()
	kill()
	begun := time.Now()
	for failed := 0; ; failed++ {
		stored, verdict, err := store.RotateSession(t.Context(), newRotation(s.ID, 1))
		if err == nil && verdict == session.VerdictRotated && stored.Generation == 2 {
			t.Logf("works again after %s and %d refusals", time.Since(begun).Round(time.Millisecond), failed)
			return
		}
		if err == nil || !errors.Is(err, authsdk.ErrStoreUnavailable) || time.Since(begun) > 30*time.Second {
			t.Fatalf("RotateSession %s after the primary was killed: got %s and error %v, want that the store is unavailable, then rotated",
				time.Since(begun), verdict, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// TestSentinelSuite runs the suite of revocations behind a Sentinel.
func TestSentinelSuite(t *testing.T) {
	t.Parallel()
	url, _, _ := sentinel(t)
	var made atomic.Int64
	storetest.RunRevocations(t, func(t *testing.T) storetest.Feed {
		place := url + "&prefix=test" + strconv.FormatInt(made.Add(1), 10) + ":"
		return storetest.Feed{One: open(t, place), Other: open(t, place)}
	})
}

// TestSentinelRevocations has lists follow the feed when the primary is killed:
// they know what was revoked before, are told of what is revoked then, and take it
// for no loss.
func TestSentinelRevocations(t *testing.T) {
	t.Parallel()
	url, kill, settle := sentinel(t)
	one, other := follow(t, open(t, url)), follow(t, open(t, url))
	token := authsdk.Claims{ID: "0123456789abcdef", Subject: "alice", SessionID: "before", IssuedAt: time.Now(), Expires: time.Now().Add(time.Minute)}
	revoked := func(l *revocation.List, id string) bool {
		c := token
		c.SessionID = id
		is, err := l.Revoked(t.Context(), &c)
		return err == nil && is
	}
	if err := one.RevokeSession(t.Context(), "before"); err != nil {
		t.Fatal(err)
	}
	until(t, "the other list hears", func() bool { return revoked(other, "before") })
	settle()
	kill()
	begun := time.Now()
	until(t, "revoking works again", func() bool { return one.RevokeSession(t.Context(), "after") == nil })
	works := time.Since(begun)
	until(t, "the other list follows", func() bool { return revoked(other, "after") })
	t.Logf("works again after %s, followed after %s", works.Round(time.Millisecond), time.Since(begun).Round(time.Millisecond))
	for name, l := range map[string]*revocation.List{"one": one, "other": other, "begins": follow(t, open(t, url))} {
		c := token
		c.SessionID = "good"
		if is, err := l.Revoked(t.Context(), &c); is || err != nil {
			t.Errorf("%s: a good token after the failover: got %t and error %v", name, is, err)
		}
		if !revoked(l, "before") || !revoked(l, "after") {
			t.Errorf("%s: what was revoked passes", name)
		}
		if s := l.Status(); !s.UnknownBefore.Equal(other.Status().UnknownBefore) {
			t.Errorf("%s: got %+v, want the epoch of before", name, s)
		}
	}
	for i := range 5 { // told, not asked
		id, asked := "told "+strconv.Itoa(i), time.Now()
		if err := one.RevokeSession(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		until(t, "the other list is told", func() bool { return revoked(other, id) })
		if took := time.Since(asked); took > 2*time.Second {
			t.Errorf("told after %s, want at once: it asks every 7 seconds", took)
		}
	}
}

// follow runs a list that is told, and asks rarely.
func follow(t *testing.T, store revocation.Store) *revocation.List {
	t.Helper()
	l, err := revocation.New(revocation.Config{Store: store, PollEvery: 7 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var running sync.WaitGroup
	running.Go(func() { l.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		running.Wait()
	})
	until(t, "the first load", func() bool { return !l.Status().Degraded })
	return l
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: waited in vain", what)
		}
	}
}
