//go:build linux

package faults_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestP01OneSuccessor has 64 callers present one refresh token to four processes
// at the same moment, again and again.
func TestP01OneSuccessor(t *testing.T) {
	eachStore(t, func(t *testing.T, dir string, flags []string) {
		var processes []*process
		for range 4 {
			processes = append(processes, serve(t, dir, flags...))
		}
		token := want(t, "login", processes[0].login(t.Context()), http.StatusOK).text("refresh_token")
		rounds := times(10, 1000)
		for round := range rounds {
			answers := make([]answer, 64)
			var asking sync.WaitGroup
			barrier := make(chan struct{})
			for i := range answers {
				asking.Go(func() {
					<-barrier
					answers[i] = processes[i%4].refresh(t.Context(), token)
				})
			}
			close(barrier)
			asking.Wait()
			for i, a := range answers {
				want(t, fmt.Sprintf("round %d, caller %d", round, i), a, http.StatusOK)
				if got := generation(t, a.text("refresh_token")); got != int64(round+1) {
					t.Fatalf("round %d, caller %d: got generation %d, want %d", round, i, got, round+1)
				}
			}
			token = answers[round%64].text("refresh_token")
		}
		for _, p := range processes {
			if n := events(p.log.String(), "reuse_detected"); n != 0 {
				t.Errorf("%d false alarms", n)
			}
		}
		t.Logf("%d rounds of 64 callers at 4 processes: one successor each, 0 errors", rounds)
	})
}

// TestP02LostAnswer ends the connection when the answer comes, and asks again.
func TestP02LostAnswer(t *testing.T) {
	eachStore(t, func(t *testing.T, dir string, flags []string) {
		p := serve(t, dir, flags...)
		token := want(t, "login", p.login(t.Context()), http.StatusOK).text("refresh_token")
		rounds := times(20, 500)
		for round := range rounds {
			lose(t, p, token)
			a := want(t, "the same again", p.refresh(t.Context(), token), http.StatusOK)
			if got := generation(t, a.text("refresh_token")); got != int64(round+1) {
				t.Fatalf("round %d: got generation %d, want %d", round, got, round+1)
			}
			token = a.text("refresh_token")
			want(t, "me", p.me(t.Context(), a.text("access_token")), http.StatusOK)
		}
		if n := events(p.log.String(), "refresh_replayed"); n != rounds {
			t.Errorf("got %d replays in the log, want %d", n, rounds)
		}
		t.Logf("%d answers lost: the same successor each time", rounds)
	})
}

// lose refreshes and reads no more than the first byte of the answer.
func lose(t *testing.T, p *process, token string) {
	t.Helper()
	conn, err := new(net.Dialer).DialContext(t.Context(), "tcp", strings.TrimPrefix(p.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := fmt.Fprintf(conn, "POST /auth/refresh HTTP/1.1\r\nHost: auth.example\r\nContent-Length: 0\r\nAuthorization: Bearer %s\r\n\r\n", token); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
}

// TestP03Kill kills the server while it refreshes, at any point.
func TestP03Kill(t *testing.T) {
	eachStore(t, func(t *testing.T, dir string, flags []string) {
		p := serve(t, dir, flags...)
		token := want(t, "login", p.login(t.Context()), http.StatusOK).text("refresh_token")
		kills, refreshes, unanswered := times(8, 200), 0, 0
		for range kills {
			ctx, cancel := context.WithCancel(t.Context())
			died := make(chan struct{})
			go func() {
				defer close(died)
				time.Sleep(time.Duration(rand.IntN(30_000)) * time.Microsecond)
				p.kill()
			}()
			for {
				a := p.refresh(ctx, token)
				if a.status != http.StatusOK || a.err != nil {
					unanswered++
					break
				}
				token = a.text("refresh_token")
				refreshes++
			}
			<-died
			cancel()
			held := generation(t, token)
			p = serve(t, dir, flags...)
			a := want(t, "after the kill", p.refresh(t.Context(), token), http.StatusOK)
			if got := generation(t, a.text("refresh_token")); got != held+1 {
				t.Fatalf("after a kill: got generation %d, want %d", got, held+1)
			}
			token = a.text("refresh_token")
			// What the killed process had sent may be executed only now, see storetest.RunKill.
			time.Sleep(50 * time.Millisecond)
		}
		t.Logf("%d kills, %d refreshes, %d without an answer: 0 sessions lost, 0 false alarms", kills, refreshes, unanswered)
	})
}

// TestP04Reuse presents a spent token to one process: all tokens of the session
// are refused by all, within a second, and one alarm is raised.
func TestP04Reuse(t *testing.T) {
	eachStore(t, func(t *testing.T, dir string, flags []string) {
		one, two := serve(t, dir, flags...), serve(t, dir, flags...)
		first := want(t, "login", one.login(t.Context()), http.StatusOK)
		last := first
		for _, p := range []*process{two, one, two} {
			last = want(t, "refresh", p.refresh(t.Context(), last.text("refresh_token")), http.StatusOK)
		}
		other := want(t, "another login", one.login(t.Context()), http.StatusOK)
		for _, p := range []*process{one, two} {
			want(t, "me before", p.me(t.Context(), last.text("access_token")), http.StatusOK)
		}
		reused := time.Now()
		want(t, "the first token again", one.refresh(t.Context(), first.text("refresh_token")), http.StatusUnauthorized)
		for _, p := range []*process{one, two} {
			for _, access := range []string{first.text("access_token"), last.text("access_token")} {
				within(t, time.Second, "access refused", func() bool {
					return p.me(t.Context(), access).status == http.StatusUnauthorized
				})
			}
			want(t, "the last token", p.refresh(t.Context(), last.text("refresh_token")), http.StatusUnauthorized)
			want(t, "the first token", p.refresh(t.Context(), first.text("refresh_token")), http.StatusUnauthorized)
			want(t, "another session", p.me(t.Context(), other.text("access_token")), http.StatusOK)
		}
		if n := events(one.log.String()+two.log.String(), "reuse_detected"); n != 1 {
			t.Errorf("got %d alarms, want 1", n)
		}
		t.Logf("refused everywhere %s after the reuse, one alarm", time.Since(reused).Round(time.Millisecond))
	})
}

// eachStore runs a test over each durable store, with a user alice.
func eachStore(t *testing.T, test func(t *testing.T, dir string, flags []string)) {
	t.Helper()
	faults(t)
	t.Run("sqlite", func(t *testing.T) {
		dir := t.TempDir()
		addUser(t, dir, nil)
		test(t, dir, nil)
	})
	eachEngine(t, func(t *testing.T, e *engine) {
		dir, flags := t.TempDir(), e.flags(e.address)
		addUser(t, dir, flags)
		test(t, dir, flags)
	})
}
