package client_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/client"
)

// TestOneRefresh lets 64 goroutines meet one expired token, by the clock and
// by the server's word.
func TestOneRefresh(t *testing.T) {
	for name, expire := range map[string]func(*world){
		"by the clock":  func(w *world) { w.clock.Advance(time.Hour) },
		"by the server": func(w *world) { w.server.expire() },
		"ahead":         func(w *world) { w.clock.Advance(15*time.Minute - time.Second) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			for round := 1; round <= 5; round++ {
				expire(w)
				ready := make(chan struct{})
				var wg sync.WaitGroup
				for range 64 {
					wg.Go(func() {
						<-ready
						if status, body, err := w.me(t.Context()); err != nil || status != http.StatusOK {
							t.Errorf("got %d %s %v, want 200", status, body, err)
						}
					})
				}
				close(ready)
				wg.Wait()
				w.wantCount(t, "/auth/refresh", round)
			}
			w.wantCount(t, "reused", 0)
		})
	}
}

// TestWaiters lets waiters go while the flight of the first of them goes on.
func TestWaiters(t *testing.T) {
	w := newWorld(t)
	w.clock.Advance(time.Hour)
	entered, leave := make(chan struct{}), make(chan struct{})
	w.wire.cut(only("/auth/refresh", func(*http.Request) error {
		close(entered)
		<-leave
		return nil
	}), nil)
	first, cancelFirst := context.WithCancel(t.Context())
	left := make(chan error)
	go func() { _, err := w.Token(first); left <- err }()
	<-entered
	second, cancelSecond := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancelSecond()
	if _, _, err := w.me(second); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("second: got %v, want %v", err, context.DeadlineExceeded)
	}
	cancelFirst()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("first: got %v, want %v", err, context.Canceled)
	}
	stayed := make(chan error)
	go func() { _, err := w.Token(t.Context()); stayed <- err }()
	close(leave)
	if err := <-stayed; err != nil {
		t.Errorf("third: got %v, want the token", err)
	}
	if _, err := w.Token(first); !errors.Is(err, context.Canceled) {
		t.Errorf("too late: got %v, want %v", err, context.Canceled)
	}
	w.wantCount(t, "/auth/refresh", 1)
}

// TestLostAnswer loses answers after the server has rotated.
func TestLostAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t)
		time.Sleep(time.Hour)
		w.wire.cut(nil, only("/auth/refresh", lost(1)))
		w.wantMe(t) // asked again at once
		w.wantCount(t, "rotated", 1)
		w.wantCount(t, "replayed", 1)

		time.Sleep(time.Hour)
		w.wire.cut(nil, only("/auth/refresh", lost(2)))
		if _, _, err := w.me(t.Context()); !errors.Is(err, errLost) {
			t.Fatalf("got %v, want %v", err, errLost)
		}
		time.Sleep(time.Second)
		w.wantMe(t)
		if tok := must[client.Token](t)(w.Token(t.Context())); tok.RefreshToken != "refresh.session-1.3" {
			t.Errorf("got %s, want the one successor", tok.RefreshToken)
		}
		w.wantCount(t, "rotated", 2)
		w.wantCount(t, "replayed", 3)
		w.wantCount(t, "reused", 0)

		// The same with an answer that is cut.
		time.Sleep(time.Hour)
		garbled := false
		w.server.setFault(func(rw http.ResponseWriter, r *http.Request) bool {
			if r.URL.Path == "/auth/refresh" && !garbled {
				garbled = true
				_, _ = rw.Write([]byte(`{"access_token":"a`))
				return true
			}
			return false
		})
		w.wantMe(t)
		w.wantCount(t, "rotated", 3)
	})
}

// TestUnavailable wants the pair kept, the attempts to become rarer, and
// everything to go on afterwards.
func TestUnavailable(t *testing.T) {
	for name, tt := range map[string]struct {
		fault  func(*world)
		status int // of the error; 0 for errLost
		calls  int // for one attempt
	}{
		"503":              {func(w *world) { w.server.setFault(failing("/auth/refresh", 503, "store_unavailable")) }, 503, 1},
		"429":              {func(w *world) { w.server.setFault(failing("/auth/refresh", 429, "too_many_attempts")) }, 429, 1},
		"400":              {func(w *world) { w.server.setFault(failing("/auth/refresh", 400, "credentials_malformed")) }, 400, 1},
		"400 of OAuth":     {func(w *world) { w.server.setFault(oauth400) }, 400, 1},
		"header got lost":  {func(w *world) { w.server.setFault(failing("/auth/refresh", 401, "token_missing")) }, 401, 1},
		"no connection":    {func(w *world) { w.wire.cut(nil, only("/auth/refresh", lost(1e6))) }, 0, 2},
		"proxy's own door": {func(w *world) { w.server.setFault(proxy401) }, 401, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newBubble(t)
				tt.fault(w)
				want := func(err error) {
					t.Helper()
					var e *client.Error
					errors.As(err, &e)
					if tt.status == 0 && !errors.Is(err, errLost) || tt.status != 0 && (e == nil || e.Status != tt.status) || errors.Is(err, client.ErrLoggedOut) {
						t.Fatalf("got %v, want %d", err, tt.status)
					}
				}
				// The access token is still good: it is used on.
				time.Sleep(15*time.Minute - time.Second)
				for range 100 {
					w.wantMe(t)
				}
				w.wantCount(t, "/auth/refresh", tt.calls)
				time.Sleep(time.Second)
				start := time.Now()
				for time.Since(start) < 10*time.Minute {
					_, _, err := w.me(t.Context())
					want(err)
					time.Sleep(50 * time.Millisecond)
				}
				tries := w.server.count("/auth/refresh") / tt.calls
				if tries < 14 || tries > 50 {
					t.Errorf("%d attempts in ten minutes, want some two a minute and more at the beginning", tries)
				}
				w.server.setFault(nil)
				w.wire.cut(nil, nil)
				time.Sleep(time.Minute)
				if tt.status == 0 {
					return // all that was lost in ten minutes was a reuse in the end
				}
				w.wantMe(t)
				w.wantCount(t, "rotated", 1)
				w.wantCount(t, "reused", 0)
			})
		})
	}
}

// oauth400 is an error of OAuth that says nothing about the token.
func oauth400(w http.ResponseWriter, r *http.Request) bool {
	if r.URL.Path != "/auth/refresh" {
		return false
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusBadRequest)
	_, _ = w.Write([]byte(`{"error":"invalid_request"}`))
	return true
}

// proxy401 is a proxy before the server, which wants a password of its own.
func proxy401(w http.ResponseWriter, r *http.Request) bool {
	if r.URL.Path != "/auth/refresh" {
		return false
	}
	w.Header().Set("WWW-Authenticate", `Basic realm="proxy"`)
	w.Header().Set("Content-Type", "text/html")
	w.WriteHeader(http.StatusUnauthorized)
	return true
}

// TestPauseAsAsked wants Retry-After to be obeyed.
func TestPauseAsAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for after, pause := range map[string]time.Duration{"90": 90 * time.Second, "86400": 10 * time.Minute} {
			w := newBubble(t)
			time.Sleep(time.Hour)
			w.server.setFault(failing("/auth/refresh", 503, "server_busy", "Retry-After", after))
			if _, err := w.Token(t.Context()); err == nil {
				t.Fatal("got a token")
			}
			w.server.setFault(nil)
			time.Sleep(pause - time.Millisecond)
			if _, err := w.Token(t.Context()); err == nil {
				t.Errorf("Retry-After %s: asked too early", after)
			}
			w.wantCount(t, "/auth/refresh", 1)
			time.Sleep(time.Millisecond)
			w.wantMe(t)
		}
	})
}

// TestStress lets four clients with 16 goroutines each share a store, on tokens
// that live for a second, while a tenth of the answers gets lost.
func TestStress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := new(client.MemoryStore)
		share := func(c *client.Config) { c.Store = store }
		w := newBubble(t, share)
		w.server.accessTTL = time.Second
		if err := w.Login(t.Context(), username, password); err != nil {
			t.Fatal(err)
		}
		w.wire.cut(
			func(*http.Request) error { time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond); return nil },
			only("/auth/refresh", func(*http.Request) error {
				if rand.IntN(10) == 0 {
					return errLost
				}
				return nil
			}),
		)
		var wg sync.WaitGroup
		var sent, failed atomic.Int64
		for range 4 {
			h := w.another(t, share).HTTPClient()
			for range 16 {
				wg.Go(func() {
					for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
						time.Sleep(time.Duration(rand.IntN(100)) * time.Millisecond)
						req := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+"/me", http.NoBody))
						status, body, err := do(h, req)
						sent.Add(1)
						if err != nil {
							failed.Add(1)
						}
						if err != nil && !errors.Is(err, errLost) || err == nil && status != http.StatusOK {
							t.Errorf("got %d %s %v, want 200", status, body, err)
						}
					}
				})
			}
		}
		wg.Wait()
		w.wantCount(t, "reused", 0)
		if got := w.server.count("rotated"); got < 25 || got > 60 {
			t.Errorf("%d rotations in 30 lives of a token", got)
		}
		t.Logf("%d requests, %d failed; %d refreshes, %d rotations", sent.Load(), failed.Load(), w.server.count("/auth/refresh"), w.server.count("rotated"))
	})
}

// TestPauseBeginsAnew wants a success to make the next pause a short one.
func TestPauseBeginsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t)
		for range 8 {
			time.Sleep(time.Hour)
			w.server.setFault(failing("/auth/refresh", 503, "server_busy"))
			if _, err := w.Token(t.Context()); err == nil {
				t.Fatal("got a token")
			}
			w.server.setFault(nil)
			time.Sleep(500 * time.Millisecond)
			w.wantMe(t)
		}
	})
}

// TestClockBack wants a pause to end although the clock went back.
func TestClockBack(t *testing.T) {
	w := newWorld(t)
	w.clock.Advance(time.Hour)
	w.server.setFault(failing("/auth/refresh", 503, "server_busy"))
	if _, err := w.Token(t.Context()); err == nil {
		t.Fatal("got a token")
	}
	w.server.setFault(nil)
	w.clock.Advance(-30 * time.Minute)
	w.wantMe(t)
}

// TestSlowServer wants a good token used while the server thinks about its
// successor, and the call to end.
func TestSlowServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t, func(c *client.Config) { c.RefreshBefore = 5 * time.Minute })
		w.wire.cut(only("/auth/refresh", hang), nil)
		time.Sleep(12 * time.Minute)
		start := time.Now()
		w.wantMe(t)
		if took := time.Since(start); took > 3*time.Second {
			t.Errorf("a good token was used after %s", took)
		}
		start = time.Now()
		w.wantMe(t)
		if took := time.Since(start); took != 0 {
			t.Errorf("the next one waited %s as well", took)
		}
		// Nobody waits for ever, and the pause begins with the end of the flight.
		time.Sleep(3 * time.Minute)
		start = time.Now()
		_, err := w.Token(t.Context())
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want %v", err, context.DeadlineExceeded)
		}
		if took := time.Since(start); took > 21*time.Second {
			t.Errorf("gave up after %s", took)
		}
		w.wire.cut(nil, nil)
		time.Sleep(time.Minute)
		w.wantMe(t)
	})
}

// TestPatienceEnds lets the good token expire while somebody waits with it.
func TestPatienceEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newBubble(t)
		time.Sleep(15*time.Minute - time.Second)
		w.wire.cut(only("/auth/refresh", func(*http.Request) error { time.Sleep(5 * time.Second); return nil }), nil)
		start := time.Now()
		w.wantMe(t)
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("waited %s, want 5s", took)
		}
		w.wantCount(t, "/auth/refresh", 1)
	})
}

// TestMargin wants the exchange neither late nor early.
func TestMargin(t *testing.T) {
	for name, tt := range map[string]struct {
		ttl, before time.Duration
		early, late time.Duration // of the exchange, before the end
	}{
		"default":       {15 * time.Minute, 0, 30 * time.Second, 24 * time.Second},
		"short-lived":   {20 * time.Second, 0, 5 * time.Second, 4 * time.Second},
		"configured":    {15 * time.Minute, time.Minute, time.Minute, 48 * time.Second},
		"half the life": {time.Minute, time.Hour, 30 * time.Second, 24 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newBubble(t, func(c *client.Config) { c.RefreshBefore = tt.before })
				w.server.accessTTL = tt.ttl
				for range 20 {
					if err := w.Login(t.Context(), username, password); err != nil {
						t.Fatal(err)
					}
					before := w.server.count("rotated")
					time.Sleep(tt.ttl - tt.early - time.Nanosecond)
					w.wantMe(t)
					w.wantCount(t, "rotated", before)
					time.Sleep(tt.early - tt.late + time.Nanosecond)
					w.wantMe(t)
					w.wantCount(t, "rotated", before+1)
				}
			})
		})
	}
}

// TestNoLifetime wants tokens that expire at once to be used once.
func TestNoLifetime(t *testing.T) {
	w := newWorld(t)
	w.server.accessTTL = 0
	w.clock.Advance(time.Hour)
	for i := 1; i <= 3; i++ {
		if _, err := w.Token(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.wantCount(t, "rotated", i)
	}
}

// TestLoggedOut wants the server's word to end the session here too.
func TestLoggedOut(t *testing.T) {
	reply := func(status int, mediaType, challenge, body string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, r *http.Request) bool {
			w.Header().Set("Content-Type", mediaType)
			w.Header().Set("WWW-Authenticate", challenge)
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
			return r.URL.Path == "/auth/refresh"
		}
	}
	for name, tt := range map[string]struct {
		fault  func(http.ResponseWriter, *http.Request) bool
		status int
		code   string
	}{
		"revoked":         {nil, 401, "token_revoked"},
		"expired":         {failing("/auth/refresh", 401, "token_expired"), 401, "token_expired"},
		"invalid":         {failing("/auth/refresh", 401, "token_invalid"), 401, "token_invalid"},
		"user is gone":    {failing("/auth/refresh", 401, "user_not_found"), 401, "user_not_found"},
		"own renderer":    {reply(401, "application/json", "", `{"msg":"Token has expired"}`), 401, ""},
		"OAuth":           {reply(400, "application/json;charset=UTF-8", "", `{"error":"invalid_grant"}`), 400, "invalid_grant"},
		"challenge alone": {reply(401, "text/plain", `bearer error="invalid_token"`, ""), 401, ""},
	} {
		t.Run(name, func(t *testing.T) {
			store := new(client.MemoryStore)
			w := newWorld(t, func(c *client.Config) { c.Store = store })
			w.server.revoke()
			w.server.setFault(tt.fault)
			w.clock.Advance(time.Hour)
			_, _, err := w.me(t.Context())
			wantError(t, err, tt.status, tt.code)
			if !errors.Is(err, client.ErrLoggedOut) {
				t.Errorf("got %v, want %v", err, client.ErrLoggedOut)
			}
			if _, err := store.Load(t.Context()); !errors.Is(err, client.ErrNoToken) {
				t.Errorf("store: got %v, want %v", err, client.ErrNoToken)
			}
			calls := w.server.count("/auth/refresh")
			if _, err = w.Token(t.Context()); !errors.Is(err, client.ErrLoggedOut) {
				t.Errorf("again: got %v, want %v", err, client.ErrLoggedOut)
			}
			w.wantCount(t, "/auth/refresh", calls)
			if strings.Contains(err.Error(), "refresh.session") {
				t.Errorf("the error tells the token: %v", err)
			}
		})
	}
}

// TestOtherProcess shares a store between two clients.
func TestOtherProcess(t *testing.T) {
	store := new(client.MemoryStore)
	share := func(c *client.Config) { c.Store = store }
	w := newWorld(t, share)
	other := w.another(t, share)
	for range 3 {
		// Long after the grace, each sees what the other has saved.
		w.clock.Advance(time.Hour)
		w.wantMe(t)
		a := must[client.Token](t)(other.Token(t.Context()))
		if b := must[client.Token](t)(w.Token(t.Context())); a != b {
			t.Errorf("got %v and %v, want one token", a, b)
		}
		w.clock.Advance(time.Hour)
		if _, err := other.Token(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	w.wantCount(t, "rotated", 6)
	w.wantCount(t, "reused", 0)
	// Where one has logged out, the other is.
	if err := other.Logout(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.clock.Advance(time.Hour)
	if _, err := w.Token(t.Context()); !errors.Is(err, client.ErrLoggedOut) {
		t.Errorf("got %v, want %v", err, client.ErrLoggedOut)
	}
	w.wantCount(t, "/auth/refresh", 6)
	// And logged in.
	if err := other.Login(t.Context(), username, password); err != nil {
		t.Fatal(err)
	}
	w.wantMe(t)
}

// TestOvertaken lets another process write between our reading of the store
// and the server's refusal.
func TestOvertaken(t *testing.T) {
	for name, tt := range map[string]struct {
		overtake func(w *world, store client.TokenStore)
		fault    error // of the store, when it is read again
		check    func(t *testing.T, err error)
		tries    int
	}{
		"by a new pair": {
			func(w *world, store client.TokenStore) {
				_ = w.another(t, func(c *client.Config) { c.Store = store; c.HTTPClient = &http.Client{Transport: w.wire.next} }).
					Login(t.Context(), username, password)
			}, nil, wantNone, 1,
		},
		"by an expired pair": {
			func(w *world, store client.TokenStore) {
				_ = w.another(t, func(c *client.Config) { c.Store = store; c.HTTPClient = &http.Client{Transport: w.wire.next} }).
					Login(t.Context(), username, password)
				w.clock.Advance(time.Hour)
			}, nil, wantNone, 2,
		},
		"by an ended session": {
			func(_ *world, store client.TokenStore) {
				_ = store.Save(t.Context(), client.Token{AccessToken: "access.x", RefreshToken: "refresh.x.1"})
			}, nil, wantLoggedOut, 2,
		},
		"by a logout": {
			func(_ *world, store client.TokenStore) { _ = store.Delete(t.Context()) }, nil, wantLoggedOut, 1,
		},
		"by nobody knows whom": {
			func(*world, client.TokenStore) {}, errStore,
			func(t *testing.T, err error) {
				t.Helper()
				if !errors.Is(err, errStore) || errors.Is(err, client.ErrLoggedOut) {
					t.Errorf("got %v, want %v", err, errStore)
				}
			}, 1,
		},
	} {
		t.Run(name, func(t *testing.T) {
			store := new(faultyStore)
			w := newWorld(t, func(c *client.Config) { c.Store = store })
			w.clock.Advance(time.Hour)
			w.server.revoke()
			var once sync.Once
			w.wire.cut(nil, only("/auth/refresh", func(*http.Request) error {
				once.Do(func() {
					tt.overtake(w, store)
					store.fail(tt.fault, nil, nil)
				})
				return nil
			}))
			_, err := w.Token(t.Context())
			tt.check(t, err)
			w.wantCount(t, "/auth/refresh", tt.tries)
		})
	}
}

func wantNone(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Errorf("got %v, want no error", err)
	}
}

func wantLoggedOut(t *testing.T, err error) {
	t.Helper()
	wantError(t, err, 401, "token_revoked")
	if !errors.Is(err, client.ErrLoggedOut) {
		t.Errorf("got %v, want %v", err, client.ErrLoggedOut)
	}
}

// TestLogoutWhileRefreshing wants the session to be over in the end, whatever
// the refresh under way brings.
func TestLogoutWhileRefreshing(t *testing.T) {
	store := new(client.MemoryStore)
	w := newWorld(t, func(c *client.Config) { c.Store = store })
	for range 20 {
		if err := w.Login(t.Context(), username, password); err != nil {
			t.Fatal(err)
		}
		w.clock.Advance(time.Hour)
		entered, leave := make(chan struct{}), make(chan struct{})
		w.wire.cut(nil, only("/auth/refresh", func(*http.Request) error { // the server has rotated
			close(entered)
			<-leave
			return nil
		}))
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				if _, _, err := w.me(t.Context()); err != nil && !errors.Is(err, client.ErrLoggedOut) {
					t.Errorf("GET: %v", err)
				}
			})
		}
		<-entered
		out := make(chan struct{})
		wg.Go(func() {
			defer close(out)
			if err := w.Logout(t.Context()); err != nil {
				t.Errorf("Logout: %v", err)
			}
		})
		select {
		case <-out:
			t.Error("Logout did not wait for the refresh")
		case <-time.After(2 * time.Millisecond):
		}
		close(leave)
		wg.Wait()
		if _, err := w.Token(t.Context()); !errors.Is(err, client.ErrLoggedOut) {
			t.Fatalf("got %v, want %v", err, client.ErrLoggedOut)
		}
		if _, err := store.Load(t.Context()); !errors.Is(err, client.ErrNoToken) {
			t.Fatalf("store: got %v, want %v", err, client.ErrNoToken)
		}
	}
	w.wantCount(t, "reused", 0)
}
