package main

import (
	"io"
	"log/slog"
	"net"
	"net/url"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/internal/conf"
)

// keyFlags say where the keys are.
type keyFlags struct {
	Keys      string   `default:"data/keys.json" env:"AUTHSDK_KEYS" help:"File of the private keys, a JWK Set; ${default} unless set." placeholder:"FILE"`
	KeyStore  string   `env:"AUTHSDK_KEY_STORE" help:"Keep the keys in a store instead, as for --store, encrypted with --key-secret: for several servers." placeholder:"STORE"`
	KeySecret []string `env:"AUTHSDK_KEY_SECRET" help:"Secret that encrypts the keys in a store: 32 bytes in base64. Of several the first encrypts, all decrypt." placeholder:"SECRET"`
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
		if err := lifetime(t.name, t.ttl); err != nil {
			return err
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

// lifetime refuses one that is out of bounds.
func lifetime(name string, ttl time.Duration) error {
	switch {
	case ttl == 0:
		return setting("%s is 0: a lifetime must be at least 1s", name)
	case ttl < time.Second:
		return setting("%s is %s: a lifetime must be at least 1s", name, ttl)
	}
	if err := conf.TTL(name, ttl); err != nil {
		return settingError{err}
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
