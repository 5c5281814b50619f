package redisstore_test

import (
	"context"
	"net/url"
	"testing"

	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"github.com/authsdk/authsdk-go/authsdk/redisstore"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/storetest"
	"github.com/authsdk/authsdk-go/internal/testservice"
)

// features are what Redis keeps: no users, and sessions leave by themselves.
var features = storetest.Features{Keys: true, Throttle: true, Expires: true}

// TestMain finds goroutines that outlive the stores, all of which are closed by then.
func TestMain(m *testing.M) {
	storetest.Victim(func(ctx context.Context, dsn string) (session.Store, error) { return redisstore.Open(ctx, dsn) })
	goleak.VerifyTestMain(m)
}

func TestStore(t *testing.T) {
	storetest.Run(t, features, func(t *testing.T) session.Store { return open(t, testservice.Redis(t)) })
}

func TestKill(t *testing.T) {
	t.Parallel()
	dsn := testservice.Redis(t)
	storetest.RunKill(t, dsn, open(t, dsn))
}

func TestFaults(t *testing.T) {
	t.Parallel()
	storetest.RunFaults(t, testservice.Redis(t), func(t *testing.T, dsn string) session.Store { return open(t, dsn) })
}

func BenchmarkRotate(b *testing.B) {
	b.Run("redis", func(b *testing.B) {
		storetest.BenchmarkRotate(b, func(b *testing.B) session.Store { return open(b, testservice.Redis(b)) })
	})
}

// BenchmarkFloor is what Redis needs for one Lua call with the reads and the
// writes of a rotation.
func BenchmarkFloor(b *testing.B) {
	const update = `
local s = redis.call('HMGET', KEYS[1], 'id', 'subject', 'label', 'generation', 'rotated_at', 'replays', 'late_replays', 'created_at',
  'auth_time', 'last_seen', 'idle_expires', 'expires', 'revoked_at', 'revoke_reason', 'csrf_secret')
redis.call('HSET', KEYS[1], 'generation', (s[4] or 0) + 1, 'rotated_at', ARGV[1], 'last_seen', ARGV[1], 'replays', 0, 'idle_expires', ARGV[1])
redis.call('ZADD', KEYS[2], ARGV[1], KEYS[1])
redis.call('PEXPIRE', KEYS[1], 3600000)
return s`
	b.Run("redis", func(b *testing.B) {
		storetest.BenchmarkFloor(b, func(b *testing.B) func(*testing.B) func() {
			u, err := url.Parse(testservice.Redis(b))
			if err != nil {
				b.Fatal(err)
			}
			prefix := u.Query().Get("prefix")
			u.RawQuery = ""
			client := testservice.RedisClient(b, u.String())
			b.Cleanup(func() { _ = client.Close() })
			script := redis.NewScript(update)
			return func(b *testing.B) func() {
				key := prefix + newSession("alice").ID
				keys := []string{key, key + ":sessions"}
				return func() {
					if err := script.Run(b.Context(), client, keys, 1774749599987).Err(); err != nil {
						b.Error(err)
					}
				}
			}
		})
	})
}

func open(tb testing.TB, dsn string) *redisstore.Store {
	tb.Helper()
	store, err := redisstore.Open(tb.Context(), dsn)
	if err != nil {
		tb.Fatalf("Open: %v", err)
	}
	tb.Cleanup(func() { shut(tb, store) })
	return store
}

func shut(tb testing.TB, store *redisstore.Store) {
	tb.Helper()
	if err := store.Close(); err != nil {
		tb.Errorf("Close: %v", err)
	}
}
