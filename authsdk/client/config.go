package client

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	gen "github.com/authsdk/authsdk-go/gen/client"
	"github.com/authsdk/authsdk-go/internal/conf"
)

// Config configures [New]. BaseURL is required.
type Config struct {
	// BaseURL is where the auth server is mounted: the login is
	// BaseURL/auth/login.
	BaseURL string
	// Origins are those that get the access token beside the origin of
	// BaseURL, such as https://api.example.com. An origin is scheme, host and
	// port; a path is a mistake, because it would protect nothing.
	Origins []string
	// InsecureHTTP allows http with hosts other than this machine. Whoever
	// sits on the way reads passwords and tokens then.
	InsecureHTTP bool
	// HTTPClient makes the requests, those with the password too. Nil means
	// one that gives up on a server that does not begin to answer within 30
	// seconds.
	HTTPClient *http.Client
	// Store keeps the tokens; nil means in memory, see [NewFileStore].
	Store TokenStore
	// RefreshBefore is how long before its end an access token is exchanged,
	// at most half of its lifetime. Zero means 30 seconds, at most a quarter
	// of its lifetime. Up to a fifth of it is taken off at random, so that
	// programs which started together do not refresh together.
	RefreshBefore time.Duration
	// Label is what the list of sessions calls this one, such as the name of
	// the machine.
	Label string
	// OnSave is called with each pair that a login or a refresh of this Client
	// brought, after the store has taken it and before anybody uses it. For what
	// keeps the tokens it is the wrong place: that is Store, which can fail.
	OnSave func(Token)
	// OnLogout is called once for each session of this Client that is over, with
	// an error that is ErrLoggedOut: bare after Logout here or in another process,
	// wrapping the server's Error if the server has ended it. A Login that
	// replaces a session does not call it.
	//
	// Both hooks are called in order and one at a time, and callers wait for
	// them: they must be quick, and must not use the Client.
	OnLogout func(error)
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

const (
	defaultRefreshBefore = 30 * time.Second
	answerTimeout        = 30 * time.Second
	maxLabel             = 128
)

// New checks cfg and reports all its mistakes together. It reads no tokens
// and asks no server yet.
func New(cfg Config) (*Client, error) {
	var errs []error
	bad := func(is bool, format string, args ...any) {
		if is {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	base, err := parseBase(cfg.BaseURL, cfg.InsecureHTTP)
	bad(err != nil, "BaseURL: %w", err)
	origins, err := parseOrigins(cfg.Origins, cfg.InsecureHTTP)
	bad(err != nil, "%w", err)
	origins[origin(base)] = true
	bad(cfg.RefreshBefore < 0, "RefreshBefore must not be negative")
	bad(utf8.RuneCountInString(cfg.Label) > maxLabel || strings.ContainsFunc(cfg.Label, unicode.IsControl),
		"Label must have at most %d characters, and none that controls", maxLabel)
	if s, ok := cfg.Store.(*FileStore); ok {
		bad(s == nil || s.path == "", "Store: NewFileStore needs a path")
	}
	if cfg.HTTPClient == nil {
		cfg.HTTPClient = newHTTPClient()
	}
	_, ours := cfg.HTTPClient.Transport.(*transport)
	bad(ours, "HTTPClient is that of a Client: it would refresh through itself")
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("client: Config: %w", err)
	}
	c := &Client{
		base: base.Redacted(), origins: origins, label: cfg.Label,
		http: cfg.HTTPClient, store: cfg.Store, refreshBefore: cfg.RefreshBefore,
		onSave: cfg.OnSave, onLogout: cfg.OnLogout,
		turn: make(chan struct{}, 1),
	}
	// A clock without its monotonic part: that one stands still while a
	// laptop sleeps, and the tokens age all the same.
	clock := conf.Clock(cfg.Now)
	c.now = func() time.Time { return clock().Round(0) }
	if c.store == nil {
		c.store = new(MemoryStore)
	}
	if c.api, err = gen.NewClient(base.String(), gen.WithHTTPClient(authHTTPClient(cfg.HTTPClient))); err != nil {
		return nil, fmt.Errorf("client: %w", err)
	}
	return c, nil
}

// newHTTPClient has no timeout for the whole of a request: it would cut off
// downloads, and the context of the request can end it.
func newHTTPClient() *http.Client {
	t, ok := http.DefaultTransport.(*http.Transport)
	if !ok {
		return &http.Client{Transport: http.DefaultTransport} // the program has put its own there
	}
	t = t.Clone()
	t.ResponseHeaderTimeout = answerTimeout
	return &http.Client{Transport: t}
}

// authHTTPClient is h for the calls that carry a password or a refresh token:
// these follow no redirect, and cookies have no part in them.
func authHTTPClient(h *http.Client) *http.Client {
	own := *h
	own.Jar = nil
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &own
}

// parseBase reads a base address. What it returns is never nil.
func parseBase(raw string, insecure bool) (*url.URL, error) {
	none := new(url.URL)
	if raw == "" {
		return none, errors.New("is required, such as https://auth.example.com")
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return none, errors.New("is not an address")
	case u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		return none, errors.New("must begin with https:// (or http:// for this machine) and a host")
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "":
		return none, errors.New("must have no user, query or fragment")
	case u.Scheme == "http" && !insecure && !loopback(u.Hostname()):
		return none, fmt.Errorf("%s would send passwords and tokens in the open: take https, or set InsecureHTTP", u.Hostname())
	}
	return u, nil
}

func parseOrigin(raw string, insecure bool) (*url.URL, error) {
	u, err := parseBase(raw, insecure)
	if err == nil && u.Path != "" && u.Path != "/" {
		return u, errors.New("must be scheme, host and port without a path")
	}
	return u, err
}

// parseOrigins reads all and reports all mistakes. What it returns is never nil.
func parseOrigins(raw []string, insecure bool) (map[string]bool, error) {
	var errs []error
	origins := make(map[string]bool)
	for i, o := range raw {
		u, err := parseOrigin(o, insecure)
		if err != nil {
			errs = append(errs, fmt.Errorf("Origins[%d]: %w", i, err))
			continue
		}
		origins[origin(u)] = true
	}
	return origins, errors.Join(errs...)
}

// loopback reports whether host is this machine.
func loopback(host string) bool {
	ip := net.ParseIP(host)
	return ip.IsLoopback() || strings.EqualFold(host, "localhost")
}

// origin is the scheme, host and port of u in one spelling (RFC 6454 section 4).
func origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	return u.Scheme + "://" + net.JoinHostPort(strings.ToLower(u.Hostname()), port)
}
