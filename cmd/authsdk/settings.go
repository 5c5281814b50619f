package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/memstore"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/sqlitestore"
	"github.com/authsdk/authsdk-go/authsdk/users"
	"github.com/authsdk/authsdk-go/internal/conf"
)

// storeFlags say where users and sessions are kept.
type storeFlags struct {
	Store string `default:"sqlite:data/authsdk.db" env:"AUTHSDK_STORE" help:"Where users and sessions are kept: sqlite:PATH or memory:." placeholder:"STORE"`
}

// store is what the server needs of an engine.
type store interface {
	session.Store
	users.Store
}

// opened is a store and what goes with it.
type opened struct {
	store

	ping  func(context.Context) error
	close func() error
}

// parse returns the kind of store and its path.
func (f storeFlags) parse() (kind, path string, err error) {
	if f.Store == "memory" {
		return "", "", setting("--store is %q: did you mean memory:", f.Store)
	}
	kind, path, _ = strings.Cut(f.Store, ":")
	if kind == "memory" && path == "" || kind == "sqlite" && path != "" {
		return kind, path, nil
	}
	return "", "", setting("--store must be sqlite:PATH or memory:, not one of kind %q", kind)
}

func (f storeFlags) open(ctx context.Context) (*opened, error) {
	kind, path, err := f.parse()
	if err != nil {
		return nil, err
	}
	if kind == "memory" {
		return &opened{
			store: memstore.New(),
			ping:  func(context.Context) error { return nil },
			close: func() error { return nil },
		}, nil
	}
	s, err := sqlitestore.Open(ctx, path)
	if err != nil {
		return nil, setting("--store: %w", err)
	}
	return &opened{store: s, ping: s.Ping, close: s.Close}, nil
}

// openExisting is open for commands that look into a store: they do not make one.
func (f storeFlags) openExisting(ctx context.Context) (*opened, error) {
	kind, path, err := f.parse()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); kind == "sqlite" && errors.Is(err, fs.ErrNotExist) {
		return nil, setting("--store: there is no database at %s; `authsdk serve` and `authsdk user add` make one", path)
	}
	return f.open(ctx)
}

// keyFlags say where the keys are.
type keyFlags struct {
	Keys string `default:"data/keys.json" env:"AUTHSDK_KEYS" help:"File of the private keys, a JWK Set." placeholder:"FILE"`
}

// issuerFlags are the names that stand in tokens.
type issuerFlags struct {
	Issuer   string   `env:"AUTHSDK_ISSUER"   help:"Name of the issuer in the tokens, usually the URL of this server; on loopback addresses http://ADDR unless set."`
	Audience []string `env:"AUTHSDK_AUDIENCE" help:"Audience of the tokens; the issuer unless set. May be repeated."`
}

// logFlags shape the log, which goes to standard error.
type logFlags struct {
	LogFormat string `default:"text" enum:"text,json" env:"AUTHSDK_LOG_FORMAT" help:"Form of the log: text or json."`
}

func (f logFlags) logger(w io.Writer) *slog.Logger {
	if f.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, nil))
	}
	return slog.New(slog.NewTextHandler(w, nil))
}

// ttlFlags are the lifetimes.
type ttlFlags struct {
	AccessTTL  time.Duration `default:"15m"  env:"AUTHSDK_ACCESS_TTL"  help:"Lifetime of access tokens."  name:"access-ttl"`
	RefreshTTL time.Duration `default:"720h" env:"AUTHSDK_REFRESH_TTL" help:"Lifetime of refresh tokens: how long a session may idle." name:"refresh-ttl"`
}

// maxAccessTTL is the longest lifetime that the verifier accepts by default.
const maxAccessTTL = 24 * time.Hour

func (f ttlFlags) check() error {
	for _, t := range []struct {
		name string
		ttl  time.Duration
	}{{"--access-ttl", f.AccessTTL}, {"--refresh-ttl", f.RefreshTTL}} {
		if t.ttl == 0 {
			return setting("%s is 0: a lifetime must be at least 1s", t.name)
		}
		if err := conf.TTL(t.name, t.ttl); err != nil {
			return settingError{err}
		}
	}
	if f.AccessTTL > maxAccessTTL {
		return setting("--access-ttl is %s: it must be at most %s", f.AccessTTL, maxAccessTTL)
	}
	if f.RefreshTTL < f.AccessTTL {
		return setting("--refresh-ttl %s is shorter than --access-ttl %s", f.RefreshTTL, f.AccessTTL)
	}
	return nil
}

// loopback reports whether only this machine reaches addr.
func loopback(addr string) bool {
	host, _, _ := net.SplitHostPort(addr)
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// name returns the issuer, after it has checked it.
func (f issuerFlags) name(addr string) (string, error) {
	name := f.Issuer
	if name == "" {
		name = "http://" + addr
	}
	u, err := url.Parse(name)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return "", setting("--issuer: it must be a URL such as https://auth.example.com, without user, query and fragment")
	}
	// The constructor knows what an issuer is; a throw-away key lets it say so.
	key, err := authsdk.GenerateKey(authsdk.EdDSA)
	if err != nil {
		return "", err
	}
	keys, err := authsdk.NewKeySet(key)
	if err != nil {
		return "", err
	}
	if _, err := authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: name, Keys: keys}); err != nil {
		return "", setting("--issuer: %w", err)
	}
	if _, err := authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: name, Keys: keys, Audience: f.Audience}); err != nil {
		return "", setting("--audience: %w", err)
	}
	return name, nil
}
