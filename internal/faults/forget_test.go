//go:build linux

package faults_test

import (
	"context"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/authsdk/authsdk-go/authsdk/revocation"
)

// TestP15RedisForgets empties Redis, and restarts one that keeps nothing. Refresh
// tokens have ended then. Of access tokens nobody knows, at servers that ran on and
// at those that start, from the first answer to the last: 503, and never 200 or
// 401, until they expire or an operator confirms. New logins work.
func TestP15RedisForgets(t *testing.T) {
	faults(t)
	e := startRedis(t, t.TempDir(), "--appendonly", "no")
	dir, flags := t.TempDir(), e.flags(e.address)
	addUser(t, dir, flags)
	one, other := serve(t, dir, flags...), serve(t, dir, flags...)
	if !strings.Contains(one.log.String(), "appendonly") {
		t.Errorf("no warning of a Redis that forgets: %s", one.log)
	}
	verifies := newReader(t, keysOf(t, one), openAt(t, e.url(e.address)), revocation.Config{})
	for name, forget := range map[string]func(){
		"flushall": func() { flush(t, e) },
		"killed":   func() { e.kill(); e.start() },
	} {
		t.Run(name, func(t *testing.T) {
			kept, gone := login(t, one), login(t, other)
			want(t, "logout", one.call(t.Context(), http.MethodPost, "/auth/logout", gone.text("refresh_token"), nil), http.StatusNoContent)
			want(t, "me", other.me(t.Context(), kept.text("access_token")), http.StatusOK)
			time.Sleep(1100 * time.Millisecond) // a token has its time in whole seconds
			forget()
			begins := serve(t, dir, flags...)
			servers := []*process{one, other, begins}
			asked := 0
			for begun := time.Now(); time.Since(begun) < time.Duration(times(2, 20))*time.Second; asked++ {
				for _, p := range servers {
					// One was logged out: servers that heard of it know.
					if a := p.me(t.Context(), gone.text("access_token")); a.status != http.StatusUnauthorized && a.status != http.StatusServiceUnavailable {
						t.Fatalf("an access token that was revoked: got %s, want 401 or 503", a)
					}
					want(t, "an access token of before", p.me(t.Context(), kept.text("access_token")), http.StatusServiceUnavailable)
				}
				time.Sleep(20 * time.Millisecond)
			}
			for _, p := range servers {
				within(t, recovery, "refresh", func() bool {
					a := p.refresh(t.Context(), kept.text("refresh_token"))
					if a.status != http.StatusUnauthorized && a.status != http.StatusServiceUnavailable {
						t.Fatalf("refresh: got %s, want 401", a)
					}
					return a.status == http.StatusUnauthorized
				})
			}
			within(t, recovery, "who only verifies", func() bool {
				return verifies.status(t, kept.text("access_token")) == http.StatusServiceUnavailable
			})
			fresh := login(t, other)
			for _, p := range servers {
				want(t, "me after a new login", p.me(t.Context(), fresh.text("access_token")), http.StatusOK)
			}

			// An operator knows that nothing was revoked: who only verifies takes the
			// tokens again. The servers know that their sessions have ended.
			cmd := exec.CommandContext(t.Context(), program, append([]string{"token", "confirm"}, flags...)...)
			cmd.Dir = dir
			output(t, cmd)
			within(t, time.Second, "confirmed", func() bool { return verifies.status(t, kept.text("access_token")) == http.StatusOK })
			for _, p := range servers {
				within(t, time.Second, "confirmed", func() bool {
					return p.me(t.Context(), kept.text("access_token")).status == http.StatusUnauthorized
				})
				want(t, "me of the new login", p.me(t.Context(), fresh.text("access_token")), http.StatusOK)
			}
			t.Logf("%s: asked %d times at 3 servers, 503 each; then confirmed", name, asked)
		})
	}
}

func login(t *testing.T, p *process) answer {
	t.Helper()
	var a answer
	within(t, recovery, "login", func() bool {
		a = p.login(t.Context())
		return a.status == http.StatusOK
	})
	return a
}

// flush empties a Redis.
func flush(t *testing.T, e *engine) {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: e.address})
	defer func() { _ = client.Close() }()
	if err := client.FlushAll(context.WithoutCancel(t.Context())).Err(); err != nil {
		t.Fatal(err)
	}
}
