package authsdk

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/authsdk/authsdk-go/internal/conf"
)

// CookieConfig configures [NewCookies]. The zero value is the safe one: names
// with the prefix __Host-, Secure, HttpOnly, SameSite=Lax, and a CSRF value for
// every request that may change something.
type CookieConfig struct {
	// Access and Refresh name what belongs to each token.
	Access, Refresh CookieNames
	// Domain lets the hosts below it see the cookies, and every one of them
	// set them. Cookies with a domain cannot be named __Host-….
	Domain string
	// SameSite is Lax when zero. None is refused: it is how forged requests arrive.
	SameSite http.SameSite
	// Partitioned sets the attribute of that name (CHIPS).
	Partitioned bool
	// SessionOnly leaves the end of the cookies to the browser: they go when it
	// is closed. Otherwise they last as long as the refresh token.
	SessionOnly bool
	// CSRFMethods are further methods that need the CSRF value, where a GET
	// changes something, beside all but GET, HEAD, OPTIONS and TRACE.
	CSRFMethods []string
	// CSRFInBody sets no readable cookies: pages get the CSRF values from the
	// body of the answer alone.
	CSRFInBody bool
	// TrustedOrigins are further origins, "https://app.example.com", that may
	// send unsafe requests.
	TrustedOrigins []string
	// InsecureHTTP makes cookies without Secure, for a server that browsers
	// reach over plain HTTP. Everybody on the way can take the session over.
	// The default names lose their prefix.
	InsecureHTTP bool
	// InsecureAnyOrigin leaves out the check of Origin and Sec-Fetch-Site: the
	// CSRF value alone protects, which a sibling host that can set cookies may
	// get around.
	InsecureAnyOrigin bool
	// InsecureNoCSRF leaves out the CSRF value: SameSite and the origin alone
	// protect.
	InsecureNoCSRF bool
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// CookieNames names the cookies of one type of token, and where a request
// repeats the CSRF value.
type CookieNames struct {
	// Name is the cookie of the token; empty means __Host-access_token and
	// __Host-refresh_token, with the prefix that the other settings allow.
	Name string
	// Path limits the token's cookie; empty means /. A refresh token can be
	// limited to the endpoints that take it, /auth: its name cannot begin with
	// __Host- then.
	Path string
	// CSRFName and CSRFPath are the readable cookie with the CSRF value; empty
	// means Name with _csrf behind it, and /.
	CSRFName, CSRFPath string
	// CSRFHeader is the header of the CSRF value; empty means X-CSRF-Token.
	CSRFHeader string
	// CSRFField is the form field that may carry it instead; empty means none.
	CSRFField string
}

// defaults fills in what is left empty.
func (cfg *CookieConfig) defaults() {
	cfg.Access.defaults(cfg, "access_token")
	cfg.Refresh.defaults(cfg, "refresh_token")
	cfg.SameSite = cmp.Or(cfg.SameSite, http.SameSiteLaxMode)
	cfg.CSRFMethods = slices.Clone(cfg.CSRFMethods)
	cfg.Now = conf.Clock(cfg.Now)
}

func (n *CookieNames) defaults(cfg *CookieConfig, name string) {
	n.Path, n.CSRFPath = cmp.Or(n.Path, "/"), cmp.Or(n.CSRFPath, "/")
	switch {
	case cfg.InsecureHTTP:
	case n.Path == "/" && cfg.Domain == "":
		name = "__Host-" + name
	default:
		name = "__Secure-" + name
	}
	n.Name = cmp.Or(n.Name, name)
	n.CSRFName = cmp.Or(n.CSRFName, n.Name+"_csrf")
	n.CSRFHeader = cmp.Or(n.CSRFHeader, "X-CSRF-Token")
}

// check reports all mistakes of a configuration whose defaults are set.
func (cfg *CookieConfig) check() error {
	var errs []error
	seen := map[string]bool{}
	for _, c := range []struct{ field, name, path string }{
		{"Access.Name", cfg.Access.Name, cfg.Access.Path},
		{"Refresh.Name", cfg.Refresh.Name, cfg.Refresh.Path},
		{"Access.CSRFName", cfg.Access.CSRFName, cfg.Access.CSRFPath},
		{"Refresh.CSRFName", cfg.Refresh.CSRFName, cfg.Refresh.CSRFPath},
	} {
		errs = append(errs, cfg.checkCookie(c.field, c.name, c.path))
		if seen[c.name] {
			errs = append(errs, fmt.Errorf("%s %q: another cookie has that name", c.field, c.name))
		}
		seen[c.name] = true
	}
	if cfg.SameSite != http.SameSiteLaxMode && cfg.SameSite != http.SameSiteStrictMode {
		errs = append(errs, errors.New("SameSite must be Lax or Strict: without it forged requests arrive; serve the pages from the same site"))
	}
	if cfg.Partitioned && cfg.InsecureHTTP {
		errs = append(errs, errors.New("Partitioned cookies must be Secure, which InsecureHTTP turns off"))
	}
	for _, n := range []*CookieNames{&cfg.Access, &cfg.Refresh} {
		name := http.CanonicalHeaderKey(n.CSRFHeader)
		if !fieldTokens.MatchString(name) || name == "Cookie" || name == "Authorization" {
			errs = append(errs, fmt.Errorf("CSRFHeader %q is not the name of a header of its own", n.CSRFHeader))
		}
	}
	if cfg.InsecureNoCSRF && (len(cfg.CSRFMethods) > 0 || cfg.CSRFInBody) {
		errs = append(errs, errors.New("InsecureNoCSRF leaves out the CSRF value: CSRFMethods and CSRFInBody say nothing then"))
	}
	if cfg.InsecureAnyOrigin && len(cfg.TrustedOrigins) > 0 {
		errs = append(errs, errors.New("InsecureAnyOrigin trusts every origin: TrustedOrigins says nothing then"))
	}
	for _, m := range cfg.CSRFMethods {
		if !fieldTokens.MatchString(m) || m != strings.ToUpper(m) {
			errs = append(errs, fmt.Errorf("CSRFMethods: %q is no method: they are written in upper case", m))
		}
	}
	if cfg.InsecureNoCSRF && cfg.InsecureAnyOrigin && cfg.SameSite != http.SameSiteStrictMode {
		errs = append(errs, errors.New("InsecureNoCSRF and InsecureAnyOrigin together leave forged requests to SameSite=Strict alone: set it"))
	}
	return errors.Join(errs...)
}

// checkCookie checks one cookie against the rules of its prefix, RFC 6265bis
// section 4.1.3.
func (cfg *CookieConfig) checkCookie(field, name, path string) error {
	// Browsers compare the prefixes without regard to case.
	lower := strings.ToLower(name)
	host, secure := strings.HasPrefix(lower, "__host-"), strings.HasPrefix(lower, "__secure-")
	probe := http.Cookie{Name: name, Value: "x", Path: path, Domain: cfg.Domain}
	switch {
	case probe.Valid() != nil || !strings.HasPrefix(path, "/"):
		return fmt.Errorf("%s %q with the path %q and the domain %q is not a cookie that can be set", field, name, path, cfg.Domain)
	case host && (path != "/" || cfg.Domain != ""):
		return fmt.Errorf("%s %q: a cookie named __Host-… must have the path / and no domain, not %q and %q", field, name, path, cfg.Domain)
	case (host || secure) && cfg.InsecureHTTP:
		return fmt.Errorf("%s %q: a cookie with that prefix must be Secure, which InsecureHTTP turns off", field, name)
	}
	return nil
}
