package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/userstore"
)

// newBucket has three places, one more every ten seconds.
func newBucket(key string) userstore.Bucket {
	return userstore.Bucket{Key: key, Burst: 3, Every: 10 * time.Second}
}

// takeFailure takes a place and checks whether there was one, and what is kept.
func takeFailure(t *testing.T, store userstore.Throttle, b userstore.Bucket, now time.Time, wantTaken bool, wantFull time.Time) {
	t.Helper()
	full, taken, err := store.TakeFailure(t.Context(), b, now)
	if err != nil || taken != wantTaken || !full.Equal(wantFull) {
		t.Fatalf("TakeFailure(%s) at %s: got full again at %s, taken %t and error %v, want %s and %t",
			b.Key, now, full, taken, err, wantFull, wantTaken)
	}
	fullAt(t, store, b.Key, wantFull)
}

// fullAt checks what the store says of a bucket; full is zero for one that it
// need not know.
func fullAt(t *testing.T, store userstore.Throttle, key string, want time.Time) {
	t.Helper()
	got, err := store.Buckets(t.Context(), "nobody", key)
	if err != nil || len(got) != 2 {
		t.Fatalf("Buckets(nobody, %s): got %v and error %v", key, got, err)
	}
	if got[0].After(time.Unix(0, 0)) {
		t.Errorf("Buckets: got %s for a bucket that nobody has", got[0])
	}
	if !got[1].Equal(want) {
		t.Errorf("Buckets: got %s for %s, want %s", got[1], key, want)
	}
}

func bucketEmpties(t *testing.T, store userstore.Throttle) {
	b := newBucket("alice")
	takeFailure(t, store, b, start, true, start.Add(10*time.Second))
	takeFailure(t, store, b, start, true, start.Add(20*time.Second))
	takeFailure(t, store, b, start, true, start.Add(30*time.Second))
	takeFailure(t, store, b, start, false, start.Add(30*time.Second))
	takeFailure(t, store, newBucket("bob"), start, true, start.Add(10*time.Second))
	at := start.Add(9999 * time.Millisecond)
	takeFailure(t, store, b, at, false, start.Add(30*time.Second))
	at = start.Add(10 * time.Second)
	takeFailure(t, store, b, at, true, start.Add(40*time.Second))
	takeFailure(t, store, b, at, false, start.Add(40*time.Second))
	at = start.Add(time.Hour)
	takeFailure(t, store, b, at, true, at.Add(10*time.Second))
}

func bucketGivenBack(t *testing.T, store userstore.Throttle) {
	b := newBucket("alice")
	for i := range 3 {
		takeFailure(t, store, b, start, true, start.Add(time.Duration(i+1)*b.Every))
	}
	for _, b := range []userstore.Bucket{b, newBucket("nobody")} {
		if err := store.ReturnFailure(t.Context(), b); err != nil {
			t.Fatalf("ReturnFailure(%s): %v", b.Key, err)
		}
	}
	fullAt(t, store, "alice", start.Add(20*time.Second))
	takeFailure(t, store, b, start, true, start.Add(30*time.Second))
}

// bucketClock has a clock that goes back: the bucket is neither full at once nor
// empty for as long.
func bucketClock(t *testing.T, store userstore.Throttle) {
	b := newBucket("alice")
	takeFailure(t, store, b, start, true, start.Add(10*time.Second))
	before := start.Add(-24 * time.Hour)
	takeFailure(t, store, b, before, false, before.Add(30*time.Second))
	takeFailure(t, store, b, before.Add(10*time.Second), true, before.Add(40*time.Second))
}

func bucketMilliseconds(t *testing.T, store userstore.Throttle) {
	b := userstore.Bucket{Key: "alice", Burst: 1, Every: 1234 * time.Millisecond}
	at := start.Add(5*time.Millisecond + 999*time.Microsecond)
	takeFailure(t, store, b, at, true, start.Add(1239*time.Millisecond))
	// An engine may forget it a millisecond later, so that it is not looked up again.
	full, taken, err := store.TakeFailure(t.Context(), b, start.Add(1238*time.Millisecond))
	if err != nil || taken || !full.Equal(start.Add(1239*time.Millisecond)) {
		t.Errorf("TakeFailure a millisecond too early: got %t, full at %s and error %v", taken, full, err)
	}
	takeFailure(t, store, b, start.Add(1239*time.Millisecond), true, start.Add((1239+1234)*time.Millisecond))
}

func bucketKept(t *testing.T, store userstore.Throttle) {
	b := newBucket("alice")
	takeFailure(t, store, b, start, true, start.Add(10*time.Second))
	for _, d := range []time.Duration{90 * 24 * time.Hour, time.Hour} {
		if err := store.KeepBucket(t.Context(), "alice", start, d); err != nil {
			t.Fatalf("KeepBucket: %v", err)
		}
		fullAt(t, store, "alice", start.Add(d))
	}
}

func bucketPruned(t *testing.T, store userstore.Throttle) {
	for i := range 5 {
		key := fmt.Sprint("key", i)
		if err := store.KeepBucket(t.Context(), key, start, time.Duration(i+1)*time.Hour); err != nil {
			t.Fatalf("KeepBucket: %v", err)
		}
	}
	before := start.Add(4 * time.Hour) // of which the fourth is not
	for _, step := range []struct{ limit, want int }{{0, 0}, {-1, 0}, {2, 2}, {10, 1}, {10, 0}} {
		if got, err := store.PruneBuckets(t.Context(), before, step.limit); err != nil || got != step.want {
			t.Fatalf("PruneBuckets, %d at most: got %d and error %v, want %d", step.limit, got, err, step.want)
		}
	}
	fullAt(t, store, "key3", start.Add(4*time.Hour))
	fullAt(t, store, "key4", start.Add(5*time.Hour))
}

func bucketPrunesNothing(t *testing.T, store userstore.Throttle) {
	bucketKept(t, store)
	if got, err := store.PruneBuckets(t.Context(), start.Add(time.Minute), 10); err != nil || got != 0 {
		t.Fatalf("PruneBuckets: got %d and error %v, want nothing to do", got, err)
	}
	fullAt(t, store, "alice", start.Add(time.Hour))
}

// bucketModel holds random histories against the one definition.
func bucketModel(t *testing.T, store userstore.Throttle) {
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	want, now := map[string]time.Time{}, start
	for step := range rounds(200) {
		key := fmt.Sprint("key", random.IntN(3))
		b := userstore.Bucket{Key: key, Burst: 1 + random.IntN(4), Every: time.Duration(1+random.IntN(5000)) * time.Millisecond}
		now = now.Add(time.Duration(random.IntN(6000)-1000) * time.Millisecond)
		full, taken, err := store.TakeFailure(t.Context(), b, now)
		wantFull, wantTaken := b.Take(want[key], now)
		if err != nil || taken != wantTaken || !full.Equal(wantFull) {
			t.Fatalf("seed %d, step %d: TakeFailure(%+v): got %s, %t and error %v, want %s, %t",
				seed, step, b, full, taken, err, wantFull, wantTaken)
		}
		want[key] = wantFull
	}
}

func bucketRace(t *testing.T, store userstore.Throttle) {
	for round := range rounds(12) {
		b := userstore.Bucket{Key: fmt.Sprint("round", round), Burst: 5, Every: time.Hour}
		places := 0
		for _, taken := range together(callers, func(int) bool {
			_, taken, err := store.TakeFailure(t.Context(), b, start)
			if err != nil {
				t.Errorf("TakeFailure: %v", err)
			}
			return taken
		}) {
			if taken {
				places++
			}
		}
		if places != b.Burst {
			t.Fatalf("round %d: %d of %d callers got a place, want %d", round, places, callers, b.Burst)
		}
	}
}

func bucketContextEnded(t *testing.T, store userstore.Throttle) {
	b := newBucket("alice")
	takeFailure(t, store, b, start, true, start.Add(10*time.Second))
	for name, call := range map[string]func(context.Context) error{
		"Buckets": func(ctx context.Context) error {
			_, err := store.Buckets(ctx, "alice")
			return err
		},
		"TakeFailure": func(ctx context.Context) error {
			_, _, err := store.TakeFailure(ctx, b, start)
			return err
		},
		"ReturnFailure": func(ctx context.Context) error { return store.ReturnFailure(ctx, b) },
		"KeepBucket":    func(ctx context.Context) error { return store.KeepBucket(ctx, "alice", start, time.Hour) },
		"PruneBuckets": func(ctx context.Context) error {
			_, err := store.PruneBuckets(ctx, start.Add(time.Hour), 1)
			return err
		},
	} {
		refusesEnded(t, name, call)
	}
	fullAt(t, store, "alice", start.Add(10*time.Second))
}
