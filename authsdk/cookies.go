package authsdk

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Cookies sets, clears and reads token cookies, RFC 6265, and tells the
// requests of one's own pages from forged ones. It is safe for concurrent use.
type Cookies struct {
	cfg     CookieConfig
	origins *http.CrossOriginProtection
}

// maxCookie is what browsers keep of one cookie, RFC 6265 section 6.1.
const maxCookie = 4096

// NewCookies checks cfg and reports all its mistakes together.
func NewCookies(cfg CookieConfig) (*Cookies, error) {
	cfg.defaults()
	errs := []error{cfg.check()}
	origins := http.NewCrossOriginProtection()
	for _, o := range cfg.TrustedOrigins {
		if err := origins.AddTrustedOrigin(o); err != nil {
			errs = append(errs, fmt.Errorf("TrustedOrigins: %q is not an origin such as https://app.example.com", o))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("authsdk: CookieConfig: %w", err)
	}
	return &Cookies{cfg: cfg, origins: origins}, nil
}

// Names returns the names of the token cookies.
func (k *Cookies) Names() (access, refresh string) { return k.cfg.Access.Name, k.cfg.Refresh.Name }

// Set puts the tokens of p into cookies that scripts cannot read, and their
// CSRF values into cookies that they can. What the response had for the same
// names is replaced. A token that p does not have is left out. It returns an
// error, and sets nothing, if a cookie would be larger than browsers keep or if
// a token was made without a CSRF value.
func (k *Cookies) Set(w http.ResponseWriter, p *TokenPair) error {
	// The access cookie outlives its token: the answer to a token that has
	// ended is token_expired, to which pages refresh, and not token_missing.
	last := p.AccessExpires
	if p.RefreshToken != "" && p.RefreshExpires.After(last) {
		last = p.RefreshExpires
	}
	var cookies []*http.Cookie
	for _, t := range []struct {
		names       *CookieNames
		token, csrf string
		expires     time.Time
	}{
		{&k.cfg.Access, p.AccessToken, p.AccessCSRF, last},
		{&k.cfg.Refresh, p.RefreshToken, p.RefreshCSRF, p.RefreshExpires},
	} {
		if t.token == "" {
			continue
		}
		cookies = append(cookies, k.cookie(t.names.Name, t.token, t.names.Path, t.expires))
		if k.cfg.InsecureNoCSRF {
			continue
		}
		if t.csrf == "" {
			return errors.New("authsdk: cookies: the tokens were made without CSRF values")
		}
		if !k.cfg.CSRFInBody {
			cookies = append(cookies, readable(k.cookie(t.names.CSRFName, t.csrf, t.names.CSRFPath, t.expires)))
		}
	}
	for _, c := range cookies {
		if n := len(c.Name) + len(c.Value); n > maxCookie {
			return fmt.Errorf("authsdk: cookies: %s would have %d bytes, browsers keep %d: carry fewer claims", c.Name, n, maxCookie)
		}
	}
	for _, c := range cookies {
		put(w, c)
	}
	return nil
}

// put sets c in the place of what the response had for its name: of two,
// RFC 6265 section 4.1.1 does not say which holds.
func put(w http.ResponseWriter, c *http.Cookie) {
	h := w.Header()
	if lines := h["Set-Cookie"]; len(lines) > 0 {
		h["Set-Cookie"] = slices.DeleteFunc(slices.Clone(lines), func(line string) bool { return strings.HasPrefix(line, c.Name+"=") })
	}
	http.SetCookie(w, c)
}

// Clear removes the cookies of the given token types, of both if none is given.
func (k *Cookies) Clear(w http.ResponseWriter, types ...TokenType) {
	past := k.cfg.Now().Add(-time.Hour)
	for _, t := range []TokenType{Access, Refresh} {
		if len(types) > 0 && !slices.Contains(types, t) {
			continue
		}
		names := k.names(t)
		put(w, k.cookie(names.Name, "", names.Path, past))
		if !k.cfg.InsecureNoCSRF && !k.cfg.CSRFInBody {
			put(w, readable(k.cookie(names.CSRFName, "", names.CSRFPath, past)))
		}
	}
}

// cookie makes a cookie that lasts until expires, or until the browser is
// closed; one that expired is deleted.
func (k *Cookies) cookie(name, value, path string, expires time.Time) *http.Cookie {
	age := int(expires.Sub(k.cfg.Now()).Seconds())
	switch {
	case age <= 0:
		age = -1 // Max-Age=0, which deletes
	case k.cfg.SessionOnly:
		age = 0 // no Max-Age
	}
	return &http.Cookie{
		Name: name, Value: value, Path: path, Domain: k.cfg.Domain, MaxAge: age,
		Secure: !k.cfg.InsecureHTTP, HttpOnly: true,
		SameSite: k.cfg.SameSite, Partitioned: k.cfg.Partitioned,
	}
}

func readable(c *http.Cookie) *http.Cookie {
	c.HttpOnly = false
	return c
}
