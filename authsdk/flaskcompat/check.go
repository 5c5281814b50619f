package flaskcompat

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/authsdk/authsdk-go/internal/conf"
)

const maxLeeway = 5 * time.Minute

// check reports all mistakes of a configuration whose defaults are set, and
// loads its keys.
func (m *Manager) check() error {
	cfg := &m.cfg
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	known := true
	for _, a := range cfg.DecodeAlgorithms {
		if method(a) == nil {
			bad("%q is no algorithm: see RFC 7518 section 3.1", a)
			known = known && a != cfg.Algorithm
		}
	}
	if known {
		errs = append(errs, m.keys.load(cfg))
	}
	errs = append(errs, conf.TTL("AccessExpires", cfg.AccessExpires), conf.TTL("RefreshExpires", cfg.RefreshExpires))
	if cfg.Leeway < 0 || cfg.Leeway > maxLeeway {
		bad("Leeway is %s: it must lie between 0 and %s", cfg.Leeway, maxLeeway)
	}
	if cfg.BareHeader && cfg.HeaderType != "Bearer" {
		bad("HeaderType and BareHeader exclude each other")
	}
	if strings.ContainsAny(cfg.HeaderType, " \t,") {
		bad("HeaderType %q is not one word", cfg.HeaderType)
	}
	if _, err := m.Locations(); err != nil {
		errs = append(errs, err)
	}
	errs = append(errs, cfg.Cookies.check())
	m.origins = http.NewCrossOriginProtection()
	for _, o := range cfg.Cookies.TrustedOrigins {
		if err := m.origins.AddTrustedOrigin(o); err != nil {
			bad("Cookies.TrustedOrigins: %q is not an origin such as https://app.example.com", o)
		}
	}
	return errors.Join(errs...)
}

func (c *CookieConfig) check() error {
	var errs []error
	seen := map[string]bool{}
	for _, t := range []struct{ field, name, path string }{
		{"Access.Name", c.Access.Name, c.Access.Path},
		{"Refresh.Name", c.Refresh.Name, c.Refresh.Path},
		{"Access.CSRFName", c.Access.CSRFName, c.Access.CSRFPath},
		{"Refresh.CSRFName", c.Refresh.CSRFName, c.Refresh.CSRFPath},
	} {
		probe := http.Cookie{Name: t.name, Value: "x", Path: t.path, Domain: c.Domain}
		if probe.Valid() != nil || !strings.HasPrefix(t.path, "/") {
			errs = append(errs, fmt.Errorf("Cookies.%s %q with the path %q and the domain %q is not a cookie that can be set", t.field, t.name, t.path, c.Domain))
		}
		if seen[t.name] {
			errs = append(errs, fmt.Errorf("Cookies.%s %q: another cookie has that name", t.field, t.name))
		}
		seen[t.name] = true
	}
	if c.InsecureHTTP && (c.SameSite == http.SameSiteNoneMode || c.Partitioned) {
		errs = append(errs, errors.New("Cookies: SameSite=None and Partitioned need Secure, which InsecureHTTP turns off"))
	}
	for _, method := range c.InsecureCSRFMethods {
		if method == "" || method != strings.ToUpper(method) {
			errs = append(errs, fmt.Errorf("Cookies.InsecureCSRFMethods: %q is no method: they are written in upper case", method))
		}
	}
	return errors.Join(errs...)
}
