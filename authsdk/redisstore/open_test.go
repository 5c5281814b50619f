package redisstore_test

import (
	"context"
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/redisstore"
	"github.com/authsdk/authsdk-go/authsdk/session"
)

// secret is a password, which no error may show.
const secret = "s3cr3t"

// refused wants Open to fail with one line that has all of want, and no password.
func refused(t *testing.T, dsn string, want ...string) {
	t.Helper()
	store, err := redisstore.Open(t.Context(), dsn)
	if err == nil {
		shut(t, store)
		t.Fatalf("Open(%q): got no error, want one with %q", dsn, want)
	}
	for _, w := range append(want, "redisstore: ") {
		if !strings.Contains(err.Error(), w) {
			t.Errorf("Open(%q): got error %q, want %q in it", dsn, err, w)
		}
	}
	if strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "\n") {
		t.Errorf("Open(%q): got error %q, want one line without the password", dsn, err)
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	const form = "redis://USER:PASSWORD@HOST:PORT/0"
	for _, dsn := range []string{
		"", "127.0.0.1:6379", "postgres://u:" + secret + "@127.0.0.1/test", "redis:" + secret, "redis://",
		"redis://u:" + secret + "/@127.0.0.1", "redis://u:" + secret + "%zz@127.0.0.1", "redis://:6379",
	} {
		refused(t, dsn, form)
	}
	refused(t, "redis://127.0.0.1?password="+secret, "would stand in logs")
	refused(t, "redis://:"+secret+"@127.0.0.1?pool_size=many", ":xxxxx@127.0.0.1", "pool_size")
	refused(t, "redis://:"+secret+"@127.0.0.1?nonsense=1", ":xxxxx@127.0.0.1", "nonsense")
	refused(t, "redis://:"+secret+"@127.0.0.1/name", "database")
	refused(t, "redis://127.0.0.1?prefix={x}", "prefix")
	refused(t, "redis://127.0.0.1:1?cluster=yes", "cluster in the URL must be true or false")
	refused(t, "redis://127.0.0.1:1?sentinel_auth=1", "sentinel_auth in the URL must be true or false")
	refused(t, "redis://:"+secret+"@127.0.0.1:1", "127.0.0.1:1: ", "refused")
	refused(t, "redis://:"+secret+"@127.0.0.1:1?cluster=true", "127.0.0.1:1: ", "refused")
	refused(t, "redis://:"+secret+"@127.0.0.1:1?master_name=main", "127.0.0.1:1: ", "sentinels")
	locked := start(t, "--requirepass", "another")
	refused(t, "redis://"+locked.address, "check user and password")
	refused(t, "redis://:"+secret+"@"+locked.address, "check user and password")
	open(t, "redis://:another@"+locked.address)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := redisstore.Open(ctx, "redis://"+locked.address); err == nil {
		t.Error("Open with an ended context: got no error, want one")
	}
}

func newSession(subject string) session.Session {
	now := time.Now().UTC().Truncate(time.Millisecond)
	return session.Session{
		ID: rand.Text(), Subject: subject, RotatedAt: now, CreatedAt: now, AuthTime: now, LastSeen: now,
		IdleExpires: now.Add(time.Hour), Expires: now.Add(24 * time.Hour),
	}
}

func create(t *testing.T, store *redisstore.Store, s session.Session) session.Session {
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

func rotate(t *testing.T, store *redisstore.Store, id string, generation int64, want session.Verdict) {
	t.Helper()
	stored, verdict, err := store.RotateSession(t.Context(), newRotation(id, generation))
	if err != nil || verdict != want || stored.Generation != generation+1 {
		t.Fatalf("RotateSession(generation %d): got %s, generation %d, error %v; want %s", generation, verdict, stored.Generation, err, want)
	}
}
