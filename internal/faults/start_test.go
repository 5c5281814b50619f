//go:build linux

package faults_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/session"
)

// TestP12Migration kills those who make the tables, at any point, while others do
// so too. Whoever comes next finishes.
func TestP12Migration(t *testing.T) {
	faults(t)
	for _, kind := range engines[:2] { // those with tables
		t.Run(kind.name, func(t *testing.T) {
			e := kind.start(t, t.TempDir())
			rounds, killed := times(5, 60), 0
			for round := range rounds {
				name := fmt.Sprintf("round%d", round)
				flags := []string{"--store", makeDatabase(t, e, kind.name, name)}
				var migrating sync.WaitGroup
				for range 3 {
					cmd := exec.CommandContext(t.Context(), program, append([]string{"migrate", "up"}, flags...)...)
					if err := cmd.Start(); err != nil {
						t.Fatal(err)
					}
					time.AfterFunc(rand.N(250*time.Millisecond), func() { _ = cmd.Process.Kill() })
					migrating.Go(func() { _ = cmd.Wait() })
				}
				migrating.Wait()
				status, _ := exec.CommandContext(t.Context(), program, append([]string{"migrate", "status"}, flags...)...).CombinedOutput()
				if !strings.Contains(string(status), "up to date") {
					killed++
				}
				dir := t.TempDir()
				addUser(t, dir, flags) // brings them up to date
				p := serve(t, dir, flags...)
				token := want(t, "login", p.login(t.Context()), http.StatusOK).text("refresh_token")
				want(t, "refresh", p.refresh(t.Context(), token), http.StatusOK)
				p.kill()
			}
			t.Logf("%d rounds of 3 programs that were killed, %d left unfinished: all finished by the next", rounds, killed)
		})
	}
}

// TestP16RepliesDoNotMix gives up calls at any point, and wants every answer to be
// the one to its own question.
func TestP16RepliesDoNotMix(t *testing.T) { //nolint:tparallel // beside no other test
	eachEngineTogether(t, func(t *testing.T, e *engine) {
		w := newWire(t, e.address)
		store := openAt(t, e.url(w.address()))
		now := time.Now().UTC()
		ids := make([]string, 24)
		for i := range ids {
			ids[i] = fmt.Sprintf("session-%020d", i)
			if _, err := store.CreateSession(t.Context(), session.Session{
				ID: ids[i], Subject: "subject of " + ids[i], CreatedAt: now, LastSeen: now, IdleExpires: now.Add(time.Hour), Expires: now.Add(time.Hour),
			}, 0); err != nil {
				t.Fatal(err)
			}
		}
		w.set(fault{delay: 200 * time.Microsecond})
		var (
			mu                sync.Mutex
			answered, givenUp int
			asking            sync.WaitGroup
		)
		ends := time.Now().Add(time.Duration(times(4, 300)) * time.Second)
		for _, id := range ids {
			asking.Go(func() {
				for time.Now().Before(ends) {
					// Some leave before the question is sent, some before the answer comes.
					ctx, cancel := context.WithCancel(t.Context())
					time.AfterFunc(rand.N(60*time.Millisecond), cancel)
					s, err := store.Session(ctx, id)
					cancel()
					mu.Lock()
					if err != nil {
						givenUp++
					} else {
						answered++
					}
					mu.Unlock()
					if err == nil && (s.ID != id || s.Subject != "subject of "+id) {
						t.Errorf("asked for %s, got %s of %s", id, s.ID, s.Subject)
					}
				}
			})
		}
		asking.Wait()
		if answered == 0 || givenUp == 0 {
			t.Errorf("%d calls were answered and %d given up, want both", answered, givenUp)
		}
		t.Logf("%d calls answered, %d given up, none mixed up", answered, givenUp)
	})
}

// TestP17StoppedProcess stops a process in the middle of refreshes, lets another
// go on, and wakes the first: what it held back changes nothing.
func TestP17StoppedProcess(t *testing.T) {
	eachStore(t, func(t *testing.T, dir string, flags []string) {
		one, two := serve(t, dir, flags...), serve(t, dir, flags...)
		first := want(t, "login", one.login(t.Context()), http.StatusOK)
		token, held := first.text("refresh_token"), int64(0)
		for range times(2, 10) {
			var late []answer
			var (
				mu     sync.Mutex
				asking sync.WaitGroup
			)
			for range 8 {
				asking.Go(func() {
					a := one.refresh(t.Context(), token)
					mu.Lock()
					defer mu.Unlock()
					late = append(late, a)
				})
			}
			time.Sleep(rand.N(5 * time.Millisecond))
			one.signal(syscall.SIGSTOP)
			// SQLite's lock may be held by who sleeps: then nobody knows, until he wakes.
			a := two.refresh(t.Context(), token)
			time.Sleep(time.Duration(times(1, 15)) * time.Second)
			one.signal(syscall.SIGCONT)
			asking.Wait()
			if a.status == http.StatusServiceUnavailable {
				a = two.refresh(t.Context(), token)
			}
			want(t, "refresh at the other", a, http.StatusOK)
			held++
			for _, l := range append(late, a) {
				if l.status == http.StatusOK && generation(t, l.text("refresh_token")) != held {
					t.Fatalf("got generation %d, want %d", generation(t, l.text("refresh_token")), held)
				}
				if l.status != http.StatusOK && l.status != http.StatusServiceUnavailable {
					t.Fatalf("got %s", l)
				}
			}
			token = a.text("refresh_token")
		}
		want(t, "logout", two.call(t.Context(), http.MethodPost, "/auth/logout", token, nil), http.StatusNoContent)
		for _, p := range []*process{one, two} {
			var a answer
			within(t, recovery, "an answer", func() bool { // who has slept for long knows that he knows too little
				a = p.refresh(t.Context(), token)
				return a.status != http.StatusServiceUnavailable
			})
			want(t, "refresh after the logout", a, http.StatusUnauthorized)
			if n := events(p.log.String(), "reuse_detected"); n != 0 {
				t.Errorf("%d false alarms", n)
			}
		}
	})
}
