package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestOAuth: a client that was added gets tokens, also one that was added while
// the server runs; one that was removed does not, nor one with a secret that was
// replaced. The metadata of an issuer with
// a path are where RFC 8414 looks, and passwords are taken only when allowed.
func TestOAuth(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	authsdk := func(stdin string, args ...string) string {
		t.Helper()
		cmd := exec.Command("authsdk", args...)
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(stdin)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", args, err, out)
		}
		return string(out)
	}
	authsdk("correct horse\n", "user", "add", "alice", "--scope", "read", "--password-stdin")
	off := serve(t, dir, "--issuer", "http://auth.example/tenant")
	on := serve(t, dir, "--allow-password-grant")
	lines := strings.Split(authsdk("", "client", "add", "reports", "--scope", "read", "--grant", "client_credentials", "--grant", "password"), "\n")
	gateway := strings.Split(authsdk("", "client", "add", "gateway", "--grant", "introspection"), "\n")[1]
	post := func(path, id, secret, form string) (int, map[string]any) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, path, strings.NewReader(form))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.SetBasicAuth(id, url.QueryEscape(secret))
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		var body map[string]any
		if err := json.NewDecoder(res.Body).Decode(&body); err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, body
	}
	ask := func(p *process, form string) (int, map[string]any) {
		t.Helper()
		return post(p.url+"/auth/token", "reports", lines[1], form)
	}
	const byPassword = "grant_type=password&username=alice&password=correct+horse"
	for _, c := range []struct {
		what   string
		at     *process
		form   string
		status int
		member string
		want   any
	}{
		{"client credentials", off, "grant_type=client_credentials", 200, "scope", "read"},
		{"a password", off, byPassword, 400, "error", "unsupported_grant_type"},
		{"a password where it is allowed", on, byPassword, 200, "scope", "read"},
	} {
		if status, body := ask(c.at, c.form); status != c.status || body[c.member] != c.want {
			t.Errorf("%s: got %d %v, want %d %v", c.what, status, body, c.status, c.want)
		}
	}
	for path, want := range map[string]int{
		"/.well-known/oauth-authorization-server": 200, "/.well-known/oauth-authorization-server/tenant": 200, "/.well-known/oauth-authorization-server/other": 404,
	} {
		res, err := http.Get(off.url + path)
		if err != nil {
			t.Fatal(err)
		}
		var body map[string]any
		_ = json.NewDecoder(res.Body).Decode(&body)
		_ = res.Body.Close()
		if res.StatusCode != want || want == 200 && body["token_endpoint"] != "http://auth.example/tenant/auth/token" {
			t.Errorf("%s: got %d %v, want %d", path, res.StatusCode, body, want)
		}
	}
	_, own := ask(on, "grant_type=client_credentials")
	introspect := func() any {
		t.Helper()
		_, body := post(on.url+"/auth/introspect", "gateway", gateway, "token="+fmt.Sprint(own["access_token"]))
		return body["active"]
	}
	if introspect() != true {
		t.Errorf("a token of its own: got %v", introspect())
	}
	old := lines[1]
	lines = strings.Split(authsdk("", "client", "secret", "reports"), "\n")
	for _, p := range []*process{on, off} {
		if status, body := post(p.url+"/auth/token", "reports", old, "grant_type=client_credentials"); status != 401 || body["error"] != "invalid_client" {
			t.Errorf("the old secret: got %d %v, want 401", status, body)
		}
		if status, body := ask(p, "grant_type=client_credentials"); status != 200 {
			t.Errorf("the new secret: got %d %v, want 200", status, body)
		}
	}
	if introspect() != true {
		t.Error("a token of its own is not active after the secret was replaced")
	}
	authsdk("", "client", "remove", "reports")
	for deadline := time.Now().Add(10 * time.Second); introspect() != false; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("a token of its own is active after the client was removed")
		}
	}
	if status, body := ask(off, "grant_type=client_credentials"); status != 401 || body["error"] != "invalid_client" {
		t.Errorf("after it was removed: got %d %v, want 401", status, body)
	}
	for _, p := range []*process{on, off} {
		if log := p.err.String(); strings.Contains(log, old) || strings.Contains(log, lines[1]) || strings.Contains(log, "correct") {
			t.Errorf("a secret stands in the log: %s", log)
		}
	}
}
