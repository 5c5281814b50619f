package client_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/client"
)

// body counts how often it was closed.
type body struct {
	io.Reader

	mu     sync.Mutex
	closed int
}

func (b *body) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed++
	return nil
}

func (b *body) wantClosed(t *testing.T) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed == 0 {
		t.Error("a body was not closed")
	}
}

// TestReplay refuses a token that looks good and sends requests with all kinds
// of bodies.
func TestReplay(t *testing.T) {
	for name, tt := range map[string]struct {
		body   io.Reader
		noGet  bool
		status int
		want   string
		sent   int
	}{
		"none":             {nil, false, 200, "POST  by session-1", 2},
		"no body":          {http.NoBody, false, 200, "POST  by session-1", 2},
		"bytes":            {bytes.NewReader([]byte("hello")), false, 200, "POST hello by session-1", 2},
		"text":             {strings.NewReader("hello"), false, 200, "POST hello by session-1", 2},
		"stream":           {io.MultiReader(strings.NewReader("hello")), false, 401, "", 1},
		"bytes, used once": {bytes.NewReader([]byte("hello")), true, 401, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.server.expire()
			req := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+"/notes", tt.body))
			req.Header.Set("X-Mine", "1")
			if tt.noGet {
				req.GetBody = nil
			}
			res := must[*http.Response](t)(w.http.Do(req))
			defer res.Body.Close()
			got := must[[]byte](t)(io.ReadAll(res.Body))
			if res.StatusCode != tt.status || tt.want != "" && string(got) != tt.want {
				t.Errorf("got %d %s, want %d %s", res.StatusCode, got, tt.status, tt.want)
			}
			if tt.status == 401 && !strings.Contains(string(got), "token_expired") {
				t.Errorf("got %s, want the whole answer", got)
			}
			w.wantCount(t, "/notes", tt.sent)
			w.wantCount(t, "/auth/refresh", tt.sent-1)
			if len(req.Header) != 1 {
				t.Errorf("the request was changed: %v", req.Header)
			}
			// What was refused is refreshed before it is used again.
			w.wantMe(t)
			w.wantCount(t, "/me", 1)
			w.wantCount(t, "/auth/refresh", 1)
		})
	}
}

// TestReplayNewer refuses a token that has a successor already: the request is
// repeated with that one.
func TestReplayNewer(t *testing.T) {
	w := newWorld(t)
	w.server.expire()
	w.wire.cut(nil, only("/me", func(*http.Request) error {
		w.wire.cut(nil, nil)
		w.wantMe(t) // somebody else meets the 401 first
		return nil
	}))
	w.wantMe(t)
	w.wantCount(t, "/auth/refresh", 1)
}

// TestReplayNewest refuses a token whose successor was refused meanwhile, in a
// request that could not be repeated.
func TestReplayNewest(t *testing.T) {
	w := newWorld(t)
	w.server.expire()
	w.wire.cut(nil, only("/me", func(*http.Request) error {
		w.wire.cut(nil, nil)
		w.wantMe(t)
		w.server.expire()
		stream := io.MultiReader(strings.NewReader("hello"))
		req := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+"/stream", stream))
		if status, _, err := do(w.http, req); err != nil || status != 401 {
			t.Errorf("got %d %v, want 401", status, err)
		}
		return nil
	}))
	w.wantMe(t)
	w.wantCount(t, "/auth/refresh", 2)
}

// TestBodies wants every body closed, of requests and of answers.
func TestBodies(t *testing.T) {
	var answers []*body
	w := newWorld(t)
	next := w.wire.next
	w.wire.next = roundTripper(func(r *http.Request) (*http.Response, error) {
		res, err := next.RoundTrip(r)
		if err == nil {
			answers = append(answers, &body{Reader: res.Body})
			defer func(was io.Closer) { t.Cleanup(func() { _ = was.Close() }) }(res.Body)
			res.Body = answers[len(answers)-1]
		}
		return res, err
	})
	post := func(path string) (*body, error) {
		b := &body{Reader: strings.NewReader("hello")}
		req := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+path, b))
		again := &body{Reader: strings.NewReader("hello")}
		req.GetBody = func() (io.ReadCloser, error) { return again, nil }
		_, _, err := do(w.http, req)
		b.wantClosed(t)
		if w.server.count(path) == 2 {
			again.wantClosed(t)
		}
		return again, err
	}
	w.server.expire()
	if _, err := post("/replayed"); err != nil {
		t.Error(err)
	}
	w.wantCount(t, "/replayed", 2)
	if len(answers) != 3 {
		t.Errorf("%d answers, want 401, a refresh and 200", len(answers))
	}
	// A refresh that fails.
	w.server.expire()
	w.server.setFault(failing("/auth/refresh", 503, "server_busy"))
	again, err := post("/refused")
	wantError(t, err, 503, "server_busy")
	again.wantClosed(t)
	// No token to begin with.
	if _, err := post("/never-sent"); err == nil {
		t.Error("got no error")
	}
	w.wantCount(t, "/never-sent", 0)
	// A body that cannot be made again.
	w.server.setFault(nil)
	if err := w.Login(t.Context(), username, password); err != nil {
		t.Fatal(err)
	}
	w.server.expire()
	req := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+"/x", &body{Reader: strings.NewReader("hello")}))
	req.GetBody = func() (io.ReadCloser, error) { return nil, errLost }
	if status, _, err := do(w.http, req); err != nil || status != 401 {
		t.Errorf("got %d %v, want 401", status, err)
	}
	for _, a := range answers {
		a.wantClosed(t)
	}
}

// TestPassword wants refusals that a refresh cannot help to be passed on.
func TestPassword(t *testing.T) {
	for _, code := range []string{"fresh_token_required", "invalid_credentials"} {
		w := newWorld(t)
		w.server.setFault(failing("/auth/reauthenticate", 401, code, "WWW-Authenticate", `Bearer error="invalid_token"`))
		req := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+"/auth/reauthenticate", strings.NewReader("{}")))
		status, got, err := do(w.http, req)
		if err != nil || status != 401 || !strings.Contains(got, code) {
			t.Errorf("%s: got %d %s %v, want the answer", code, status, got, err)
		}
		w.wantCount(t, "/auth/reauthenticate", 1)
		w.wantCount(t, "/auth/refresh", 0)
	}
}

// TestAlwaysRefused wants a service that takes no token of ours not to cost a
// refresh for each request.
func TestAlwaysRefused(t *testing.T) {
	w := newWorld(t)
	w.server.setFault(func(rw http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/wrong" {
			return false
		}
		rw.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(rw, "not you")
		return true
	})
	for range 10 {
		req := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+"/wrong", http.NoBody))
		if status, got, err := do(w.http, req); err != nil || status != 401 || got != "not you" {
			t.Fatalf("got %d %s %v, want the 401", status, got, err)
		}
		w.wantMe(t)
	}
	w.wantCount(t, "/auth/refresh", 1)
	w.wantCount(t, "/wrong", 11)
	// That does not last for ever: the next time the token may be the reason.
	w.clock.Advance(31 * time.Second)
	w.server.setFault(nil)
	w.server.expire()
	w.wantMe(t)
	w.wantCount(t, "/auth/refresh", 2)
}

// TestSameAgain wants no refresh for each request from a server that gives the
// token again that was refused.
func TestSameAgain(t *testing.T) {
	w := newWorld(t)
	w.server.setFault(func(rw http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/auth/refresh" {
			_, _ = io.WriteString(rw, `{"access_token":"access.session-1.1","refresh_token":"refresh.session-1.1","token_type":"bearer","expires_in":900,"session_id":"session-1"}`)
			return true
		}
		rw.WriteHeader(http.StatusUnauthorized)
		return true
	})
	for range 10 {
		if status, _, err := w.me(t.Context()); err != nil || status != 401 {
			t.Fatalf("got %d %v, want 401", status, err)
		}
	}
	w.wantCount(t, "/auth/refresh", 1)
}

// TestOtherSession logs in as somebody else while a request is under way: it
// is not repeated in the new name.
func TestOtherSession(t *testing.T) {
	w := newWorld(t)
	w.server.revoke()
	var once sync.Once
	w.wire.cut(nil, only("/me", func(*http.Request) error {
		once.Do(func() {
			if err := w.Login(t.Context(), username, password); err != nil {
				t.Error(err)
			}
		})
		return nil
	}))
	if _, _, err := w.me(t.Context()); !errors.Is(err, client.ErrLoggedOut) {
		t.Errorf("got %v, want %v", err, client.ErrLoggedOut)
	}
	w.wantCount(t, "/me", 1)
	w.wantMe(t)
}

// TestOrigins wants the token at the configured origins and nowhere else.
func TestOrigins(t *testing.T) {
	server := newContract(time.Now)
	var got string
	c := must[*client.Client](t)(client.New(client.Config{
		BaseURL: "https://Auth.Example/base", Origins: []string{"https://api.example:8443", "http://[::1]:80"},
		HTTPClient: &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			rec := httptest.NewRecorder()
			if r.URL.Path == "/base/auth/login" { // the path is the mounter's choice
				http.StripPrefix("/base", server).ServeHTTP(rec, r)
			}
			got = r.Header.Get("Authorization")
			return rec.Result(), nil
		})},
	}))
	if err := c.Login(t.Context(), username, password); err != nil {
		t.Fatal(err)
	}
	for address, want := range map[string]bool{
		"https://auth.example/notes":         true,
		"https://AUTH.example:443/":          true,
		"https://api.example:8443/x?y=z":     true,
		"http://[::1]/":                      true,
		"http://auth.example/notes":          false,
		"https://auth.example:8443/":         false,
		"https://api.example/":               false,
		"https://auth.example.evil.example/": false,
		"https://sub.auth.example/":          false,
		"https://auth.example./":             false,
		"http://127.0.0.1/":                  false,
	} {
		req := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), http.MethodGet, address, http.NoBody))
		if _, _, err := do(c.HTTPClient(), req); err != nil {
			t.Fatal(err)
		}
		if (got == "Bearer access.session-1.1") != want || got != "" && !want {
			t.Errorf("%s: sent %q, want a token: %v", address, got, want)
		}
	}
}

// TestOwnAuthorization wants a header of the caller's to be left alone.
func TestOwnAuthorization(t *testing.T) {
	w := newWorld(t)
	w.server.expire()
	req := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+"/me", http.NoBody))
	req.Header.Set("Authorization", "Basic eA==")
	if status, _, err := do(w.http, req); err != nil || status != 401 {
		t.Errorf("got %d %v, want 401", status, err)
	}
	if got := w.server.received("/me"); len(got) != 1 || got[0] != "Basic eA== " {
		t.Errorf("sent %q, want the caller's alone", got)
	}
}

// TestRedirect follows redirects to another host and back.
func TestRedirect(t *testing.T) {
	var sent []http.Header
	var back string
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		sent = append(sent, r.Header)
		http.Redirect(w, r, back, http.StatusTemporaryRedirect)
	}))
	defer other.Close()
	w := newWorld(t)
	back = w.url + "/me"
	w.server.setFault(func(rw http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/away" {
			http.Redirect(rw, r, other.URL, http.StatusTemporaryRedirect)
		}
		return r.URL.Path == "/away"
	})
	req := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+"/away", strings.NewReader("hello")))
	if status, got, err := do(w.http, req); err != nil || got != "POST hello by session-1" {
		t.Errorf("got %d %s %v, want 200", status, got, err)
	}
	if len(sent) != 1 || sent[0].Get("Authorization") != "" {
		t.Errorf("the other host got %v", sent)
	}
	for _, path := range []string{"/away", "/me"} {
		if got := w.server.received(path)[0]; !strings.HasPrefix(got, "Bearer access.") {
			t.Errorf("%s got %q, want the token", path, got)
		}
	}
}

// TestAnswerShowsNoToken looks at what a caller might log.
func TestAnswerShowsNoToken(t *testing.T) {
	w := newWorld(t)
	res := must[*http.Response](t)(w.http.Get(w.url + "/me"))
	defer res.Body.Close()
	if got := res.Request.Header.Get("Authorization"); got != "" {
		t.Errorf("the request of the answer holds %q", got)
	}
	if res.Request.URL.String() != w.url+"/me" {
		t.Errorf("got %s, want the request", res.Request.URL)
	}
}

// TestCookies wants the caller's cookies in the caller's requests alone.
func TestCookies(t *testing.T) {
	jar := must[*cookiejar.Jar](t)(cookiejar.New(nil))
	w := newWorld(t, func(c *client.Config) { c.HTTPClient.Jar = jar })
	jar.SetCookies(must[*url.URL](t)(url.Parse(w.url)), []*http.Cookie{{Name: "a", Value: "b", Path: "/"}})
	got := map[string]string{}
	w.server.setFault(func(_ http.ResponseWriter, r *http.Request) bool {
		got[r.URL.Path] = r.Header.Get("Cookie")
		return false
	})
	w.clock.Advance(time.Hour)
	w.wantMe(t)
	if got["/me"] != "a=b" || got["/auth/refresh"] != "" {
		t.Errorf("sent %v, want the cookie with the request and not with the refresh", got)
	}
}

// TestNoConnection wants the connection's error, and nothing refreshed for it.
func TestNoConnection(t *testing.T) {
	w := newWorld(t)
	w.wire.cut(only("/me", lost(1)), nil)
	if _, _, err := w.me(t.Context()); !errors.Is(err, errLost) {
		t.Errorf("got %v, want %v", err, errLost)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := w.me(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
	w.wantCount(t, "/auth/refresh", 0)
}
