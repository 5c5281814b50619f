package main

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

func TestClientAddress(t *testing.T) {
	t.Parallel()
	const proxies = "10.0.0.0/8, 2001:db8::/32"
	for name, tt := range map[string]struct {
		trusted, peer string
		forwarded     []string
		want          string
	}{
		"no header":                      {proxies, "10.0.0.1:1", nil, "10.0.0.1"},
		"one":                            {proxies, "10.0.0.1:1", []string{"192.0.2.1"}, "192.0.2.1"},
		"what the client wrote":          {proxies, "10.0.0.1:1", []string{"198.51.100.1, 192.0.2.1"}, "192.0.2.1"},
		"junk that the client wrote":     {proxies, "10.0.0.1:1", []string{"junk,,192.0.2.1"}, "192.0.2.1"},
		"two proxies":                    {proxies, "10.0.0.1:1", []string{"198.51.100.1, 192.0.2.1, 10.2.3.4"}, "192.0.2.1"},
		"lines in order":                 {proxies, "10.0.0.1:1", []string{"198.51.100.1", "192.0.2.1", "10.2.3.4"}, "192.0.2.1"},
		"peer is no proxy":               {proxies, "192.0.2.9:1", []string{"192.0.2.1"}, "192.0.2.9"},
		"no proxies":                     {"", "10.0.0.1:1", []string{"192.0.2.1"}, "10.0.0.1"},
		"unparsable":                     {proxies, "10.0.0.1:1", []string{"192.0.2.1, unknown"}, "10.0.0.1"},
		"empty entry":                    {proxies, "10.0.0.1:1", []string{"192.0.2.1,"}, "10.0.0.1"},
		"empty":                          {proxies, "10.0.0.1:1", []string{""}, "10.0.0.1"},
		"proxies alone":                  {proxies, "10.0.0.1:1", []string{"10.9.9.9, 10.8.8.8"}, "10.0.0.1"},
		"with ports":                     {proxies, "10.0.0.1:1", []string{"192.0.2.1:4711"}, "192.0.2.1"},
		"IPv6":                           {proxies, "[2001:db8::1]:1", []string{"2001:db9::7, [2001:db8::2]:80"}, "2001:db9::7"},
		"IPv4 in IPv6":                   {proxies, "[::ffff:10.0.0.1]:1", []string{"::ffff:192.0.2.1, ::ffff:10.0.0.2"}, "192.0.2.1"},
		"a zone does not evade a prefix": {proxies, "10.0.0.1:1", []string{"192.0.2.1, 2001:db8::1%eth0"}, "192.0.2.1"},
		"no address":                     {proxies, "@", []string{"192.0.2.1"}, "@"},
	} {
		f := proxyFlags{}
		if tt.trusted != "" {
			f.TrustedProxy = strings.Split(tt.trusted, ",")
		}
		prefixes, err := f.prefixes()
		if err != nil {
			t.Fatal(err)
		}
		c := &clients{trusted: prefixes, log: slog.New(slog.DiscardHandler)}
		r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		r.RemoteAddr, r.Header["X-Forwarded-For"] = tt.peer, tt.forwarded
		if got := c.address(r); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}

func TestProxyWarning(t *testing.T) {
	t.Parallel()
	for want, trusted := range map[int][]netip.Prefix{1: nil, 0: {netip.MustParsePrefix("10.0.0.0/8")}} {
		var log bytes.Buffer
		c := &clients{trusted: trusted, log: slog.New(slog.NewTextHandler(&log, nil))}
		r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		c.address(r)
		if log.Len() > 0 {
			t.Errorf("without the header: %s", &log)
		}
		r.Header.Set("X-Forwarded-For", "192.0.2.1")
		c.address(r)
		c.address(r)
		if n := strings.Count(log.String(), "level=WARN"); n != want {
			t.Errorf("%d warnings, want %d: %s", n, want, &log)
		}
	}
}

// TestBehindProxy: one client of a proxy cannot lock out another, and the log
// tells them apart.
func TestBehindProxy(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	command(t, dir, "correct horse\n", "user", "add", "alice", "--password-stdin")
	p := serve(t, dir, "--trusted-proxy", "10.0.0.0/8,127.0.0.0/8", "--trusted-proxy", "::1/128")
	login := func(from, password string) int {
		t.Helper()
		req, err := http.NewRequest(http.MethodPost, p.url+"/auth/login", strings.NewReader(`{"username":"alice","password":"`+password+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("X-Forwarded-For", "198.51.100.7, "+from)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		return res.StatusCode
	}
	if status := login("192.0.2.2", "correct horse"); status != http.StatusOK { // known from here
		t.Fatalf("login: %d", status)
	}
	for range 50 {
		if login("192.0.2.1", "wrong horse") == http.StatusTooManyRequests {
			break
		}
	}
	if status := login("192.0.2.1", "correct horse"); status != http.StatusTooManyRequests {
		t.Errorf("after failures: %d, want 429", status)
	}
	if status := login("192.0.2.2", "correct horse"); status != http.StatusOK {
		t.Errorf("another client: %d, want 200", status)
	}
	for line := range strings.SplitSeq(p.err.String(), "\n") {
		if (strings.Contains(line, `"msg":"refused"`) || strings.Contains(line, `"msg":"request"`)) && !strings.Contains(line, `"remote":"192.0.2.`) {
			t.Errorf("without the client's address: %s", line)
		}
	}
}
