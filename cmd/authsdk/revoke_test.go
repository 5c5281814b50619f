package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/internal/testservice"
)

// TestRevoke revokes tokens by the tools while two servers run: one alone, all
// of a subject. Both refuse them within a second, and nothing else.
func TestRevoke(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"sqlite", "postgres"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			args := []string{"--store", "sqlite:auth.db"}
			if name == "postgres" {
				args = []string{"--store", withPassword(t, testservice.Postgres(t))}
			}
			do := func(stdin string, words ...string) string {
				t.Helper()
				return command(t, dir, stdin, append(words, args...)...)
			}
			do("correct horse\n", "user", "add", "alice", "--password-stdin")
			one := serve(t, dir, args...)
			two := serve(t, dir, args...)
			login := func() (access, session string) {
				t.Helper()
				_, answer, err := post(t.Context(), one.url+"/auth/login", "", aliceLogin)
				if err != nil || answer["access_token"] == nil {
					t.Fatalf("login: got %v and error %v", answer, err)
				}
				return fmt.Sprint(answer["access_token"]), fmt.Sprint(answer["session_id"])
			}
			wants := func(what, access string, status int, code string) {
				t.Helper()
				for _, p := range []*process{one, two} {
					var got string
					for deadline := time.Now().Add(time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
						s, answer, err := get(t.Context(), p.url+"/auth/me", access)
						got = fmt.Sprint(s, " ", answer["code"], " ", err)
						if s == status && (code == "" || answer["code"] == code) {
							got = ""
							break
						}
					}
					if got != "" {
						t.Errorf("%s: got %s, want %d %s within a second", what, got, status, code)
					}
				}
			}
			first, id := login()
			second, _ := login()
			wants("a good token", first, http.StatusOK, "")
			do("", "token", "revoke", first)
			wants("a token that was revoked", first, http.StatusUnauthorized, "token_revoked")
			wants("another of the same subject", second, http.StatusOK, "")
			if out := do("", "session", "list", "alice"); !strings.Contains(out, id) {
				t.Errorf("session list: got %s, want %s in it: its token alone was revoked", out, id)
			}
			var subject string
			for line := range strings.SplitSeq(do("", "user", "list"), "\n") {
				if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "alice" {
					subject = fields[1]
				}
			}
			do("", "token", "revoke", "--subject", subject)
			wants("all of a subject", second, http.StatusUnauthorized, "token_revoked")
			for _, p := range []*process{one, two} {
				if status, _, err := get(t.Context(), p.url+"/readyz", ""); status != http.StatusOK {
					t.Errorf("readyz: got %d and error %v, want 200", status, err)
				}
			}
		})
	}
}
