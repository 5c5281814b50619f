package session_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/session"
)

// browser keeps the cookies of a site that is a handler behind a slider.
type browser struct {
	w       *world
	site    http.Handler
	jar     map[string]string
	access  string // that the handler saw
	others  string // of the cookies that it saw, the one that is not the slider's
	failed  error
	cookies *authsdk.Cookies
}

func newBrowser(t *testing.T, handler func(http.ResponseWriter, *http.Request, *browser)) *browser {
	t.Helper()
	b := &browser{w: newWorld(t), jar: map[string]string{}}
	var err error
	b.cookies, err = authsdk.NewCookies(authsdk.CookieConfig{Now: func() time.Time { return b.w.now }})
	if err != nil {
		t.Fatal(err)
	}
	slider, err := session.NewSlider(session.SliderConfig{
		Manager: b.w.sessions, Verifier: b.w.verifier, Cookies: b.cookies,
		OnError: func(_ *http.Request, err error) { b.failed = err },
	})
	if err != nil {
		t.Fatal(err)
	}
	b.site = slider.Wrap(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b.others = ""
		if c, err := r.Cookie("theme"); err == nil {
			b.others = c.Value
		}
		b.access, _ = b.cookies.Location().Find(r, authsdk.Access)
		if handler != nil {
			handler(w, r, b)
		}
	}))
	pair, err := b.w.sessions.Login(t.Context(), session.Credentials{Username: "alice", Password: "right"}, session.LoginOptions{Cookies: true})
	if err != nil {
		t.Fatal(err)
	}
	b.jar["__Host-access_token"], b.jar["__Host-refresh_token"] = pair.AccessToken, pair.RefreshToken
	return b
}

// visit asks for a page, and reports which cookies the answer sets.
func (b *browser) visit(headers ...string) []string {
	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	r.Header.Set("Cookie", "theme=dark")
	for name, value := range b.jar {
		r.Header.Add("Cookie", name+"="+value)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Set(name, value)
	}
	rec := httptest.NewRecorder()
	b.failed = nil
	b.site.ServeHTTP(rec, r)
	var set []string
	for _, c := range rec.Result().Cookies() {
		set = append(set, c.Name)
		if c.MaxAge < 0 {
			delete(b.jar, c.Name)
		} else if !strings.HasSuffix(c.Name, "_csrf") {
			b.jar[c.Name] = c.Value
		}
	}
	return set
}

// TestSlider visits a site for a year: the session slides, and ends when its
// absolute lifetime does.
func TestSlider(t *testing.T) {
	t.Parallel()
	b := newBrowser(t, nil)
	if set := b.visit(); set != nil {
		t.Errorf("a young token: %q are set", set)
	}
	old := b.jar["__Host-access_token"]
	b.w.now = b.w.now.Add(11 * time.Minute)
	if set := b.visit(); len(set) != 4 || b.jar["__Host-access_token"] == old {
		t.Errorf("with four minutes left: %q are set", set)
	}
	if b.access != b.jar["__Host-access_token"] {
		t.Error("the handler saw the old token")
	}
	if b.others != "dark" {
		t.Error("the handler did not see the other cookies")
	}
	b.w.now = b.w.now.Add(20 * time.Minute)
	if set := b.visit(); len(set) != 4 || b.w.alive(b.access) != nil {
		t.Errorf("an ended token: %q are set, the handler's token: %v", set, b.w.alive(b.access))
	}
	b.w.now = b.w.now.Add(20 * time.Minute)
	delete(b.jar, "__Host-access_token") // as a browser may
	if set := b.visit(); len(set) != 4 || b.w.alive(b.access) != nil {
		t.Errorf("a cookie that is gone: %q are set, the handler's token: %v", set, b.w.alive(b.access))
	}
	days := 0
	for ; days < 365 && b.w.alive(b.access) == nil; days++ {
		b.w.now = b.w.now.Add(24 * time.Hour)
		b.visit()
	}
	if days < 89 || days > 90 {
		t.Errorf("the session ended after %d days, want 90", days)
	}
	if !errors.Is(b.failed, authsdk.ErrTokenExpired) {
		t.Errorf("OnError = %v, want token_expired", b.failed)
	}
}

// TestSliderLeavesAlone: what is no business of the slider's stays as it is.
func TestSliderLeavesAlone(t *testing.T) {
	t.Parallel()
	later := 20 * time.Minute
	for _, tt := range []struct {
		name    string
		change  func(*browser)
		headers []string
		failed  error
	}{
		{"nobody", func(b *browser) { clear(b.jar) }, nil, nil},
		{"no refresh token", func(b *browser) { delete(b.jar, "__Host-refresh_token") }, nil, nil},
		{"a token in the header", func(b *browser) { delete(b.jar, "__Host-access_token") }, []string{"Authorization: Bearer x"}, nil},
		{"a bad access token", func(b *browser) { b.jar["__Host-access_token"] = "x" }, nil, nil},
		{"two access tokens", func(*browser) {}, []string{"Cookie: __Host-access_token=a; __Host-access_token=b; __Host-refresh_token=c"}, nil},
		{"a bad refresh token", func(b *browser) { b.jar["__Host-refresh_token"] = "x" }, nil, authsdk.ErrTokenMalformed},
		{"a revoked session", func(b *browser) { _ = b.w.sessions.LogoutAll(t.Context(), "alice") }, nil, authsdk.ErrTokenRevoked},
		{"a store that is down", func(b *browser) { b.w.store.set(errors.New("down"), nil) }, nil, authsdk.ErrStoreUnavailable},
	} {
		b := newBrowser(t, nil)
		b.w.now = b.w.now.Add(later)
		tt.change(b)
		if set := b.visit(tt.headers...); set != nil {
			t.Errorf("%s: %q are set", tt.name, set)
		}
		if !errors.Is(b.failed, tt.failed) || (tt.failed == nil) != (b.failed == nil) {
			t.Errorf("%s: OnError = %v, want %v", tt.name, b.failed, tt.failed)
		}
	}
}

// TestSliderForeign: a request from a foreign page renews nothing.
func TestSliderForeign(t *testing.T) {
	t.Parallel()
	b := newBrowser(t, nil)
	b.w.now = b.w.now.Add(20 * time.Minute)
	r := httptest.NewRequest(http.MethodPost, "/", http.NoBody)
	r.Header.Set("Cookie", "__Host-refresh_token="+b.jar["__Host-refresh_token"])
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	rec := httptest.NewRecorder()
	b.site.ServeHTTP(rec, r)
	if set := rec.Header()["Set-Cookie"]; set != nil {
		t.Errorf("%q are set", set)
	}
}

// TestSliderClear: who logs out stays logged out.
func TestSliderClear(t *testing.T) {
	t.Parallel()
	b := newBrowser(t, func(w http.ResponseWriter, _ *http.Request, b *browser) { b.cookies.Clear(w) })
	b.w.now = b.w.now.Add(20 * time.Minute)
	if set := b.visit(); len(set) != 4 || len(b.jar) != 0 {
		t.Errorf("%q are set, want each cookie cleared once; kept %v", set, b.jar)
	}
	b = newBrowser(t, nil)
	b.w.now = b.w.now.Add(20 * time.Minute)
	inner := b.site
	b.site = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { b.cookies.Clear(w); inner.ServeHTTP(w, r) })
	if set := b.visit(); len(set) != 4 || len(b.jar) != 0 {
		t.Errorf("cleared before: %q are set, kept %v", set, b.jar)
	}
}

func TestSliderConfig(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *session.Config) { c.StrictRotation = true })
	for want, cfg := range map[string]session.SliderConfig{
		"Manager is required":        {},
		"Verifier is required":       {},
		"Cookies is required":        {},
		"Manager has StrictRotation": {Manager: w.sessions},
		"Below is 15m0s":             {Manager: w.sessions, Below: 15 * time.Minute},
	} {
		if _, err := session.NewSlider(cfg); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("NewSlider = %v, want an error that says %q", err, want)
		}
	}
}
