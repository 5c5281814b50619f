package oauth2source_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/oauth2"

	"github.com/authsdk/authsdk-go/authsdk/client"
	"github.com/authsdk/authsdk-go/authsdk/client/oauth2source"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type sourceFunc func(ctx context.Context) (client.Token, error)

func (f sourceFunc) Token(ctx context.Context) (client.Token, error) { return f(ctx) }

type tokensFunc func() (*oauth2.Token, error)

func (f tokensFunc) Token() (*oauth2.Token, error) { return f() }

// echo answers with the credential that was sent.
func echo(t *testing.T) (url string, transport http.RoundTripper) {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Sent", r.Header.Get("Authorization"))
	}))
	t.Cleanup(srv.Close)
	return srv.URL, srv.Client().Transport
}

func wantSent(t *testing.T, transport http.RoundTripper, url, want string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	res, err := transport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if got := res.Header.Get("Sent"); got != want {
		t.Errorf("sent %q, want %q", got, want)
	}
}

// TestNew hands a client's tokens to the transport of x/oauth2.
func TestNew(t *testing.T) {
	url, next := echo(t)
	expires := time.Now().Add(time.Hour)
	source := oauth2source.New(t.Context(), sourceFunc(func(context.Context) (client.Token, error) {
		return client.Token{AccessToken: "a", RefreshToken: "r", AccessExpires: expires}, nil
	}))
	got, err := source.Token()
	if err != nil {
		t.Fatal(err)
	}
	if got.AccessToken != "a" || got.RefreshToken != "" || got.Type() != "Bearer" || !got.Expiry.Equal(expires) || !got.Valid() {
		t.Errorf("got %+v, want the access token alone", got)
	}
	wantSent(t, &oauth2.Transport{Source: source, Base: next}, url, "Bearer a")
}

// TestNewErrors wants the errors of the client, and those of the context.
func TestNewErrors(t *testing.T) {
	c, err := client.New(client.Config{BaseURL: "http://localhost"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := oauth2source.New(t.Context(), c).Token(); !errors.Is(err, client.ErrLoggedOut) {
		t.Errorf("got %v, want %v", err, client.ErrLoggedOut)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := oauth2source.New(ctx, c).Token(); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

// TestFrom hands the tokens of x/oauth2 to the client's transport.
func TestFrom(t *testing.T) {
	url, next := echo(t)
	transport, err := client.NewTransport(client.TransportConfig{
		Source:  oauth2source.From(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "a", RefreshToken: "r"})),
		Origins: []string{url}, Next: next,
	})
	if err != nil {
		t.Fatal(err)
	}
	wantSent(t, transport, url, "Bearer a")
	other, _ := echo(t)
	wantSent(t, transport, other, "")
}

func TestFromErrors(t *testing.T) {
	refusal := &oauth2.RetrieveError{ErrorCode: "invalid_grant", Response: new(http.Response)}
	for name, tokens := range map[string]tokensFunc{
		"an error": func() (*oauth2.Token, error) { return nil, refusal },
		"nothing":  func() (*oauth2.Token, error) { return nil, nil },
		"empty":    func() (*oauth2.Token, error) { return new(oauth2.Token), nil },
		"a MAC":    func() (*oauth2.Token, error) { return &oauth2.Token{AccessToken: "a", TokenType: "mac"}, nil },
	} {
		got, err := oauth2source.From(tokens).Token(t.Context())
		if err == nil || got != (client.Token{}) {
			t.Errorf("%s: got %v %v, want an error", name, got, err)
		}
		if e := (*oauth2.RetrieveError)(nil); errors.As(err, &e) != (name == "an error") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

// TestFromWaiters lets waiters leave by their context, and asks once for all.
func TestFromWaiters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var calls atomic.Int64
		source := oauth2source.From(tokensFunc(func() (*oauth2.Token, error) {
			calls.Add(1)
			time.Sleep(time.Second)
			return &oauth2.Token{AccessToken: "a"}, nil
		}))
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := source.Token(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want %v", err, context.DeadlineExceeded)
		}
		if _, err := source.Token(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("too late: got %v, want %v", err, context.DeadlineExceeded)
		}
		var wg sync.WaitGroup
		for range 64 {
			wg.Go(func() {
				if got, err := source.Token(t.Context()); err != nil || got.AccessToken != "a" {
					t.Errorf("got %v %v, want the token", got, err)
				}
			})
		}
		wg.Wait()
		if got := calls.Load(); got != 1 {
			t.Errorf("%d calls, want 1", got)
		}
	})
}
