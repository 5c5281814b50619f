package remotekeys

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/internal/conf"
)

// Config configures [New]. Either URL or Issuer is required.
type Config struct {
	// URL is where the key set is.
	URL string
	// Issuer is the issuer whose metadata say where it is; they must name just
	// this issuer (OpenID Connect Discovery section 4.3, RFC 8414 section 3.3).
	Issuer string
	// Algorithm is that of RSA keys that do not name one; empty leaves them out.
	Algorithm authsdk.Algorithm
	// Every is how long keys are used before they are fetched again, unless the
	// answer's Cache-Control says less; zero means 15 minutes.
	Every time.Duration
	// Cooldown is the shortest time between two fetches, whatever is asked for;
	// zero means 30 seconds.
	Cooldown time.Duration
	// MaxAge is how long keys are used that cannot be fetched again; zero means
	// a day. Then nothing is known, which is 503.
	MaxAge time.Duration
	// Timeout is how long one fetch may take; zero means 5 seconds.
	Timeout time.Duration
	// StartEmpty lets New succeed while the other server is away. Until the
	// first fetch succeeds nothing is known, which is 503.
	StartEmpty bool
	// Client fetches instead of a client of the package; then what it reaches
	// is its own affair. Its redirects are not followed.
	Client *http.Client
	// OnFetch, if set, is told of every fetch: how many keys there are, or why
	// it failed.
	OnFetch func(keys int, err error)
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// InsecureHTTP accepts http URLs: whoever is on the way can choose the keys.
	InsecureHTTP bool
	// InsecurePrivateAddresses lets the package's client reach addresses that
	// are not public: those of one's own network.
	InsecurePrivateAddresses bool
}

const (
	defaultEvery    = 15 * time.Minute
	defaultCooldown = 30 * time.Second
	defaultMaxAge   = 24 * time.Hour
	defaultTimeout  = 5 * time.Second
)

// defaults fills in what is left empty.
func (cfg *Config) defaults() {
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{{&cfg.Every, defaultEvery}, {&cfg.Cooldown, defaultCooldown}, {&cfg.MaxAge, defaultMaxAge}, {&cfg.Timeout, defaultTimeout}} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	if cfg.OnFetch == nil {
		cfg.OnFetch = func(int, error) {}
	}
	cfg.Now = conf.Clock(cfg.Now)
}

// check reports all mistakes of a configuration whose defaults are set.
func (cfg *Config) check() error {
	var errs []error
	if (cfg.URL == "") == (cfg.Issuer == "") {
		errs = append(errs, errors.New("set either URL or Issuer"))
	}
	for name, text := range map[string]string{"URL": cfg.URL, "Issuer": cfg.Issuer} {
		if err := cfg.checkURL(text); text != "" && err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
	}
	for _, d := range []struct {
		name         string
		value, least time.Duration
		most         time.Duration
	}{
		{"Every", cfg.Every, time.Second, 24 * time.Hour},
		{"Cooldown", cfg.Cooldown, time.Millisecond, time.Hour},
		{"MaxAge", cfg.MaxAge, time.Second, 30 * 24 * time.Hour},
		{"Timeout", cfg.Timeout, time.Millisecond, time.Minute},
	} {
		if d.value < d.least || d.value > d.most {
			errs = append(errs, fmt.Errorf("%s is %s: it must lie between %s and %s; leave it zero for the default", d.name, d.value, d.least, d.most))
		}
	}
	if cfg.MaxAge < cfg.Every {
		errs = append(errs, fmt.Errorf("MaxAge %s is shorter than Every %s", cfg.MaxAge, cfg.Every))
	}
	if cfg.Client != nil && cfg.InsecurePrivateAddresses {
		errs = append(errs, errors.New("InsecurePrivateAddresses is for the package's client: what Client reaches is its own affair"))
	}
	return errors.Join(errs...)
}

// checkURL accepts https URLs of a host, without user, query and fragment.
func (cfg *Config) checkURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.Fragment != "":
		return errors.New("it must be a URL such as https://auth.example.com, without user and fragment")
	case u.Scheme != "https" && (u.Scheme != "http" || !cfg.InsecureHTTP):
		return errors.New("it must be an https URL: set InsecureHTTP to fetch keys over plain HTTP")
	}
	return nil
}
