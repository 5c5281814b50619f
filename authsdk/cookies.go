package authsdk

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/authsdk/authsdk-go/internal/conf"
)

// CookieConfig configures [NewCookies]. The zero value is the safe one: names
// with the prefix __Host-, Secure, HttpOnly, SameSite=Lax.
type CookieConfig struct {
	// AccessName and RefreshName name the token cookies; the CSRF cookies add
	// "_csrf". Empty means __Host-access_token and __Host-refresh_token.
	AccessName, RefreshName string
	// RefreshPath limits the refresh cookie to the paths of the refresh and
	// logout endpoints, such as /auth. A limited cookie cannot be named
	// __Host-…: its default name is then __Secure-refresh_token. Empty means /.
	RefreshPath string
	// SameSite is Lax when zero. None is refused: it is how forged requests arrive.
	SameSite http.SameSite
	// Partitioned sets the attribute of that name (CHIPS).
	Partitioned bool
	// CSRFHeader carries the CSRF value of unsafe requests; empty means X-CSRF-Token.
	CSRFHeader string
	// TrustedOrigins are further origins, "https://app.example.com", that may
	// send unsafe requests.
	TrustedOrigins []string
	// InsecureHTTP makes cookies without Secure, for a server that browsers
	// reach over plain HTTP. Everybody on the way can take the session over.
	// The default names lose their prefix.
	InsecureHTTP bool
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

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
	var errs []error
	if cfg.RefreshPath != "" && !strings.HasPrefix(cfg.RefreshPath, "/") {
		errs = append(errs, fmt.Errorf("RefreshPath is %q: it must begin with /", cfg.RefreshPath))
	}
	cfg.setNames()
	for _, c := range []struct{ field, name, path string }{
		{"AccessName", cfg.AccessName, "/"}, {"RefreshName", cfg.RefreshName, cfg.RefreshPath},
	} {
		probe := http.Cookie{Name: c.name, Value: "x", Path: c.path}
		switch host, secure := strings.HasPrefix(c.name, "__Host-"), strings.HasPrefix(c.name, "__Secure-"); {
		case probe.Valid() != nil:
			errs = append(errs, fmt.Errorf("%s %q with path %q is not a cookie that can be set", c.field, c.name, c.path))
		case host && c.path != "/":
			errs = append(errs, fmt.Errorf("%s %q: a cookie named __Host-… must have the path /, not %q", c.field, c.name, c.path))
		case (host || secure) && cfg.InsecureHTTP:
			errs = append(errs, fmt.Errorf("%s %q: a cookie with that prefix must be Secure, which InsecureHTTP turns off", c.field, c.name))
		}
	}
	if cfg.AccessName == cfg.RefreshName {
		errs = append(errs, errors.New("AccessName and RefreshName must differ"))
	}
	if cfg.SameSite == http.SameSiteNoneMode {
		errs = append(errs, errors.New("SameSite=None is refused: serve the pages from the same site"))
	}
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

// setNames fills in the defaults.
func (cfg *CookieConfig) setNames() {
	prefix, refreshPrefix := "__Host-", "__Host-"
	if cfg.RefreshPath != "" && cfg.RefreshPath != "/" {
		refreshPrefix = "__Secure-"
	}
	if cfg.InsecureHTTP {
		prefix, refreshPrefix = "", ""
	}
	or := func(s *string, otherwise string) {
		if *s == "" {
			*s = otherwise
		}
	}
	or(&cfg.AccessName, prefix+"access_token")
	or(&cfg.RefreshName, refreshPrefix+"refresh_token")
	or(&cfg.RefreshPath, "/")
	or(&cfg.CSRFHeader, "X-CSRF-Token")
	if cfg.SameSite == 0 {
		cfg.SameSite = http.SameSiteLaxMode
	}
	cfg.Now = conf.Clock(cfg.Now)
}

// Names returns the names of the token cookies and of the CSRF header.
func (k *Cookies) Names() (access, refresh, csrfHeader string) {
	return k.cfg.AccessName, k.cfg.RefreshName, k.cfg.CSRFHeader
}

// Set puts both tokens of p into cookies that scripts cannot read, and their
// CSRF values into cookies that they can. It returns an error, and sets
// nothing, if a cookie would be larger than browsers keep or if p was made
// without CSRF values.
func (k *Cookies) Set(w http.ResponseWriter, p *TokenPair) error {
	if p.AccessCSRF == "" || p.RefreshCSRF == "" {
		return errors.New("authsdk: cookies: the tokens were made without CSRF values")
	}
	cookies := []*http.Cookie{
		k.cookie(k.cfg.AccessName, p.AccessToken, "/", p.AccessExpires),
		k.cookie(k.cfg.RefreshName, p.RefreshToken, k.cfg.RefreshPath, p.RefreshExpires),
		readable(k.cookie(k.cfg.AccessName+"_csrf", p.AccessCSRF, "/", p.AccessExpires)),
		readable(k.cookie(k.cfg.RefreshName+"_csrf", p.RefreshCSRF, k.csrfPath(), p.RefreshExpires)),
	}
	for _, c := range cookies {
		if n := len(c.Name) + len(c.Value); n > maxCookie {
			return fmt.Errorf("authsdk: cookies: %s would have %d bytes, browsers keep %d: carry fewer claims", c.Name, n, maxCookie)
		}
	}
	for _, c := range cookies {
		http.SetCookie(w, c)
	}
	return nil
}

// csrfPath is where the CSRF cookie of the refresh token is seen: everywhere
// unless its name allows and the configuration wants less. Pages outside
// RefreshPath read it, so it is not limited with its token.
func (k *Cookies) csrfPath() string { return "/" }

// Clear removes all cookies that Set sets.
func (k *Cookies) Clear(w http.ResponseWriter) {
	past := k.cfg.Now().Add(-time.Hour)
	for _, c := range []*http.Cookie{
		k.cookie(k.cfg.AccessName, "", "/", past),
		k.cookie(k.cfg.RefreshName, "", k.cfg.RefreshPath, past),
		readable(k.cookie(k.cfg.AccessName+"_csrf", "", "/", past)),
		readable(k.cookie(k.cfg.RefreshName+"_csrf", "", k.csrfPath(), past)),
	} {
		http.SetCookie(w, c)
	}
}

// cookie makes a cookie that lasts until expires; one in the past is cleared.
func (k *Cookies) cookie(name, value, path string, expires time.Time) *http.Cookie {
	age := int(expires.Sub(k.cfg.Now()).Seconds())
	if age <= 0 {
		age = -1 // Max-Age=0, which deletes
	}
	return &http.Cookie{
		Name: name, Value: value, Path: path, MaxAge: age,
		Secure: !k.cfg.InsecureHTTP, HttpOnly: true,
		SameSite: k.cfg.SameSite, Partitioned: k.cfg.Partitioned,
	}
}

func readable(c *http.Cookie) *http.Cookie {
	c.HttpOnly = false
	return c
}

// Location reads the token from its cookie and confirms that an unsafe
// request is not forged: [Cookies.CheckOrigin], and the value of the CSRF
// header must be the one that is signed into the token.
func (k *Cookies) Location() Location {
	return Location{Name: "cookies", Find: k.find, Confirm: k.confirm}
}

func (k *Cookies) find(r *http.Request, t TokenType) (string, error) {
	name := k.cfg.AccessName
	if t == Refresh {
		name = k.cfg.RefreshName
	}
	switch cookies := r.CookiesNamed(name); len(cookies) {
	case 0:
		return "", ErrTokenMissing.because("Missing cookie \"" + name + "\"")
	case 1:
		return cookies[0].Value, nil
	}
	// A second one was planted from another host or path: which of them is
	// ours cannot be told.
	return "", fmt.Errorf("%w: the token cookie came twice", ErrCredentialsMalformed)
}

func (k *Cookies) confirm(r *http.Request, c *Claims) error {
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return nil // RFC 9110 section 9.2.1: these change nothing
	}
	if err := k.CheckOrigin(r); err != nil {
		return err
	}
	sent := r.Header.Values(k.cfg.CSRFHeader)
	if c.CSRF == "" || len(sent) != 1 || subtle.ConstantTimeCompare([]byte(sent[0]), []byte(c.CSRF)) != 1 {
		return fmt.Errorf("%w: the CSRF value is missing or not that of the token", ErrCSRF)
	}
	return nil
}

// CheckOrigin refuses an unsafe request that a browser sent from a page of
// another origin, by Sec-Fetch-Site and Origin. Requests of programs that are
// no browsers pass. A login that sets cookies needs it, because there is no
// token yet.
func (k *Cookies) CheckOrigin(r *http.Request) error {
	if err := k.origins.Check(r); err != nil {
		return fmt.Errorf("%w: %w", ErrCSRF, err)
	}
	return nil
}
