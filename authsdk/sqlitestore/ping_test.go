package sqlitestore_test

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"
)

// TestPingDamaged damages the file below a store that is in use, and has its
// pages in memory and in the -wal.
func TestPingDamaged(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(path string, size int64) error{
		"truncated to nothing": func(path string, _ int64) error { return os.Truncate(path, 0) },
		"truncated":            func(path string, _ int64) error { return os.Truncate(path, 4096) },
		"overwritten": func(path string, size int64) error {
			return os.WriteFile(path, []byte(strings.Repeat("junk", int(size/4))), 0o600)
		},
	} {
		for _, pinged := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				path := newPath(t)
				store := open(t, path)
				now := time.Now()
				store.SetNow(func() time.Time { return now })
				if pinged {
					if err := store.Ping(t.Context()); err != nil {
						t.Fatalf("Ping: %v", err)
					}
				}
				info, err := os.Stat(path)
				if err != nil {
					t.Fatal(err)
				}
				if err := damage(path, info.Size()); err != nil {
					t.Fatal(err)
				}
				now = now.Add(time.Minute)
				noAnswer(t, "Ping", store.Ping(t.Context()))
			})
		}
	}
}

// TestPingSeldom lets what is tried fail by a trigger, and counts by the clock.
func TestPingSeldom(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	store := open(t, path)
	now := time.Now()
	store.SetNow(func() time.Time { return now })
	other := raw(t, path)
	ping := func(what string, want bool) {
		t.Helper()
		if err := store.Ping(t.Context()); (err == nil) != want {
			t.Errorf("Ping, %s: got error %v, want none: %t", what, err, want)
		}
	}
	ping("at first", true)
	execute(t, other, "CREATE TRIGGER full BEFORE INSERT ON authsdk_sessions BEGIN SELECT RAISE(ABORT, 'full'); END")
	now = now.Add(9 * time.Second)
	ping("within ten seconds", true)
	now = now.Add(time.Second)
	ping("after ten seconds", false)
	execute(t, other, "DROP TRIGGER full")
	now = now.Add(9 * time.Second)
	ping("within ten seconds of the failure", false)
	now = now.Add(time.Second)
	ping("ten seconds after the failure", true)

	var rows int
	if err := other.QueryRow("SELECT count(*) FROM authsdk_sessions").Scan(&rows); err != nil || rows != 0 {
		t.Errorf("sessions: got %d and error %v, want none", rows, err)
	}
}

// TestPingGivenUp: a caller that went away leaves nothing behind for the next.
func TestPingGivenUp(t *testing.T) {
	t.Parallel()
	store := open(t, newPath(t))
	ctx, cancel := context.WithCancel(t.Context())
	store.SetNow(func() time.Time { cancel(); return time.Now() }) // between the lock and the write
	noAnswer(t, "Ping", store.Ping(ctx))
	if err := store.Ping(t.Context()); err != nil {
		t.Errorf("Ping after one that was given up: %v", err)
	}
}
