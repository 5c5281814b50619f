package redisstore_test

import (
	"context"
	"net/url"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/revocation"
	"github.com/authsdk/authsdk-go/authsdk/storetest"
	"github.com/authsdk/authsdk-go/internal/testservice"
)

// remove deletes keys of the feed at dsn.
func remove(t *testing.T, dsn string, keys ...string) {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	prefix := u.Query().Get("prefix")
	u.RawQuery = ""
	client := testservice.RedisClient(t, u.String())
	defer func() { _ = client.Close() }()
	for i := range keys {
		keys[i] = prefix + "{revocations}:" + keys[i]
	}
	if err := client.Del(context.WithoutCancel(t.Context()), keys...).Err(); err != nil {
		t.Fatal(err)
	}
}

func TestRevocations(t *testing.T) {
	storetest.RunRevocations(t, func(t *testing.T) storetest.Feed {
		dsn := testservice.Redis(t)
		f := storetest.Feed{One: open(t, dsn), Other: open(t, dsn)}
		f.Wipe = func() { remove(t, dsn, "head", "log", "expiry") }
		return f
	})
}

// TestRevocationsEvicted: a server whose memory is full may take some of the
// keys. That is noticed, and what is left is kept.
func TestRevocationsEvicted(t *testing.T) {
	t.Parallel()
	for _, key := range []string{"head", "log", "expiry"} {
		t.Run(key, func(t *testing.T) {
			t.Parallel()
			dsn := testservice.Redis(t)
			store := open(t, dsn)
			now := time.Now().UTC().Truncate(time.Millisecond)
			entry := revocation.Entry{Kind: revocation.Session, Value: "0123456789abcdef", At: now, Expires: now.Add(time.Hour)}
			for range 3 {
				if err := store.AppendRevocations(t.Context(), now, entry); err != nil {
					t.Fatal(err)
				}
			}
			before, _, err := store.Revocations(t.Context(), now, 0, 10)
			if err != nil {
				t.Fatal(err)
			}
			remove(t, dsn, key)
			head, entries, err := store.Revocations(t.Context(), now.Add(time.Minute), 0, 10)
			if err != nil || head.Epoch == before.Epoch || head.Seq != 3 || !head.Created.Equal(now.Add(time.Minute)) {
				t.Fatalf("head without %s: got %+v and error %v, want another epoch, from then on, with number 3", key, head, err)
			}
			if want := map[bool]int{true: 0, false: 3}[key == "log"]; len(entries) != want {
				t.Errorf("entries without %s: got %+v, want %d", key, entries, want)
			}
			if err := store.AppendRevocations(t.Context(), now, entry); err != nil {
				t.Fatal(err)
			}
			if again, _, err := store.Revocations(t.Context(), now, 0, 10); err != nil || again.Epoch != head.Epoch || again.Seq != 4 {
				t.Errorf("head one entry later: got %+v and error %v, want the same epoch, with number 4", again, err)
			}
			if n, err := store.PruneRevocations(t.Context(), now.Add(2*time.Hour), 10); err != nil || n != len(entries)+1 {
				t.Errorf("PruneRevocations: got %d and error %v, want %d", n, err, len(entries)+1)
			}
		})
	}
}
