package interop_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

// auth is the built server, on loopback with a store of its own.
type auth struct {
	url     string
	secrets map[string]string // of the clients
}

// missing skips a test whose foreign program is not there, or fails it where
// nothing may be missing.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("AUTHSDK_TEST_REQUIRE") != "" {
		t.Fatal(what)
	}
	t.Skip(what)
}

// log is what the server writes; it is read while it is written.
type log struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func startAuth(t *testing.T) *auth {
	t.Helper()
	dir := t.TempDir()
	binary := filepath.Join(dir, "authsdk")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "./cmd/authsdk")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	run := func(stdin string, args ...string) string {
		cmd := exec.CommandContext(t.Context(), binary, args...)
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(stdin)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", args, err, out)
		}
		return string(out)
	}
	// RS256: mod_oauth2 knows no EdDSA.
	run("", "key", "generate", "--alg", "RS256")
	run("correct horse\n", "user", "add", "alice", "--scope", "read", "--scope", "write", "--password-stdin")
	a := &auth{secrets: map[string]string{}}
	for name, flags := range map[string][]string{
		"service": {"--scope", "read", "--audience", "https://reports.example"},
		"legacy":  {"--scope", "read", "--grant", "password", "--grant", "refresh_token"},
		"phone":   {"--public", "--scope", "read", "--grant", "password", "--grant", "refresh_token"},
		"gateway": {"--grant", "introspection"},
	} {
		lines := strings.Split(strings.TrimSpace(run("", append([]string{"client", "add", name}, flags...)...)), "\n")
		if len(lines) == 2 {
			a.secrets[name] = lines[1]
		}
	}
	server := exec.Command(binary, "serve", "--addr", "127.0.0.1:0", "--allow-password-grant", "--drain-delay", "0s", "--log-format", "json")
	out := &log{}
	server.Dir, server.Stderr = dir, out
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Signal(syscall.SIGINT)
		_ = server.Wait()
		if t.Failed() {
			t.Logf("%s", out)
		}
	})
	serving := regexp.MustCompile(`"msg":"serving","addr":"([^"]+)"`)
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if m := serving.FindStringSubmatch(out.String()); m != nil {
			a.url = "http://" + m[1]
			return a
		}
	}
	t.Fatalf("the server does not serve: %s", out)
	return nil
}

// TestClients lets foreign OAuth clients use the built server, and foreign
// services accept its tokens.
func TestClients(t *testing.T) {
	t.Parallel()
	a := startAuth(t)
	t.Run("golang.org/x/oauth2", func(t *testing.T) { t.Parallel(); a.xoauth2(t) })
	t.Run("openid-client and oauth4webapi", func(t *testing.T) { t.Parallel(); a.node(t) })
	t.Run("requests-oauthlib", func(t *testing.T) { t.Parallel(); a.python(t) })
	t.Run("Apache mod_oauth2", func(t *testing.T) { t.Parallel(); a.apache(t) })
}

// me is what the server says to an access token.
func (a *auth) me(ctx context.Context, t *testing.T, client *http.Client) int {
	t.Helper()
	req := must[*http.Request](t)(http.NewRequestWithContext(ctx, http.MethodGet, a.url+"/auth/me", http.NoBody))
	res, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	return res.StatusCode
}

func (a *auth) xoauth2(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	for _, style := range []oauth2.AuthStyle{oauth2.AuthStyleAutoDetect, oauth2.AuthStyleInHeader, oauth2.AuthStyleInParams} {
		cfg := clientcredentials.Config{ClientID: "service", ClientSecret: a.secrets["service"], TokenURL: a.url + "/auth/token", AuthStyle: style, Scopes: []string{"read"}}
		token, err := cfg.Token(ctx)
		if err != nil || token.RefreshToken != "" || token.Extra("scope") != "read" || time.Until(token.Expiry) < 14*time.Minute {
			t.Errorf("client credentials, style %d: got %+v and error %v", style, token, err)
		}
		cfg.ClientSecret = "wrong"
		var refused *oauth2.RetrieveError
		if _, err := cfg.Token(ctx); !errors.As(err, &refused) || refused.ErrorCode != "invalid_client" || refused.Response.StatusCode != http.StatusUnauthorized {
			t.Errorf("a wrong secret, style %d: got %v", style, err)
		}
	}
	cfg := oauth2.Config{ClientID: "legacy", ClientSecret: a.secrets["legacy"], Endpoint: oauth2.Endpoint{TokenURL: a.url + "/auth/token"}}
	var refused *oauth2.RetrieveError
	if _, err := cfg.PasswordCredentialsToken(ctx, "alice", "wrong horse"); !errors.As(err, &refused) || refused.ErrorCode != "invalid_grant" || refused.ErrorDescription == "" {
		t.Errorf("a wrong password: got %v", err)
	}
	token, err := cfg.PasswordCredentialsToken(ctx, "alice", "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	first := token.RefreshToken
	token.Expiry = time.Now().Add(-time.Minute)
	source := cfg.TokenSource(ctx, token)
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			if status := a.me(ctx, t, oauth2.NewClient(ctx, source)); status != http.StatusOK {
				t.Errorf("me after a refresh: got %d", status)
			}
		})
	}
	all.Wait()
	renewed, err := source.Token()
	if err != nil || renewed.RefreshToken == first || renewed.RefreshToken == "" {
		t.Errorf("after a refresh: got %+v and error %v, want another refresh token", renewed, err)
	}
	other := oauth2.Config{ClientID: "phone", Endpoint: cfg.Endpoint}
	if _, err := other.TokenSource(ctx, &oauth2.Token{RefreshToken: renewed.RefreshToken}).Token(); !errors.As(err, &refused) || refused.ErrorCode != "invalid_grant" {
		t.Errorf("another client's refresh: got %v", err)
	}
	if _, err := cfg.TokenSource(ctx, &oauth2.Token{RefreshToken: renewed.RefreshToken}).Token(); err != nil {
		t.Errorf("its own, after that: %v", err)
	}
}

func (a *auth) node(t *testing.T) {
	t.Helper()
	installNode(t)
	input := must[[]byte](t)(json.Marshal(map[string]any{"issuer": a.url, "secrets": a.secrets, "me": a.url + "/auth/me"}))
	said := foreign(t, input, "node", "clients.mjs")
	want := map[string]any{
		"issuer": a.url, "scope": "read", "me": 200.0, "rotated": true, "narrowed": "read", "widened": "refused: invalid_scope",
		"wrong password": "refused: invalid_grant", "garbage": "refused: invalid_grant", "unknown grant": "refused: unsupported_grant_type",
		"introspected": true, "introspected refresh": `{"active":false}`, "introspected by another": "refused: unauthorized_client",
		"revoked by another": "refused: invalid_grant", "active after that": true, "revoked": "ok", "revoked again": "ok", "revoked garbage": "ok",
		"refreshed after that": "refused: invalid_grant", "introspected after that": `{"active":false}`, "me after that": 401.0,
		"client credentials by basic": "read", "client credentials by post": "read", "wrong secret by basic": "refused: basic, invalid_client", "wrong secret by post": "refused: basic, invalid_client",
		"public client": "read", "reused": "refused: invalid_grant", "after reuse": "refused: invalid_grant",
		"RFC 9068 service": "service", "RFC 9068 user": "legacy", "RFC 9068 login": "authsdk",
		"introspected by oauth4webapi": "legacy", "revoked by oauth4webapi": "ok", "challenge": "bearer invalid_token",
	}
	for step, want := range want {
		if said[step] != want {
			t.Errorf("%s: got %v, want %v", step, said[step], want)
		}
	}
	metadata, _ := said["metadata"].(map[string]any)
	if list, ok := metadata["response_types_supported"].([]any); !ok || len(list) != 0 || metadata["introspection_endpoint"] != a.url+"/auth/introspect" {
		t.Errorf("metadata: got %v", metadata)
	}
}

// foreign runs a program in its folder, with input, and reads what it says.
func foreign(t *testing.T, input []byte, dir, script string) (said map[string]any) {
	t.Helper()
	program := map[string]string{".mjs": "node", ".py": "/usr/bin/python3"}[filepath.Ext(script)]
	cmd := exec.CommandContext(t.Context(), program, script)
	cmd.Dir, cmd.Stdin = dir, bytes.NewReader(input)
	cmd.Env = append(os.Environ(), "OAUTHLIB_INSECURE_TRANSPORT=1", "PYTHONDONTWRITEBYTECODE=1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil || json.Unmarshal(out, &said) != nil {
		t.Fatalf("%s: %v\n%s%s", script, err, out, stderr.String())
	}
	return said
}
