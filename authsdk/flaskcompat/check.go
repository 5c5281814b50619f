package flaskcompat

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/authsdk/authsdk-go/internal/conf"
)

const maxLeeway = 5 * time.Minute

// mistakes collects what is wrong with a configuration.
type mistakes []error

func (e *mistakes) addf(format string, args ...any) { *e = append(*e, fmt.Errorf(format, args...)) }

// text wants a value that can be written in a claim, a header or a message.
func (e *mistakes) text(field, value string) {
	if value == "" || !utf8.ValidString(value) || strings.ContainsFunc(value, unicode.IsControl) {
		e.addf("%s %q must be text without control characters", field, value)
	}
}

// texts wants such values, which may not stand for "none".
func (e *mistakes) texts(field string, values []string) {
	for _, value := range values {
		e.text(field+": the member", value)
	}
}

// fieldName is the name of a header, RFC 9110 section 5.6.2, and of a method.
var fieldName = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

func (e *mistakes) header(field, name string) {
	if !fieldName.MatchString(name) {
		e.addf("%s %q is no header name: see RFC 9110 section 5.1", field, name)
	}
}

// check reports all mistakes of a configuration whose defaults are set, and
// loads its keys.
func (m *Manager) check() error {
	cfg := &m.cfg
	errs := mistakes{m.keys.load(cfg), conf.TTL("AccessExpires", cfg.AccessExpires), conf.TTL("RefreshExpires", cfg.RefreshExpires)}
	if cfg.AccessExpires != 0 && cfg.InsecureNoAccessExpiry {
		errs.addf("AccessExpires and InsecureNoAccessExpiry exclude each other: leave one of them empty")
	}
	if cfg.RefreshExpires != 0 && cfg.InsecureNoRefreshExpiry {
		errs.addf("RefreshExpires and InsecureNoRefreshExpiry exclude each other: leave one of them empty")
	}
	if cfg.Leeway < 0 || cfg.Leeway > maxLeeway {
		errs.addf("Leeway is %s: it must lie between 0 and %s", cfg.Leeway, maxLeeway)
	}
	errs.text("IdentityClaim", cfg.IdentityClaim)
	if slices.Contains([]string{"iat", "nbf", "exp", "jti", "type", "fresh", "csrf", "aud", "iss"}, cfg.IdentityClaim) {
		errs.addf("IdentityClaim %q has another meaning: take sub, or a name of your own", cfg.IdentityClaim)
	}
	errs.texts("EncodeAudience", cfg.EncodeAudience)
	errs.texts("DecodeAudience", cfg.DecodeAudience)
	errs.texts("DecodeIssuer", cfg.DecodeIssuer)
	if cfg.EncodeIssuer != "" {
		errs.text("EncodeIssuer", cfg.EncodeIssuer)
	}
	errs.text("MessageKey", cfg.MessageKey)
	cfg.checkPlaces(&errs)
	cfg.Cookies.check(&errs)
	m.origins = http.NewCrossOriginProtection()
	for _, o := range cfg.Cookies.TrustedOrigins {
		if err := m.origins.AddTrustedOrigin(o); err != nil {
			errs.addf("Cookies.TrustedOrigins: %q is not an origin such as https://app.example.com", o)
		}
	}
	return errors.Join(errs...)
}

// checkPlaces checks the names of headers, queries and bodies.
func (cfg *Config) checkPlaces(errs *mistakes) {
	errs.header("HeaderName", cfg.HeaderName)
	visible := func(r rune) bool { return r > ' ' && r < 0x7f && r != ',' }
	switch {
	case cfg.BareHeader && cfg.HeaderType != "":
		errs.addf("HeaderType and BareHeader exclude each other: leave one of them empty")
	case strings.ContainsFunc(cfg.HeaderType, func(r rune) bool { return !visible(r) }):
		errs.addf("HeaderType %q is not one word: for none set BareHeader", cfg.HeaderType)
	}
	errs.text("QueryName", cfg.QueryName)
	if cfg.QueryPrefix != "" {
		errs.text("QueryPrefix", cfg.QueryPrefix)
	}
	errs.text("JSONKey", cfg.JSONKey)
	errs.text("RefreshJSONKey", cfg.RefreshJSONKey)
}

func (c *CookieConfig) check(errs *mistakes) {
	seen := map[string]bool{}
	for _, t := range []struct{ field, name, path string }{
		{"Access.Name", c.Access.Name, c.Access.Path},
		{"Refresh.Name", c.Refresh.Name, c.Refresh.Path},
		{"Access.CSRFName", c.Access.CSRFName, c.Access.CSRFPath},
		{"Refresh.CSRFName", c.Refresh.CSRFName, c.Refresh.CSRFPath},
	} {
		c.checkCookie(errs, "Cookies."+t.field, t.name, t.path)
		if seen[t.name] {
			errs.addf("Cookies.%s %q: another cookie has that name", t.field, t.name)
		}
		seen[t.name] = true
	}
	errs.header("Cookies.Access.CSRFHeader", c.Access.CSRFHeader)
	errs.header("Cookies.Refresh.CSRFHeader", c.Refresh.CSRFHeader)
	errs.text("Cookies.Access.CSRFField", c.Access.CSRFField)
	errs.text("Cookies.Refresh.CSRFField", c.Refresh.CSRFField)
	switch c.SameSite {
	case 0, http.SameSiteLaxMode, http.SameSiteStrictMode, http.SameSiteNoneMode:
	default:
		errs.addf("Cookies.SameSite %d is none of http.SameSiteLaxMode, StrictMode and NoneMode: leave it zero for no attribute", c.SameSite)
	}
	if c.InsecureHTTP && (c.SameSite == http.SameSiteNoneMode || c.Partitioned) {
		errs.addf("Cookies: SameSite=None and Partitioned need Secure, which InsecureHTTP turns off")
	}
	for _, method := range c.InsecureCSRFMethods {
		if method != strings.ToUpper(method) || !fieldName.MatchString(method) {
			errs.addf("Cookies.InsecureCSRFMethods: %q is no method: they are written in upper case", method)
		}
	}
}

// checkCookie checks one cookie, also against the rules of its prefix,
// RFC 6265bis section 4.1.3.
func (c *CookieConfig) checkCookie(errs *mistakes, field, name, path string) {
	host, secure := strings.HasPrefix(name, "__Host-"), strings.HasPrefix(name, "__Secure-")
	probe := http.Cookie{Name: name, Value: "x", Path: path, Domain: c.Domain}
	switch {
	case probe.Valid() != nil || !strings.HasPrefix(path, "/"):
		errs.addf("%s %q with the path %q and the domain %q is not a cookie that can be set", field, name, path, c.Domain)
	case host && (path != "/" || c.Domain != ""):
		errs.addf("%s %q: a cookie named __Host-… must have the path / and no domain, not %q and %q", field, name, path, c.Domain)
	case (host || secure) && c.InsecureHTTP:
		errs.addf("%s %q: a cookie with that prefix must be Secure, which InsecureHTTP turns off", field, name)
	}
}
