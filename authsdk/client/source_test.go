package client_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/client"
)

// sourceFunc is a foreign source.
type sourceFunc func(ctx context.Context) (client.Token, error)

func (f sourceFunc) Token(ctx context.Context) (client.Token, error) { return f(ctx) }

func TestTransportConfig(t *testing.T) {
	source := sourceFunc(func(context.Context) (client.Token, error) { return client.Token{}, nil })
	for name, tt := range map[string]struct {
		cfg  client.TransportConfig
		want []string
	}{
		"nothing":   {client.TransportConfig{}, []string{"Source is required", "Origins are required"}},
		"a path":    {client.TransportConfig{Source: source, Origins: []string{"https://a.example/x"}}, []string{"Origins[0]"}},
		"open http": {client.TransportConfig{Source: source, Origins: []string{"https://a.example", "http://b.example"}}, []string{"Origins[1]", "InsecureHTTP"}},
		"good":      {client.TransportConfig{Source: source, Origins: []string{"https://a.example"}}, nil},
		"insecure":  {client.TransportConfig{Source: source, Origins: []string{"http://b.example"}, InsecureHTTP: true}, nil},
	} {
		_, err := client.NewTransport(tt.cfg)
		if (err == nil) != (tt.want == nil) {
			t.Errorf("%s: got %v, want %q", name, err, tt.want)
		}
		for _, want := range tt.want {
			if err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%s: got %v, want …%s…", name, err, want)
			}
		}
	}
}

// TestForeignSource wants the token at its origin alone, and a request repeated
// where the source has another one by then.
func TestForeignSource(t *testing.T) {
	var seen []string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = append(seen, r.Header.Get("Authorization"))
		if r.Header.Get("Authorization") == "Bearer old" {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}))
	defer srv.Close()
	errSource := errors.New("no token today")
	for name, tt := range map[string]struct {
		origin string
		tokens []string // one after the other, the last one for ever; "" is an error
		want   string   // sent
		status int      // 0 for an error
	}{
		"good":            {srv.URL, []string{"new"}, "Bearer new", 200},
		"replaced":        {srv.URL, []string{"old", "new"}, "Bearer old,Bearer new", 200},
		"not replaced":    {srv.URL, []string{"old"}, "Bearer old", 401},
		"none any more":   {srv.URL, []string{"old", ""}, "Bearer old", 401},
		"none":            {srv.URL, []string{""}, "", 0},
		"refused for all": {srv.URL, []string{"old", "new", "old"}, "Bearer old,Bearer old", 401},
		"another origin":  {"https://api.example.com", []string{"new"}, "", 200},
	} {
		t.Run(name, func(t *testing.T) {
			seen = nil
			var calls atomic.Int64
			transport := must[http.RoundTripper](t)(client.NewTransport(client.TransportConfig{
				Source: sourceFunc(func(context.Context) (client.Token, error) {
					access := tt.tokens[min(int(calls.Add(1)), len(tt.tokens))-1]
					if access == "" {
						return client.Token{}, errSource
					}
					return client.Token{AccessToken: access}, nil
				}),
				Origins: []string{tt.origin}, Next: srv.Client().Transport,
			}))
			req := must[*http.Request](t)(http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL, strings.NewReader("body")))
			status, _, err := do(&http.Client{Transport: transport}, req)
			if status != tt.status || (tt.status == 0) != errors.Is(err, errSource) {
				t.Errorf("got %d %v, want %d", status, err, tt.status)
			}
			if got := strings.Join(seen, ","); got != tt.want {
				t.Errorf("sent %q, want %q", got, tt.want)
			}
		})
	}
}

// TestClientAsSource wants a Client to be told of the refusal.
func TestClientAsSource(t *testing.T) {
	w := newWorld(t)
	transport := must[http.RoundTripper](t)(client.NewTransport(client.TransportConfig{
		Source: w.Client, Origins: []string{w.url}, Next: w.wire,
	}))
	w.http = &http.Client{Transport: transport}
	w.wantMe(t)
	w.server.expire()
	w.wantMe(t)
	w.clock.Advance(time.Hour)
	w.wantMe(t)
	w.wantCount(t, "rotated", 2)
	if got := must[string](t)(w.AccessToken(t.Context())); got != "access.session-1.3" {
		t.Errorf("AccessToken: got %s, want that of the second refresh", got)
	}
}
