package users_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/metrics"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/users"
)

// TestHundredLogins logs a hundred users in at once, with real hashes, and
// watches the memory. It does not run in parallel because it reads counters of
// the whole process.
func TestHundredLogins(t *testing.T) {
	const logins, slots, hash = 100, 2, 19 << 20
	kept := newStore()
	s := newServiceAsIs(t, users.Config{Store: kept, Concurrency: slots, Queue: logins, MaxWait: time.Minute})
	alice := add(t, s, "alice")
	for i := range logins {
		u := users.User{ID: fmt.Sprint(i), Name: fmt.Sprint("user", i), PasswordHash: storedHash(t, kept, alice.ID)}
		if err := kept.AddUser(t.Context(), u); err != nil {
			t.Fatal(err)
		}
	}
	runtime.GC()
	var failures atomic.Int32
	var all sync.WaitGroup
	for i := range logins {
		all.Go(func() {
			if _, err := s.Authenticate(t.Context(), session.Credentials{Username: fmt.Sprint("user", i), Password: right}); err != nil {
				failures.Add(1)
			}
		})
	}
	done := make(chan struct{})
	go func() { all.Wait(); close(done) }()
	var peak uint64
	heap := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	for open := true; open; {
		select {
		case <-done:
			open = false
		case <-time.After(time.Millisecond):
			metrics.Read(heap)
			peak = max(peak, heap[0].Value.Uint64())
		}
	}
	if n := failures.Load(); n > 0 {
		t.Errorf("%d of %d logins failed", n, logins)
	}
	t.Logf("peak of the heap: %d MiB", peak>>20)
	if most := uint64(3*slots*hash + 40<<20); peak > most {
		t.Errorf("peak of the heap: got %d MiB, want at most %d", peak>>20, most>>20)
	}
	if !s.Idle() {
		t.Error("an attempt is still open")
	}
}

func TestQueueFull(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newService(t, users.Config{Concurrency: 1, Queue: 2})
		add(t, s, "alice")
		release := s.Hold()
		results := make(chan error, 2)
		for range 2 {
			go func() { results <- login(t, s, "alice", right) }()
		}
		synctest.Wait()
		start := time.Now()
		want(t, "login", login(t, s, "alice", right), authsdk.ErrBusy)
		want(t, "unknown user", login(t, s, "nobody", right), authsdk.ErrBusy)
		_, err := s.Add(t.Context(), "bob", right, nil, nil)
		want(t, "Add", err, authsdk.ErrBusy)
		want(t, "SetPassword", s.SetPassword(t.Context(), "alice", wrong), authsdk.ErrBusy)
		if waited := time.Since(start); waited > 0 {
			t.Errorf("a full queue was waited for: %s", waited)
		}
		release()
		for range 2 {
			want(t, "who waited", <-results, nil)
		}
		want(t, "afterwards", login(t, s, "alice", right), nil)
	})
}

// TestRefusedTakeNoPlace has a locked account ask while the queue is full.
func TestRefusedTakeNoPlace(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newService(t, users.Config{Concurrency: 1, Queue: 1, AccountLimit: users.Limit{Burst: 1}})
		add(t, s, "alice")
		want(t, "guess", login(t, s, "alice", wrong), authsdk.ErrInvalidCredentials)
		release := s.Hold()
		result := make(chan error)
		go func() { result <- login(t, s, "bob", wrong) }()
		synctest.Wait()
		want(t, "locked", login(t, s, "alice", wrong), authsdk.ErrTooManyAttempts)
		release()
		want(t, "who waited", <-result, authsdk.ErrInvalidCredentials)
		want(t, "locked", login(t, s, "bob", wrong), authsdk.ErrTooManyAttempts)
	})
}

// TestLockedWhileWaiting has two guesses wait of which one is let through.
func TestLockedWhileWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newService(t, users.Config{Concurrency: 1, AccountLimit: users.Limit{Burst: 1}})
		release := s.Hold()
		results := make(chan error, 2)
		for range 2 {
			go func() { results <- login(t, s, "alice", wrong) }()
		}
		synctest.Wait()
		release()
		both := errors.Join(<-results, <-results)
		want(t, "one of both", both, authsdk.ErrInvalidCredentials)
		want(t, "one of both", both, authsdk.ErrTooManyAttempts)
	})
}

func TestQueueDefault(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newService(t, users.Config{Concurrency: 2})
		add(t, s, "alice")
		releases := []func(){s.Hold(), s.Hold()}
		results := make(chan error, 128)
		for range 128 {
			go func() { results <- login(t, s, "alice", right) }()
		}
		synctest.Wait()
		want(t, "one too many", login(t, s, "alice", right), authsdk.ErrBusy)
		for _, release := range releases {
			release()
		}
		for range 128 {
			want(t, "who waited", <-results, nil)
		}
	})
}

func TestMaxWait(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ set, want time.Duration }{
		"default": {0, 5 * time.Second},
		"set":     {70 * time.Millisecond, 70 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newService(t, users.Config{Concurrency: 1, MaxWait: tt.set})
				add(t, s, "alice")
				release := s.Hold()
				start := time.Now()
				err := login(t, s, "alice", right)
				want(t, "login", err, authsdk.ErrBusy)
				if got := time.Since(start); got != tt.want {
					t.Errorf("waited: got %s, want %s", got, tt.want)
				}
				if authsdk.ErrorOf(err).RetryAfter == 0 {
					t.Error("RetryAfter is zero")
				}
				release()
				want(t, "afterwards", login(t, s, "alice", right), nil)
				if !s.Idle() {
					t.Error("a place is still taken")
				}
			})
		})
	}
}

// TestLeaving has callers leave the queue, whose places and slots must be free
// afterwards, and whose guesses were not made.
func TestLeaving(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newService(t, users.Config{Concurrency: 1, Queue: 3, AccountLimit: users.Limit{Burst: 1}})
		add(t, s, "alice")
		release := s.Hold()
		for range 5 {
			ctx, cancel := context.WithCancel(t.Context())
			results := make(chan error, 3)
			for range 3 {
				go func() {
					_, err := s.Authenticate(ctx, session.Credentials{Username: "alice", Password: wrong})
					results <- err
				}()
			}
			synctest.Wait()
			start := time.Now()
			cancel()
			for range 3 {
				err := <-results
				want(t, "who left", err, authsdk.ErrBusy)
				want(t, "cause", err, context.Canceled)
			}
			if waited := time.Since(start); waited > 0 {
				t.Errorf("leaving took %s", waited)
			}
		}
		release()
		if !s.Idle() {
			t.Error("a place is still taken")
		}
		// A caller who has left before is not served, though a slot is free.
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(errDown)
		for range 20 {
			_, err := s.Add(ctx, "bob", right, nil, nil)
			want(t, "gone before", err, authsdk.ErrBusy)
			want(t, "cause", err, errDown)
		}
		want(t, "afterwards", login(t, s, "alice", right), nil)
	})
}

// TestParallelGuesses has more guesses at once than the limit lets through.
func TestParallelGuesses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		account, address int
		c                func(i int) session.Credentials
	}{
		"one account": {10, 1000, func(i int) session.Credentials {
			return session.Credentials{Username: "alice", Address: fmt.Sprintf("192.0.2.%d", i)}
		}},
		"one address": {1000, 10, func(i int) session.Credentials {
			return session.Credentials{Username: fmt.Sprint("user", i), Address: "192.0.2.1"}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t, users.Config{
				Concurrency: 8, Queue: 200, MaxWait: time.Minute, Now: newClock().Now,
				AccountLimit: users.Limit{Burst: tt.account}, AddressLimit: users.Limit{Burst: tt.address},
			})
			add(t, s, "alice")
			var guessed, refused atomic.Int32
			var all sync.WaitGroup
			for i := range 200 {
				all.Go(func() {
					c := tt.c(i)
					c.Password = wrong
					_, err := s.Authenticate(t.Context(), c)
					switch {
					case errors.Is(err, authsdk.ErrInvalidCredentials):
						guessed.Add(1)
					case errors.Is(err, authsdk.ErrTooManyAttempts):
						refused.Add(1)
					default:
						t.Errorf("got %v", err)
					}
				})
			}
			all.Wait()
			if guessed.Load() != 10 || refused.Load() != 190 {
				t.Errorf("got %d guesses and %d refusals, want 10 and 190", guessed.Load(), refused.Load())
			}
			if !s.Idle() {
				t.Error("an attempt is still open")
			}
		})
	}
}

// TestParallelLogins logs one user in more often at once than may fail.
func TestParallelLogins(t *testing.T) {
	t.Parallel()
	s := newService(t, users.Config{Concurrency: 4, Queue: 200, MaxWait: time.Minute, AccountLimit: users.Limit{Burst: 4}})
	add(t, s, "alice")
	var all sync.WaitGroup
	for range 200 {
		all.Go(func() { want(t, "login", login(t, s, "alice", right), nil) })
	}
	all.Wait()
}
