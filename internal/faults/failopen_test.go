//go:build linux

package faults_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/revocation"
)

// TestP07FailOpenIsVisible kills the engine below a list that lets short-lived
// tokens pass then: no other passes, and that is told, shown and counted.
func TestP07FailOpenIsVisible(t *testing.T) { //nolint:tparallel // beside no other test
	eachEngineTogether(t, func(t *testing.T, e *engine) {
		const staleness = 500 * time.Millisecond
		keys, store := newKeys(t), openAt(t, e.url(e.address))
		var (
			mu   sync.Mutex
			told []revocation.Status
		)
		n := newNode(t, keys, store, revocation.Config{
			PollEvery: 50 * time.Millisecond, MaxStaleness: staleness, WhenStale: revocation.InsecureAllowShortLived,
			OnDegraded: func(s revocation.Status) {
				mu.Lock()
				defer mu.Unlock()
				told = append(told, s)
			},
		})
		issue := func(ttl time.Duration) string {
			issuer, err := authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: issuerName, Keys: keys, AccessTTL: ttl})
			if err != nil {
				t.Fatal(err)
			}
			issued, err := issuer.Issue(t.Context(), authsdk.Claims{Type: authsdk.Access, Subject: "alice"}, nil)
			if err != nil {
				t.Fatal(err)
			}
			return issued
		}
		short, long, known := issue(4*time.Minute), issue(10*time.Minute), n.login(t)
		if err := n.sessions.LogoutAll(t.Context(), "alice"); err != nil {
			t.Fatal(err)
		}
		for what, token := range map[string]string{"short": short, "long": long} {
			if got := n.status(t, token); got != http.StatusOK {
				t.Fatalf("a %s token before the outage: got %d, want 200", what, got)
			}
		}
		if s := n.list.Status(); s.Degraded || s.Passed != 0 || len(told) != 0 {
			t.Fatalf("before the outage: got %+v and was told %d times", s, len(told))
		}

		e.kill()
		within(t, recovery, "the list is too old", func() bool { return n.list.Status().Degraded })
		begun, passed := time.Now(), 0
		for time.Since(begun) < time.Duration(times(2, 20))*time.Second {
			passed++
			if got := n.status(t, short); got != http.StatusOK {
				t.Fatalf("a token of 4 minutes: got %d, want that it passes", got)
			}
			if got := n.status(t, long); got != http.StatusServiceUnavailable {
				t.Fatalf("a token of 10 minutes: got %d, want 503", got)
			}
			if got := n.status(t, known.AccessToken); got != http.StatusUnauthorized {
				t.Fatalf("a token that is known to be revoked: got %d, want 401", got)
			}
			time.Sleep(10 * time.Millisecond)
		}
		took := time.Since(begun)
		if s := n.list.Status(); !s.Degraded || s.Err == nil || s.Passed != int64(passed) {
			t.Errorf("Status: got %+v, want it degraded, with a cause, and %d passed", s, passed)
		}
		mu.Lock()
		for _, s := range told {
			if !s.Degraded || s.Synced.IsZero() {
				t.Errorf("OnDegraded: got %+v, want it degraded, and since when", s)
			}
		}
		if least, most := int(took.Seconds()*0.8), int(took.Seconds())+1; len(told) < least || len(told) > most {
			t.Errorf("OnDegraded was called %d times in %s, want once a second", len(told), took)
		}
		mu.Unlock()

		e.start()
		back := within(t, recovery, "recovery", func() bool { return !n.list.Status().Degraded })
		if got := n.status(t, long); got != http.StatusOK {
			t.Errorf("a token of 10 minutes after the outage: got %d, want 200", got)
		}
		t.Logf("%d passed and %d refused in %s, told %d times; as before %s after the engine", passed, passed,
			took.Round(time.Millisecond), len(told), back.Round(time.Millisecond))
	})
}
