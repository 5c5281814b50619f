package testservice

import (
	"context"
	"testing"

	"github.com/redis/go-redis/v9"
)

// Redis returns the URL of a server with a prefix that nothing else has, whose
// keys are removed in the end.
func Redis(tb testing.TB) string {
	tb.Helper()
	server := find(tb, "AUTHSDK_TEST_REDIS", "redis://127.0.0.1:6379", "6379")
	prefix := newName() + ":"
	tb.Cleanup(func() {
		client := RedisClient(tb, server)
		defer func() { _ = client.Close() }()
		ctx := context.WithoutCancel(tb.Context())
		for keys := client.Scan(ctx, 0, prefix+"*", 1000).Iterator(); keys.Next(ctx); {
			if err := client.Del(ctx, keys.Val()).Err(); err != nil {
				tb.Error(err)
			}
		}
	})
	return With(tb, server, "prefix", prefix)
}

// RedisClient connects as another program would, to a URL without a prefix.
func RedisClient(tb testing.TB, dsn string) *redis.Client {
	tb.Helper()
	options, err := redis.ParseURL(dsn)
	if err != nil {
		tb.Fatal(err)
	}
	options.MaintNotificationsConfig = nil
	return redis.NewClient(options)
}
