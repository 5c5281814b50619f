//go:build linux

package faults_test

import (
	"net/http"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"
)

// recovery is how long after the engine is back a server may need to see it.
const recovery = 5 * time.Second

// deadline is how long a call may take while the engine does not answer: what the
// stores wait, and what a busy machine adds.
const deadline = 5*time.Second + 500*time.Millisecond

// timed is an answer and when it was asked for.
type timed struct {
	answer

	at time.Time
}

// load asks at a rate until the returned function is called, which returns the answers.
func load(rate int, ask func() answer) (stop func() []timed) {
	var (
		mu      sync.Mutex
		answers []timed
		asking  sync.WaitGroup
	)
	ended := make(chan struct{})
	asking.Go(func() {
		ticker := time.NewTicker(time.Second / time.Duration(rate))
		defer ticker.Stop()
		for {
			select {
			case <-ended:
				return
			case <-ticker.C:
			}
			asking.Go(func() {
				at := time.Now()
				a := timed{ask(), at}
				mu.Lock()
				defer mu.Unlock()
				answers = append(answers, a)
			})
		}
	})
	return func() []timed {
		close(ended)
		asking.Wait()
		return answers
	}
}

// slowest returns the longest that an answer took, and all but one in a hundred.
func slowest(answers []timed) (most, p99 time.Duration) {
	var took []time.Duration
	for _, a := range answers {
		took = append(took, a.took)
	}
	if len(took) == 0 {
		return 0, 0
	}
	slices.Sort(took)
	return took[len(took)-1], took[len(took)*99/100]
}

// TestP06UnknownIsNotValid kills the engine under 200 requests a second with a
// valid token. Nobody knows whether it was revoked: 503, and never 200 or 401.
func TestP06UnknownIsNotValid(t *testing.T) {
	eachEngine(t, func(t *testing.T, e *engine) {
		dir, flags := t.TempDir(), e.flags(e.address)
		addUser(t, dir, flags)
		p := serve(t, dir, flags...)
		token := want(t, "login", p.login(t.Context()), http.StatusOK).text("access_token")
		stop := load(200, func() answer { return p.me(t.Context(), token) })
		time.Sleep(500 * time.Millisecond)
		e.kill()
		down := time.Now()
		time.Sleep(time.Duration(times(3, 30)) * time.Second)
		began := time.Now()
		e.start()
		up := time.Now()
		recovered := within(t, recovery, "recovery", func() bool { return p.me(t.Context(), token).status == http.StatusOK })
		time.Sleep(500 * time.Millisecond)
		answers := stop()
		counts := map[int]int{}
		for _, a := range answers {
			counts[a.status]++
			switch {
			case a.status == http.StatusServiceUnavailable:
				if a.header.Get("Retry-After") == "" {
					t.Fatalf("503 without Retry-After: %v", a.header)
				}
			case a.status != http.StatusOK:
				t.Fatalf("got %s, want 200 or 503", a)
			case a.at.After(down) && a.at.Add(a.took).Before(began):
				t.Fatalf("got 200 %s after the engine was killed", a.at.Sub(down))
			}
			if a.at.After(up.Add(recovered+time.Second)) && a.status != http.StatusOK {
				t.Fatalf("got %s after the recovery", a)
			}
		}
		most, p99 := slowest(answers)
		if most > deadline {
			t.Errorf("the slowest answer took %s", most)
		}
		t.Logf("%v; slowest %s, p99 %s; works again %s after the engine", counts, most, p99, recovered)
	})
}

// TestP08NothingIsLost asks for everything while the engine cannot be reached, or
// says nothing: 503, no cookie, no token, and what the client has is good afterwards.
func TestP08NothingIsLost(t *testing.T) { //nolint:tparallel // beside no other test
	eachEngineTogether(t, func(t *testing.T, e *engine) {
		dir, w := t.TempDir(), newWire(t, e.address)
		flags := e.flags(w.address())
		addUser(t, dir, flags)
		p := serve(t, dir, flags...)
		first := want(t, "login", p.login(t.Context()), http.StatusOK)
		access, token := first.text("access_token"), first.text("refresh_token")
		for how, f := range map[string]fault{"refused": {cut: true}, "silent": {silent: true}} {
			w.set(f)
			for name, a := range askAll(t, p, access, token) {
				if a.status != http.StatusServiceUnavailable || a.header.Get("Retry-After") == "" || a.took > deadline ||
					a.header.Get("Set-Cookie") != "" || a.text("access_token")+a.text("refresh_token") != "" {
					t.Errorf("%s, %s: got %s with %v, want 503 with Retry-After and nothing else", how, name, a, a.header)
				}
			}
			// Whoever was sent something, and has not done it, does it no more.
			w.set(fault{cut: true})
			w.set(fault{})
			var next answer
			took := within(t, recovery, "refresh after "+how, func() bool {
				next = p.refresh(t.Context(), token)
				return next.status == http.StatusOK
			})
			access, token = next.text("access_token"), next.text("refresh_token")
			want(t, "me after "+how, p.me(t.Context(), access), http.StatusOK)
			t.Logf("%s: all 503; refreshed %s after the engine could be reached", how, took.Round(time.Millisecond))
		}
		if n := events(p.log.String(), "reuse_detected"); n != 0 {
			t.Errorf("%d false alarms", n)
		}
	})
}

// askAll asks for everything at the same time.
func askAll(t *testing.T, p *process, access, token string) map[string]answer {
	t.Helper()
	post := func(path, token string, body any) func() answer {
		return func() answer { return p.call(t.Context(), http.MethodPost, path, token, body) }
	}
	asked := map[string]answer{}
	var (
		mu     sync.Mutex
		asking sync.WaitGroup
	)
	for name, ask := range map[string]func() answer{
		"login": func() answer { return p.login(t.Context()) },
		"login with cookies": post("/auth/login", "",
			map[string]string{"username": "alice", "password": password, "delivery": "cookie"}),
		"refresh":        post("/auth/refresh", token, nil),
		"sessions":       func() answer { return p.call(t.Context(), http.MethodGet, "/auth/sessions", access, nil) },
		"reauthenticate": post("/auth/reauthenticate", access, map[string]string{"password": password}),
		"logout":         post("/auth/logout", access, nil),
		"logout all":     post("/auth/logout-all", access, nil),
	} {
		asking.Go(func() {
			a := ask()
			mu.Lock()
			defer mu.Unlock()
			asked[name] = a
		})
	}
	asking.Wait()
	return asked
}

// TestP11Restart restarts the engine under refreshes in each way there is. Nobody
// is logged out, and errors end with the outage.
func TestP11Restart(t *testing.T) { //nolint:tparallel // beside no other test
	eachEngineTogether(t, func(t *testing.T, e *engine) {
		dir, flags := t.TempDir(), e.flags(e.address)
		addUser(t, dir, flags)
		p := serve(t, dir, flags...)
		for round := range times(1, 10) {
			for _, how := range e.stops {
				restart(t, e, p, how, round)
			}
		}
	})
}

// refreshing is clients that refresh, each its own session, one refresh after the
// other.
type refreshing struct {
	tokens []string // the last that each has got
	done   int
	failed []timed
}

// keepRefreshing has clients refresh until the returned function is called.
func keepRefreshing(t *testing.T, p *process, clients int) (stop func() refreshing) {
	t.Helper()
	var (
		asking sync.WaitGroup
		mu     sync.Mutex
	)
	r := refreshing{tokens: make([]string, clients)}
	ended := make(chan struct{})
	for i := range clients {
		token := want(t, "login", p.login(t.Context()), http.StatusOK).text("refresh_token")
		asking.Go(func() {
			for {
				select {
				case <-ended:
					return
				default:
				}
				a := timed{p.refresh(t.Context(), token), time.Now()}
				mu.Lock()
				if a.status == http.StatusOK {
					token = a.text("refresh_token")
					r.tokens[i] = token
					r.done++
				} else {
					r.failed = append(r.failed, a)
				}
				mu.Unlock()
				time.Sleep(5 * time.Millisecond)
			}
		})
	}
	return func() refreshing {
		close(ended)
		asking.Wait()
		return r
	}
}

func restart(t *testing.T, e *engine, p *process, how syscall.Signal, round int) {
	t.Helper()
	stop := keepRefreshing(t, p, 8)
	time.Sleep(300 * time.Millisecond)
	down := time.Now()
	e.stop(how)
	e.start()
	up := time.Now()
	within(t, recovery, "recovery", func() bool {
		return p.call(t.Context(), http.MethodGet, "/readyz", "", nil).status == http.StatusOK
	})
	time.Sleep(1500 * time.Millisecond)
	r := stop()
	last := time.Duration(0)
	for _, a := range r.failed {
		if a.status != http.StatusServiceUnavailable {
			t.Fatalf("%s: got %s, want 200 or 503", how, a)
		}
		if a.at.Before(down) {
			t.Errorf("%s: got %s before the outage", how, a)
		}
		last = max(last, a.at.Sub(up))
	}
	// The breaker rests for a second.
	if last > 2*time.Second {
		t.Errorf("%s: errors until %s after the engine was back", how, last)
	}
	if n := events(p.log.String(), "reuse_detected"); n != 0 {
		t.Errorf("%s: %d false alarms", how, n)
	}
	t.Logf("round %d, %s: away for %s, errors until %s after that, %d refreshes, %d refused, nobody logged out",
		round, how, up.Sub(down).Round(time.Millisecond), max(0, last).Round(time.Millisecond), r.done, len(r.failed))
}
