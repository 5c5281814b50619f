package remotekeys

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
)

// maxSize is how large an answer may be.
const maxSize = 512 << 10

// fetcher fetches a key set, within limits.
type fetcher struct {
	cfg    *Config
	client *http.Client
	// found is where the metadata of the issuer say that the keys are. It is
	// asked for again now and then, and whenever they are not there.
	found atomic.Pointer[place]
}

type place struct {
	url   string
	since time.Time
}

// rediscover is how long it is believed where the keys are.
const rediscover = time.Hour

func newFetcher(cfg *Config) *fetcher {
	f := &fetcher{cfg: cfg}
	if cfg.Client != nil {
		client := *cfg.Client
		f.client = &client
	} else {
		dialer := &net.Dialer{Timeout: cfg.Timeout}
		if !cfg.InsecurePrivateAddresses {
			dialer.Control = publicOnly
		}
		f.client = &http.Client{Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: cfg.Timeout, DisableCompression: true,
			ForceAttemptHTTP2: true, MaxIdleConns: 2, IdleConnTimeout: time.Minute, MaxResponseHeaderBytes: 64 << 10,
		}}
	}
	// Where keys are is configured or in the issuer's metadata: a redirect would
	// let a server choose another place each time.
	f.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return f
}

// fetch returns the keys, and how long the answer says that they may be used:
// negative if it does not.
func (f *fetcher) fetch(ctx context.Context) (keys *authsdk.KeySet, maxAge time.Duration, err error) {
	location := f.cfg.URL
	if location == "" {
		if location, err = f.discover(ctx); err != nil {
			return nil, 0, err
		}
	}
	defer func() {
		if err != nil {
			f.found.Store(nil) // they may have moved
		}
	}()
	body, header, err := f.get(ctx, location)
	if err != nil {
		return nil, 0, err
	}
	keys, err = parse(body, f.cfg.Algorithm)
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", location, err)
	}
	return keys, age(header.Get("Cache-Control")), nil
}

// get fetches a JSON document.
func (f *fetcher) get(ctx context.Context, location string) ([]byte, http.Header, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, location, http.NoBody)
	if err != nil {
		return nil, nil, err
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Accept-Encoding", "identity")
	res, err := f.client.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer res.Body.Close()
	media, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	switch {
	case res.StatusCode != http.StatusOK:
		return nil, nil, fmt.Errorf("%s answered %d", location, res.StatusCode)
	case media != "application/json" && !strings.HasSuffix(media, "+json"):
		return nil, nil, fmt.Errorf("%s answered with %.60q, not JSON", location, media)
	case res.Header.Get("Content-Encoding") != "":
		return nil, nil, fmt.Errorf("%s answered compressed, which was not asked for", location)
	}
	body, err := io.ReadAll(io.LimitReader(res.Body, maxSize+1))
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", location, err)
	}
	if len(body) > maxSize {
		return nil, nil, fmt.Errorf("%s answered with more than %d bytes", location, maxSize)
	}
	return body, res.Header, nil
}

// discover returns where the issuer's metadata say that its keys are.
func (f *fetcher) discover(ctx context.Context) (string, error) {
	now := f.cfg.Now()
	if found := f.found.Load(); found != nil && now.Sub(found.since) < rediscover {
		return found.url, nil
	}
	var errs []error
	for _, location := range wellKnown(f.cfg.Issuer) {
		body, _, err := f.get(ctx, location)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		var metadata struct {
			Issuer string `json:"issuer"`
			Keys   string `json:"jwks_uri"`
		}
		switch err := json.Unmarshal(body, &metadata); {
		case err != nil:
			errs = append(errs, fmt.Errorf("%s: it is no JSON object", location))
		case metadata.Issuer != f.cfg.Issuer:
			return "", fmt.Errorf("%s speaks of another issuer", location)
		case f.cfg.checkURL(metadata.Keys) != nil:
			return "", fmt.Errorf("%s: jwks_uri: %w", location, f.cfg.checkURL(metadata.Keys))
		default:
			f.found.Store(&place{metadata.Keys, now})
			return metadata.Keys, nil
		}
	}
	return "", errors.Join(errs...)
}

// wellKnown returns where the metadata of an issuer may be: OpenID Connect
// Discovery section 4, and RFC 8414 section 3.1, which puts the path behind.
func wellKnown(issuer string) []string {
	out := []string{strings.TrimSuffix(issuer, "/") + "/.well-known/openid-configuration"}
	if u, err := url.Parse(issuer); err == nil {
		u.Path = "/.well-known/oauth-authorization-server" + strings.TrimSuffix(u.Path, "/")
		out = append(out, u.String())
	}
	return out
}

// age reads max-age of Cache-Control, RFC 9111 section 5.2.2.1.
func age(control string) time.Duration {
	for directive := range strings.SplitSeq(control, ",") {
		name, value, _ := strings.Cut(strings.ToLower(strings.TrimSpace(directive)), "=")
		switch name {
		case "no-store", "no-cache":
			return 0
		case "max-age":
			if n, err := strconv.ParseInt(strings.Trim(value, `"`), 10, 64); err == nil && n >= 0 {
				return time.Duration(min(n, 1<<30)) * time.Second
			}
		}
	}
	return -1
}
