package breaker_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/internal/breaker"
)

var (
	errSilent = errors.New("connection refused")
	errSaid   = errors.New("the disk is full")
)

func newBreaker() *breaker.Breaker {
	return breaker.New("teststore", func(err error) bool { return !errors.Is(err, errSaid) })
}

// do makes a call that ends with err, and reports whether it was made.
func do(ctx context.Context, b *breaker.Breaker, err error) (made bool, got error) {
	got = b.Do(ctx, func() error {
		made = true
		return err
	})
	return made, got
}

func TestBreaker(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker()
		calls := func(n int, err error, wantMade bool) {
			t.Helper()
			for i := range n {
				made, got := do(t.Context(), b, err)
				if made != wantMade || made && !errors.Is(got, err) {
					t.Fatalf("call %d: got it made %t and error %v, want %t and %v", i, made, got, wantMade, err)
				}
			}
		}
		calls(4, errSilent, true)
		calls(1, errSaid, true) // the server speaks
		calls(4, errSilent, true)
		calls(1, nil, true)
		calls(5, errSilent, true)
		calls(100, nil, false)
		_, err := do(t.Context(), b, nil)
		if e := authsdk.ErrorOf(err); !errors.Is(err, authsdk.ErrStoreUnavailable) || e.RetryAfter != time.Second {
			t.Errorf("got %v, want that the store is unavailable for a second", err)
		}
		time.Sleep(time.Second + time.Millisecond)
		calls(1, errSilent, true) // one tries
		calls(10, nil, false)
		time.Sleep(time.Second + time.Millisecond)
		calls(10, nil, true)
	})
}

// TestOneTries lets a single call through while nobody knows whether the server is back.
func TestOneTries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := newBreaker()
		for range 5 {
			_, _ = do(t.Context(), b, errSilent)
		}
		time.Sleep(time.Second + time.Millisecond)
		var made atomic.Int64
		var wg sync.WaitGroup
		for range 64 {
			wg.Go(func() {
				_ = b.Do(t.Context(), func() error {
					made.Add(1)
					time.Sleep(time.Second)
					return nil
				})
			})
		}
		wg.Wait()
		if made.Load() != 1 {
			t.Errorf("%d calls were made, want 1", made.Load())
		}
	})
}

// TestCallersWhoLeave does not take callers who have left for a server that is silent.
func TestCallersWhoLeave(t *testing.T) {
	t.Parallel()
	b := newBreaker()
	gone, cancel := context.WithCancel(t.Context())
	for range 20 {
		if made, err := do(t.Context(), b, fmt.Errorf("reading: %w", context.Canceled)); !made || !errors.Is(err, context.Canceled) {
			t.Fatalf("got the call made %t and error %v", made, err)
		}
	}
	for range 20 { // and what a driver says instead
		leaving, leave := context.WithCancel(t.Context())
		err := b.Do(leaving, func() error {
			leave()
			return errSilent
		})
		if !errors.Is(err, errSilent) {
			t.Fatalf("got %v, want what the call returned", err)
		}
	}
	cancel()
	if made, err := do(gone, b, nil); made || !errors.Is(err, context.Canceled) || !errors.Is(err, authsdk.ErrStoreUnavailable) {
		t.Errorf("for a caller who is gone: got the call made %t and error %v", made, err)
	}
	if made, err := do(t.Context(), b, nil); !made || err != nil {
		t.Errorf("got the call made %t and error %v, want no pause", made, err)
	}
}

func TestPanic(t *testing.T) {
	t.Parallel()
	b := newBreaker()
	for range 3 {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("got no panic")
				}
			}()
			_ = b.Do(t.Context(), func() error { panic("bug") })
		}()
	}
	if made, err := do(t.Context(), b, nil); !made || err != nil {
		t.Errorf("got the call made %t and error %v", made, err)
	}
}
