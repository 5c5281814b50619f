//go:build linux

package faults_test

import (
	"math/rand/v2"
	"net/http"
	"sync"
	"testing"
	"time"
)

// logouts is how many sessions are ended while a server is killed.
const logouts = 9

// TestP05TwoServers logs people out while they are asked for at two servers, and
// kills the one that logs out, at any point. A logout that was acknowledged is final
// at both. One that was not may be repeated, and is final then. What was refused
// once is never good again.
func TestP05TwoServers(t *testing.T) {
	eachStore(t, func(t *testing.T, dir string, flags []string) {
		one, two := serve(t, dir, flags...), serve(t, dir, flags...)
		asked := 0
		for range times(5, 100) {
			asked += askedMeanwhile(t, one, two)
		}
		kills, acknowledged, untouched, between, ended := times(3, 60), 0, 0, 0, 0
		for range kills {
			sessions := make([]answer, logouts)
			for i := range sessions {
				sessions[i] = want(t, "login", two.login(t.Context()), http.StatusOK)
			}
			said := killedLogouts(t, one, sessions)
			one = serve(t, dir, flags...)
			for i, s := range sessions {
				access, refresh := s.text("access_token"), s.text("refresh_token")
				if said[i].status == http.StatusNoContent {
					acknowledged++
					final(t, access, refresh, one, two)
					continue
				}
				// What the killed server had sent may be executed only now.
				time.Sleep(20 * time.Millisecond)
				atOne := one.me(t.Context(), access)
				next := one.refresh(t.Context(), refresh)
				switch {
				case atOne.status == http.StatusOK && next.status == http.StatusOK:
					untouched++
					refresh = next.text("refresh_token")
				case atOne.status == http.StatusUnauthorized && next.status == http.StatusOK:
					// The tokens are refused, the session lives: its new tokens are no better.
					between++
					refresh = next.text("refresh_token")
					want(t, "a new token of a session whose tokens are refused", one.me(t.Context(), next.text("access_token")), http.StatusUnauthorized)
					refusedSoon(t, two, access)
				case atOne.status == http.StatusUnauthorized && next.status == http.StatusUnauthorized:
					ended++
				default:
					t.Fatalf("after a logout without an answer: me %s, refresh %s", atOne, next)
				}
				again := two.call(t.Context(), http.MethodPost, "/auth/logout", refresh, nil)
				want(t, "the same logout again", again, http.StatusNoContent)
				final(t, access, refresh, one, two)
			}
		}
		if acknowledged == 0 || acknowledged == kills*logouts {
			t.Errorf("%d of %d logouts were acknowledged, want some", acknowledged, kills*logouts)
		}
		t.Logf("asked %d times during logouts, none good after one; %d kills; %d logouts acknowledged and final; of those without an answer %d had done nothing, %d half and %d all, and all were repeated",
			asked, kills, acknowledged, untouched, between, ended)
	})
}

// askedMeanwhile logs out at the first server, while callers ask at both: none that
// asks after the answer finds the token good. It returns how often they asked.
func askedMeanwhile(t *testing.T, servers ...*process) int {
	t.Helper()
	s := want(t, "login", servers[1].login(t.Context()), http.StatusOK)
	var (
		mu     sync.Mutex
		asked  []timed
		asking sync.WaitGroup
	)
	ended := make(chan struct{})
	for _, p := range append(servers, servers...) {
		asking.Go(func() {
			for last := false; !last; {
				select {
				case <-ended:
					last = true // and ask once more
				default:
				}
				a := timed{at: time.Now()}
				a.answer = p.me(t.Context(), s.text("access_token"))
				mu.Lock()
				asked = append(asked, a)
				mu.Unlock()
			}
		})
	}
	time.Sleep(rand.N(10 * time.Millisecond))
	a := servers[0].call(t.Context(), http.MethodPost, "/auth/logout", s.text("refresh_token"), nil)
	done := time.Now()
	close(ended)
	asking.Wait()
	want(t, "logout", a, http.StatusNoContent)
	for _, a := range asked {
		if a.status != http.StatusUnauthorized && (a.status != http.StatusOK || a.at.After(done)) {
			t.Errorf("asked %s after the logout: got %s", a.at.Sub(done), a)
		}
	}
	return len(asked)
}

// killedLogouts ends sessions, some at the same time, and kills the server then.
func killedLogouts(t *testing.T, p *process, sessions []answer) []answer {
	t.Helper()
	said := make([]answer, len(sessions))
	var ending sync.WaitGroup
	done := make(chan struct{}, len(sessions))
	for worker := range 3 {
		ending.Go(func() {
			for i := worker; i < len(sessions); i += 3 {
				said[i] = p.call(t.Context(), http.MethodPost, "/auth/logout", sessions[i].text("refresh_token"), nil)
				done <- struct{}{}
			}
		})
	}
	for range 1 + rand.IntN(logouts-3) {
		<-done
	}
	time.Sleep(rand.N(4 * time.Millisecond))
	p.kill()
	ending.Wait()
	for _, a := range said {
		switch a.status {
		case http.StatusNoContent, 0:
		case http.StatusServiceUnavailable: // which is no acknowledgement either, and happens for a reason
			t.Logf("logout: got %s; the server says: %s", a, p.log)
		default:
			t.Fatalf("logout: got %s, want 204 or no answer", a)
		}
	}
	return said
}

// final wants both tokens refused by all servers at once, and from then on.
func final(t *testing.T, access, refresh string, servers ...*process) {
	t.Helper()
	for _, p := range servers {
		want(t, "me after the logout", p.me(t.Context(), access), http.StatusUnauthorized)
		want(t, "refresh after the logout", p.refresh(t.Context(), refresh), http.StatusUnauthorized)
		want(t, "me after that", p.me(t.Context(), access), http.StatusUnauthorized)
	}
}

func refusedSoon(t *testing.T, p *process, access string) {
	t.Helper()
	within(t, time.Second, "refused", func() bool {
		a := p.me(t.Context(), access)
		if a.status != http.StatusOK && a.status != http.StatusUnauthorized {
			t.Fatalf("me: got %s, want 200 or 401", a)
		}
		return a.status == http.StatusUnauthorized
	})
}
