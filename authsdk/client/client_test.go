package client_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/client"
)

func TestLogin(t *testing.T) {
	w := newWorld(t, func(c *client.Config) { c.Label = "laptop" })
	w.wantMe(t)
	tok := must[client.Token](t)(w.Token(t.Context()))
	want := client.Token{
		AccessToken: "access.session-1.1", RefreshToken: "refresh.session-1.1",
		IssuedAt: w.clock.Now(), AccessExpires: w.clock.Now().Add(15 * time.Minute), RefreshExpires: w.clock.Now().Add(24 * time.Hour),
		Scope: "notes:read", SessionID: "session-1",
	}
	if tok != want {
		t.Errorf("Token: got %#v %+v, want %+v", tok, tok.AccessExpires, want.AccessExpires)
	}
	if got := w.server.received("/auth/login")[0]; !strings.Contains(got, `"label":"laptop"`) {
		t.Errorf("login: got %s, want the label", got)
	}
	// Another login replaces the session.
	if err := w.Login(t.Context(), username, password); err != nil {
		t.Fatal(err)
	}
	if tok := must[client.Token](t)(w.Token(t.Context())); tok.SessionID != "session-2" {
		t.Errorf("got %s, want session-2", tok.SessionID)
	}
}

// TestWallClock wants times that go on while the machine sleeps.
func TestWallClock(t *testing.T) {
	w := newWorld(t)
	c := w.another(t, func(cfg *client.Config) { cfg.Now = nil })
	if err := c.Login(t.Context(), username, password); err != nil {
		t.Fatal(err)
	}
	if got := must[client.Token](t)(c.Token(t.Context())).IssuedAt; strings.Contains(got.String(), "m=") || time.Since(got) > time.Minute {
		t.Errorf("got %s, want the time of the wall clock", got)
	}
}

// TestLoginRefused wants the server's reason, and the former session kept.
func TestLoginRefused(t *testing.T) {
	w := newWorld(t)
	err := w.Login(t.Context(), username, "wrong")
	wantError(t, err, http.StatusUnauthorized, "invalid_credentials")
	if want := "client: login: 401 invalid_credentials: What happened."; err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
	w.server.setFault(failing("/auth/login", 429, "too_many_attempts", "Retry-After", "17"))
	err = w.Login(t.Context(), username, password)
	if e := answer(t, err, 429, "too_many_attempts"); e.RetryAfter != 17*time.Second {
		t.Errorf("RetryAfter: got %s, want 17s", e.RetryAfter)
	}
	w.wantMe(t)
}

// TestAnswers sends the client what a login must not take.
func TestAnswers(t *testing.T) {
	const pair = `"access_token":"a","refresh_token":"r","token_type":"Bearer","expires_in":1,"refresh_expires_in":1`
	for name, tt := range map[string]struct {
		status    int
		mediaType string
		body      string
		want      string // in the error; empty for success
		code      string
	}{
		"a pair":           {200, "application/json", `{` + pair + `}`, "", ""},
		"more than asked":  {200, "application/json", `{` + pair + `,"new":{}}`, "", ""},
		"no JSON":          {200, "text/html", `<html>`, "not a pair of tokens", ""},
		"cut":              {200, "application/json", `{"access_token":"a`, "not a pair of tokens", ""},
		"cookies":          {200, "application/json", `{"expires_in":1,"csrf_token":"c"}`, "lacks a token", ""},
		"half a pair":      {200, "application/json", `{"access_token":"a","token_type":"Bearer"}`, "lacks a token", ""},
		"line break":       {200, "application/json", strings.Replace(`{`+pair+`}`, `"a"`, `"a\r\nX: y"`, 1), "lacks a token", ""},
		"other type":       {200, "application/json", strings.Replace(`{`+pair+`}`, "Bearer", "DPoP", 1), "not bearer", ""},
		"negative life":    {200, "application/json", strings.Replace(`{`+pair+`}`, `expires_in":1`, `expires_in":-1`, 1), "out of bounds", ""},
		"endless life":     {200, "application/json", strings.Replace(`{`+pair+`}`, `expires_in":1`, `expires_in":315360001`, 1), "out of bounds", ""},
		"oversized":        {200, "application/json", `{` + pair + `,"x":"` + strings.Repeat("x", 1<<20) + `"}`, "longer than", ""},
		"created":          {201, "application/json", `{` + pair + `}`, "201 Created", ""},
		"a page":           {502, "text/html", `<html>` + password, "502 Bad Gateway", ""},
		"a long page":      {502, "text/html", strings.Repeat("x", 2<<20), "502 Bad Gateway", ""},
		"foreign problem":  {500, "application/problem+json", `{"title":"no code"}`, "500 Internal Server Error", ""},
		"code that is not": {500, "application/problem+json", `{"code":"Not A Code"}`, "500 Internal Server Error", ""},
		"secret in detail": {400, "application/problem+json; charset=utf-8", `{"code":"request_malformed","detail":"no \u001b[1m` + password + ` please"}`, "400 request_malformed: no [1m… please", "request_malformed"},
		"long detail":      {400, "application/problem+json", `{"code":"request_malformed","detail":"` + strings.Repeat("é", 3000) + `"}`, "400 request_malformed: éé", "request_malformed"},
		"bad media type":   {400, "/", `{"code":"request_malformed"}`, "400 Bad Request", ""},
	} {
		t.Run(name, func(t *testing.T) {
			srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", tt.mediaType)
				w.WriteHeader(tt.status)
				_, _ = w.Write([]byte(tt.body))
			}))
			defer srv.Close()
			c := must[*client.Client](t)(client.New(client.Config{BaseURL: srv.URL, HTTPClient: srv.Client()}))
			err := c.Login(t.Context(), username, password)
			if tt.want == "" {
				if err != nil {
					t.Fatal(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("got %v, want …%s…", err, tt.want)
			}
			if strings.Contains(err.Error(), password) || len(err.Error()) > 1200 {
				t.Errorf("got %v: too much said", err)
			}
			var e *client.Error
			if errors.As(err, &e) && e.Code != tt.code {
				t.Errorf("Code: got %q, want %q", e.Code, tt.code)
			}
			if _, err := c.Token(t.Context()); !errors.Is(err, client.ErrLoggedOut) {
				t.Errorf("Token: got %v, want %v", err, client.ErrLoggedOut)
			}
		})
	}
}

// TestRetryAfter reads all forms of the header.
func TestRetryAfter(t *testing.T) {
	w := newWorld(t)
	for value, want := range map[string]time.Duration{
		"":                              0,
		"0":                             0,
		"7":                             7 * time.Second,
		"-7":                            0,
		"soon":                          0,
		"99999999999999999999":          0,
		"2147483647":                    24 * time.Hour,
		"Fri, 20 Nov 2026 12:00:30 GMT": 30 * time.Second,
		"Fri, 20 Nov 2026 11:00:00 GMT": 0,
		"Fri, 20 Nov 2099 11:00:00 GMT": 24 * time.Hour,
	} {
		w.server.setFault(failing("/auth/login", 503, "server_busy", "Retry-After", value))
		if e := answer(t, w.Login(t.Context(), username, password), 503, "server_busy"); e.RetryAfter != want {
			t.Errorf("%q: got %s, want %s", value, e.RetryAfter, want)
		}
	}
}

// TestNoRedirect wants the password to stay where it was sent.
func TestNoRedirect(t *testing.T) {
	var stolen int
	thief := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { stolen++ }))
	defer thief.Close()
	w := newWorld(t)
	w.server.setFault(func(rw http.ResponseWriter, r *http.Request) bool {
		if strings.HasPrefix(r.URL.Path, "/auth/") {
			http.Redirect(rw, r, thief.URL, http.StatusPermanentRedirect)
			return true
		}
		return false
	})
	err := w.Login(t.Context(), username, password)
	wantError(t, err, http.StatusPermanentRedirect, "")
	if !strings.Contains(err.Error(), "set BaseURL") {
		t.Errorf("got %v, want what to do", err)
	}
	w.clock.Advance(time.Hour)
	_, _, err = w.me(t.Context())
	wantError(t, err, http.StatusPermanentRedirect, "")
	wantError(t, w.Logout(t.Context()), http.StatusPermanentRedirect, "")
	if stolen != 0 {
		t.Errorf("the redirect was followed %d times", stolen)
	}
}

func TestLogout(t *testing.T) {
	w := newWorld(t)
	old := must[client.Token](t)(w.Token(t.Context()))
	if err := w.Logout(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, want := w.server.received("/auth/logout"), "Bearer "+old.AccessToken+" "; len(got) != 1 || got[0] != want {
		t.Errorf("sent %v, want the access token alone", got)
	}
	if _, err := w.Token(t.Context()); !errors.Is(err, client.ErrLoggedOut) {
		t.Errorf("Token: got %v, want %v", err, client.ErrLoggedOut)
	}
	if _, _, err := w.me(t.Context()); !errors.Is(err, client.ErrLoggedOut) {
		t.Errorf("GET: got %v, want %v", err, client.ErrLoggedOut)
	}
	w.wantCount(t, "/me", 0)
	// Again, without a session, nothing happens.
	if err := w.Logout(t.Context()); err != nil {
		t.Error(err)
	}
	w.wantCount(t, "/auth/logout", 1)
	w.wantCount(t, "/auth/refresh", 0)
	// Logging in again is possible.
	if err := w.Login(t.Context(), username, password); err != nil {
		t.Fatal(err)
	}
	w.wantMe(t)
}

// TestLogoutWith wants the refresh token to serve where the access token does
// not, and both being refused to mean that the session is over.
func TestLogoutWith(t *testing.T) {
	const access, refresh = "Bearer access.session-1.1 ", "Bearer refresh.session-1.1 "
	for name, tt := range map[string]struct {
		prepare func(*world)
		sent    []string
	}{
		"good":    {func(*world) {}, []string{access}},
		"expired": {func(w *world) { w.clock.Advance(time.Hour) }, []string{refresh}},
		"skewed":  {func(w *world) { w.server.expire() }, []string{access, refresh}},
		"revoked": {func(w *world) { w.server.revoke() }, []string{access, refresh}},
	} {
		t.Run(name, func(t *testing.T) {
			store := new(client.MemoryStore)
			w := newWorld(t, func(c *client.Config) { c.Store = store })
			tt.prepare(w)
			if err := w.Logout(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := w.server.received("/auth/logout"); fmt.Sprint(got) != fmt.Sprint(tt.sent) {
				t.Errorf("sent %q, want %q", got, tt.sent)
			}
			if _, err := store.Load(t.Context()); !errors.Is(err, client.ErrNoToken) {
				t.Errorf("store: got %v, want %v", err, client.ErrNoToken)
			}
		})
	}
}

// TestLogoutUnreachable wants the pair kept while the session may live.
func TestLogoutUnreachable(t *testing.T) {
	w := newWorld(t)
	w.wire.cut(only("/auth/logout", func(*http.Request) error { return errLost }), nil)
	if err := w.Logout(t.Context()); !errors.Is(err, errLost) {
		t.Errorf("got %v, want %v", err, errLost)
	}
	w.wire.cut(nil, nil)
	w.server.setFault(failing("/auth/logout", 503, "store_unavailable"))
	err := w.Logout(t.Context())
	wantError(t, err, 503, "store_unavailable")
	if !strings.Contains(err.Error(), "its tokens are kept") {
		t.Errorf("got %v, want what became of the tokens", err)
	}
	// A proxy that wants a password of its own says nothing about the session.
	w.server.setFault(func(rw http.ResponseWriter, r *http.Request) bool {
		rw.Header().Set("WWW-Authenticate", `Basic realm="proxy"`)
		rw.WriteHeader(http.StatusUnauthorized)
		return r.URL.Path == "/auth/logout"
	})
	wantError(t, w.Logout(t.Context()), 401, "")
	w.server.setFault(nil)
	w.wantMe(t)
	if err := w.Logout(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestTurns wants login and logout to wait for each other, as long as their
// callers do.
func TestTurns(t *testing.T) {
	w := newWorld(t)
	entered, leave := make(chan struct{}), make(chan struct{})
	w.wire.cut(only("/auth/login", func(*http.Request) error {
		close(entered)
		<-leave
		return nil
	}), nil)
	done := make(chan error)
	go func() { done <- w.Login(t.Context(), username, password) }()
	<-entered
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.Logout(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Logout: got %v, want %v", err, context.Canceled)
	}
	if err := w.Login(ctx, username, password); !errors.Is(err, context.Canceled) {
		t.Errorf("Login: got %v, want %v", err, context.Canceled)
	}
	w.wantMe(t) // by the session that is still there
	close(leave)
	if err := <-done; err != nil {
		t.Error(err)
	}
	w.wantCount(t, "/auth/logout", 0)
}

// TestLoginCanceled cancels on the way back: the session is there and is kept.
func TestLoginCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	store := &faultyStore{save: func() error { cancel(); return nil }}
	w := newWorld(t)
	c := w.another(t, func(cfg *client.Config) { cfg.Store = store })
	if err := c.Login(ctx, username, password); err != nil {
		t.Fatal(err)
	}
	if tok, err := c.Token(t.Context()); err != nil || tok.SessionID != "session-2" {
		t.Errorf("got %v %v, want session-2", tok, err)
	}
}
