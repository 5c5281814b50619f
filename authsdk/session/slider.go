package session

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
)

// SliderConfig configures [NewSlider]. Manager, Verifier and Cookies are required.
type SliderConfig struct {
	Manager  *Manager
	Verifier *authsdk.Verifier
	Cookies  *authsdk.Cookies
	// Below is how much of its life an access token must have left not to be
	// renewed; zero means a third of the AccessTTL.
	Below time.Duration
	// OnError, if set, is told why a session that should have been renewed was
	// not. The request goes on with the tokens that it has.
	OnError func(*http.Request, error)
}

// Slider keeps people who use a site logged in, without a script that
// refreshes: a request whose access token has ended or soon will, and that
// carries the refresh token in its cookie, gets the next pair of its session,
// and goes on with it. The session's IdleTTL and AbsoluteTTL hold as for every
// refresh. It is safe for concurrent use.
type Slider struct {
	cfg SliderConfig
}

// NewSlider checks cfg and reports all its mistakes together.
func NewSlider(cfg SliderConfig) (*Slider, error) {
	var errs []error
	if cfg.Manager == nil {
		errs = append(errs, errors.New("Manager is required: see New"))
	} else {
		ttl := cfg.Manager.cfg.Issuer.AccessTTL()
		if cfg.Below < 0 || cfg.Below >= ttl {
			errs = append(errs, fmt.Errorf("Below is %s: it must lie between 0 (the default, a third) and the AccessTTL, %s", cfg.Below, ttl))
		}
		if cfg.Manager.cfg.StrictRotation {
			errs = append(errs, errors.New("Manager has StrictRotation: a page that loads two things at once would log itself out"))
		}
		cfg.Below = cmp.Or(cfg.Below, ttl/3)
	}
	if cfg.Verifier == nil {
		errs = append(errs, errors.New("Verifier is required: see authsdk.NewVerifier"))
	}
	if cfg.Cookies == nil {
		errs = append(errs, errors.New("Cookies is required: see authsdk.NewCookies"))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("session: SliderConfig: %w", err)
	}
	if cfg.OnError == nil {
		cfg.OnError = func(*http.Request, error) {}
	}
	return &Slider{cfg: cfg}, nil
}

// Wrap returns next behind [Slider.Renew]. It belongs before the guard.
func (s *Slider) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, s.Renew(w, r))
	})
}

// Renew sets the cookies of the next pair on w if it is time for that, and
// returns the request that carries them; otherwise it returns r. Where the
// handler then sets or clears the cookies itself, its word is the last one.
// A response that has them already is left alone.
//
// What cannot be renewed goes on as it is: the guard says what is wrong with it.
func (s *Slider) Renew(w http.ResponseWriter, r *http.Request) *http.Request {
	access, refresh := s.cfg.Cookies.Names()
	if answered(w.Header(), access, refresh) {
		return r
	}
	find := s.cfg.Cookies.Location().Find
	token, err := find(r, authsdk.Refresh)
	if err != nil || s.cfg.Cookies.CheckOrigin(r) != nil || !s.due(r) {
		return r
	}
	claims, err := s.cfg.Verifier.Verify(r.Context(), token, authsdk.Policy{Types: []authsdk.TokenType{authsdk.Refresh}})
	if err != nil {
		return s.failed(r, err)
	}
	pair, err := s.cfg.Manager.Refresh(r.Context(), claims)
	if err != nil {
		return s.failed(r, err)
	}
	if err := s.cfg.Cookies.Set(w, pair); err != nil {
		return s.failed(r, err)
	}
	return withCookies(r,
		&http.Cookie{Name: access, Value: pair.AccessToken}, &http.Cookie{Name: refresh, Value: pair.RefreshToken})
}

// due reports whether the access token has ended, or soon will. One that is
// bad in another way is the guard's.
func (s *Slider) due(r *http.Request) bool {
	token, err := s.cfg.Cookies.Location().Find(r, authsdk.Access)
	if errors.Is(err, authsdk.ErrTokenMissing) {
		// The cookie may be gone: browsers forget. A request that brings a
		// token in another way does not live by cookies.
		return r.Header.Get("Authorization") == ""
	}
	if err != nil {
		return false
	}
	c, err := s.cfg.Verifier.Verify(r.Context(), token, authsdk.Policy{SkipRevocation: true})
	if err != nil {
		return errors.Is(err, authsdk.ErrTokenExpired)
	}
	return c.Expires.Sub(s.cfg.Manager.now()) < s.cfg.Below
}

func (s *Slider) failed(r *http.Request, err error) *http.Request {
	s.cfg.OnError(r, err)
	return r
}

// answered reports whether a response sets one of the cookies.
func answered(h http.Header, names ...string) bool {
	return slices.ContainsFunc(h.Values("Set-Cookie"), func(line string) bool {
		name, _, _ := strings.Cut(line, "=")
		return slices.Contains(names, name)
	})
}

// withCookies returns r with cookies in the place of those it has of their
// names. The others stay as they were sent, readable for net/http or not.
func withCookies(r *http.Request, cookies ...*http.Cookie) *http.Request {
	var kept []string
	for _, line := range r.Header.Values("Cookie") {
		for part := range strings.SplitSeq(line, ";") {
			part = strings.TrimSpace(part)
			name, _, _ := strings.Cut(part, "=")
			replaced := slices.ContainsFunc(cookies, func(c *http.Cookie) bool { return c.Name == name })
			if part != "" && !replaced {
				kept = append(kept, part)
			}
		}
	}
	renewed := r.WithContext(r.Context())
	renewed.Header = r.Header.Clone()
	renewed.Header.Set("Cookie", strings.Join(kept, "; "))
	for _, c := range cookies {
		renewed.AddCookie(c)
	}
	return renewed
}
