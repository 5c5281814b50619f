package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/internal/testservice"
)

// TestReplicas runs two servers over one store: a session of one is a session
// of the other, and outlives it.
func TestReplicas(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"postgres", "mysql", "redis"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var args []string
			switch name {
			case "postgres":
				args = []string{"--store", withPassword(t, testservice.Postgres(t))}
			case "mysql":
				args = []string{"--store", testservice.MySQL(t)}
			case "redis":
				args = []string{"--store", testservice.Redis(t), "--users", withPassword(t, testservice.Postgres(t))}
			}
			dir := t.TempDir()
			command(t, dir, "correct horse\n", append([]string{"user", "add", "alice", "--password-stdin"}, args...)...)
			one := serve(t, dir, args...)
			two := serve(t, dir, args...)
			_, answer, err := post(t.Context(), one.url+"/auth/login", "", aliceLogin)
			if err != nil {
				t.Fatal(err)
			}
			token := fmt.Sprint(answer["refresh_token"])
			for range 3 { // both are asked at once, and have one answer
				var (
					asking    sync.WaitGroup
					mu        sync.Mutex
					successor = map[string]int{}
				)
				for i := range 16 {
					asking.Go(func() {
						p := []*process{one, two}[i%2]
						status, answer, err := post(t.Context(), p.url+"/auth/refresh", token, "")
						if err != nil || status != http.StatusOK {
							t.Errorf("refresh: got %d %v and error %v, want 200", status, answer, err)
						}
						mu.Lock()
						defer mu.Unlock()
						successor[fmt.Sprint(answer["refresh_token"])]++
					})
				}
				asking.Wait()
				generations := map[int64]bool{}
				for raw := range successor {
					generations[generationOf(t, raw)] = true
					token = raw
				}
				if len(generations) != 1 {
					t.Fatalf("refresh by 16 callers: got successors of the generations %v, want one", generations)
				}
			}
			one.kill()
			if status, answer, err := post(t.Context(), two.url+"/auth/logout", token, ""); err != nil || status >= http.StatusBadRequest {
				t.Fatalf("logout: got %d %v and error %v, want it done", status, answer, err)
			}
			one = serve(t, dir, args...)
			if status, answer, err := post(t.Context(), one.url+"/auth/refresh", token, ""); err != nil || status != http.StatusUnauthorized {
				t.Errorf("refresh after logout at another server: got %d %v and error %v, want 401", status, answer, err)
			}
			guesses := map[int]int{}
			for i := range 12 { // guesses at both count together
				p := []*process{one, two}[i%2]
				status, answer, err := post(t.Context(), p.url+"/auth/login", "", `{"username":"alice","password":"wrong"}`)
				if err != nil {
					t.Fatalf("guess %d: got %v and error %v", i, answer, err)
				}
				guesses[status]++
			}
			if guesses[http.StatusUnauthorized] != 10 || guesses[http.StatusTooManyRequests] != 2 {
				t.Errorf("12 guesses at two servers: got %v, want 10 times 401 and 2 times 429", guesses)
			}
			for _, p := range []*process{one, two} {
				if strings.Contains(p.err.String(), "topsecret") || strings.Contains(p.err.String(), "reuse_detected") {
					t.Errorf("got a log with a password or a reuse: %s", p.err)
				}
			}
		})
	}
}

// withPassword adds a password to the URL of a server that asks for none.
func withPassword(t *testing.T, dsn string) string {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	if _, set := u.User.Password(); !set {
		u.User = url.UserPassword(u.User.Username(), "topsecret")
	}
	return u.String()
}

// generationOf returns the generation that a refresh token says it is of.
func generationOf(t *testing.T, token string) int64 {
	t.Helper()
	_, raw, err := authsdk.Unverified(token)
	if err != nil {
		t.Fatal(err)
	}
	var claims struct{ Gen int64 }
	if err := json.Unmarshal(raw, &claims); err != nil {
		t.Fatal(err)
	}
	return claims.Gen
}
