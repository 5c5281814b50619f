package authsdk_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/security"
)

type person struct{ name string }

// lookup knows alice, and counts how often it is asked.
type lookup struct {
	asked int
	err   error
}

func (l *lookup) user(_ context.Context, c *authsdk.Claims) (any, error) {
	l.asked++
	if l.err != nil {
		return nil, l.err
	}
	if c.Subject != "alice" {
		return nil, nil
	}
	return &person{"Alice"}, nil
}

func TestUser(t *testing.T) {
	t.Parallel()
	keys := hmacKeys(t)
	alice, ghost := issue(t, keys, authsdk.Claims{}), issue(t, keys, authsdk.Claims{Subject: "ghost"})
	down := errors.New("connection refused")
	for _, lazy := range []bool{false, true} {
		for _, tt := range []struct {
			name, token string
			fail        error
			want        error
		}{
			{"known", alice, nil, nil},
			{"gone", ghost, nil, authsdk.ErrUserNotFound},
			{"nothing known", alice, down, authsdk.ErrStoreUnavailable},
			{"an answer of its own", alice, authsdk.ErrTokenRevoked, authsdk.ErrTokenRevoked},
		} {
			l := &lookup{err: tt.fail}
			v := newVerifier(t, keys, func(c *authsdk.VerifierConfig) { c.User, c.LazyUser = l.user, lazy })
			r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
			r.Header.Set("Authorization", "Bearer "+tt.token)
			p, err := v.Principal(r, authsdk.Policy{})
			if lazy {
				if err != nil || l.asked != 0 {
					t.Errorf("%s, lazy: %v, asked %d times before anybody wants to know", tt.name, err, l.asked)
					continue
				}
				_, err = authsdk.User[*person](security.WithPrincipal(t.Context(), p))
			}
			if !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
				t.Errorf("%s, lazy %v: %v, want %v", tt.name, lazy, err, tt.want)
			}
			if err != nil {
				continue
			}
			ctx := security.WithPrincipal(t.Context(), p)
			for range 3 {
				if user, err := authsdk.User[*person](ctx); err != nil || user.name != "Alice" {
					t.Errorf("%s, lazy %v: %+v, %v", tt.name, lazy, user, err)
				}
			}
			if l.asked != 1 {
				t.Errorf("%s, lazy %v: asked %d times, want once", tt.name, lazy, l.asked)
			}
			if _, err := authsdk.User[string](ctx); err == nil || !strings.Contains(err.Error(), "the user is a *authsdk_test.person, not a string") {
				t.Errorf("another type: %v", err)
			}
		}
	}
	if _, err := authsdk.User[*person](t.Context()); !errors.Is(err, authsdk.ErrTokenMissing) {
		t.Errorf("without a guard: %v", err)
	}
	if _, err := authsdk.User[*person](security.WithPrincipal(t.Context(), &security.Principal{Subject: "alice"})); err == nil ||
		!strings.Contains(err.Error(), "set User in the VerifierConfig") {
		t.Errorf("without a lookup: %v", err)
	}
	l := &lookup{}
	v := newVerifier(t, keys, func(c *authsdk.VerifierConfig) { c.User = l.user })
	if _, err := v.Verify(t.Context(), ghost, authsdk.Policy{}); !errors.Is(err, authsdk.ErrUserNotFound) {
		t.Errorf("Verify of a user who is gone: %v", err)
	}
	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	if p, err := v.Principal(r, authsdk.Policy{Optional: true}); p != nil || err != nil || l.asked != 1 {
		t.Errorf("optional, without a token: %v, %v, asked %d times", p, err, l.asked)
	}
}

// TestUserTypedNil: what a lookup makes of a nil pointer is nobody, too.
func TestUserTypedNil(t *testing.T) {
	t.Parallel()
	keys := hmacKeys(t)
	for _, nobody := range []any{(*person)(nil), map[string]string(nil), []string(nil)} {
		v := newVerifier(t, keys, func(c *authsdk.VerifierConfig) {
			c.User = func(context.Context, *authsdk.Claims) (any, error) { return nobody, nil }
		})
		if _, err := v.Verify(t.Context(), issue(t, keys, authsdk.Claims{}), authsdk.Policy{}); !errors.Is(err, authsdk.ErrUserNotFound) {
			t.Errorf("%T: %v, want user_not_found", nobody, err)
		}
	}
}

func TestClaimsFrom(t *testing.T) {
	t.Parallel()
	keys := hmacKeys(t)
	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	r.Header.Set("Authorization", "Bearer "+issue(t, keys, authsdk.Claims{ID: "0123456789abcdef"}))
	p := must[*security.Principal](t)(newVerifier(t, keys).Principal(r, authsdk.Policy{}))
	if c, ok := authsdk.ClaimsFrom(security.WithPrincipal(t.Context(), p)); !ok || c.ID != "0123456789abcdef" {
		t.Errorf("ClaimsFrom = %+v, %v", c, ok)
	}
	for name, ctx := range map[string]context.Context{
		"no guard": t.Context(), "an API key": security.WithPrincipal(t.Context(), &security.Principal{Subject: "alice"}),
	} {
		if c, ok := authsdk.ClaimsFrom(ctx); ok || c != nil {
			t.Errorf("%s: %+v, %v", name, c, ok)
		}
	}
}

func TestExemptOptions(t *testing.T) {
	t.Parallel()
	v := newVerifier(t, hmacKeys(t), func(c *authsdk.VerifierConfig) { c.ExemptOptions = true })
	for method, want := range map[string]error{http.MethodOptions: nil, http.MethodHead: authsdk.ErrTokenMissing, http.MethodGet: authsdk.ErrTokenMissing} {
		r := httptest.NewRequest(method, "/", http.NoBody)
		if method == http.MethodOptions {
			r.Header.Set("Authorization", "Bearer x") // is not read
		}
		if p, err := v.Principal(r, authsdk.Policy{}); p != nil || !errors.Is(err, want) || (err == nil) != (want == nil) {
			t.Errorf("%s: %v, %v; want %v", method, p, err, want)
		}
	}
}

// TestLazyUserAgain: a lookup that failed is no answer; the next one may know.
func TestLazyUserAgain(t *testing.T) {
	t.Parallel()
	keys := hmacKeys(t)
	l := &lookup{err: errors.New("connection refused")}
	v := newVerifier(t, keys, func(c *authsdk.VerifierConfig) { c.User, c.LazyUser = l.user, true })
	r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
	r.Header.Set("Authorization", "Bearer "+issue(t, keys, authsdk.Claims{}))
	p := must[*security.Principal](t)(v.Principal(r, authsdk.Policy{}))
	ctx := security.WithPrincipal(t.Context(), p)
	for range 2 {
		if user, err := authsdk.User[*person](ctx); user != nil || !errors.Is(err, authsdk.ErrStoreUnavailable) {
			t.Errorf("while the store is down: %v, %v", user, err)
		}
	}
	l.err = nil
	if user, err := authsdk.User[*person](ctx); err != nil || user.name != "Alice" {
		t.Errorf("afterwards: %v, %v", user, err)
	}
}

func TestOwnCheck(t *testing.T) {
	t.Parallel()
	keys := hmacKeys(t)
	token := issue(t, keys, authsdk.Claims{})
	own := &authsdk.Error{Code: "tenant_suspended", Status: 403, Detail: "The tenant is suspended."}
	for _, tt := range []struct{ answer, want error }{
		{nil, nil}, {own, own}, {errors.New("timeout"), authsdk.ErrStoreUnavailable},
	} {
		v := newVerifier(t, keys, func(c *authsdk.VerifierConfig) {
			c.Check = func(context.Context, *authsdk.Claims) error { return tt.answer }
		})
		if _, err := v.Verify(t.Context(), token, authsdk.Policy{}); !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
			t.Errorf("%v: %v, want %v", tt.answer, err, tt.want)
		}
		if _, err := v.Verify(t.Context(), token, authsdk.Policy{SkipRevocation: true}); !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
			t.Errorf("%v, without the question of revocation: %v, want %v", tt.answer, err, tt.want)
		}
	}
}

// TestFurtherClaims: what the callback returns is merged, what is given goes
// before, and neither map is changed.
func TestFurtherClaims(t *testing.T) {
	t.Parallel()
	keys := hmacKeys(t)
	shared, given := map[string]any{"tenant": "acme", "plan": "free"}, map[string]any{"plan": "paid"}
	var answer any = shared
	var fail error
	i := must[*authsdk.Issuer](t)(authsdk.NewIssuer(authsdk.IssuerConfig{
		Issuer: testIssuer, Keys: keys, Now: fixedClock,
		Claims: func(_ context.Context, c authsdk.Claims) (any, error) {
			if c.Subject != "alice" || c.ID == "" {
				t.Errorf("asked about %+v", c)
			}
			return answer, fail
		},
	}))
	token := must[string](t)(i.Issue(t.Context(), authsdk.Claims{Subject: "alice"}, given))
	_, got := segments(t, token)
	if got["tenant"] != "acme" || got["plan"] != "paid" || len(shared) != 2 || shared["plan"] != "free" || len(given) != 1 {
		t.Errorf("claims %v, maps %v and %v", got, shared, given)
	}
	answer = map[string]any{"Plan": "free"}
	if token, err := i.Issue(t.Context(), authsdk.Claims{Subject: "alice"}, given); err == nil {
		t.Errorf("names that differ in case alone: %q", token)
	}
	for name, tt := range map[string]struct {
		answer any
		fail   error
	}{"belongs to this package": {map[string]any{"sub": "admin"}, nil}, "boom": {nil, errors.New("boom")}} {
		answer, fail = tt.answer, tt.fail
		if token, err := i.Issue(t.Context(), authsdk.Claims{Subject: "alice"}, nil); err == nil || !strings.Contains(err.Error(), name) || token != "" {
			t.Errorf("%q, %v; want an error that says %q", token, err, name)
		}
	}
}

// TestInsecure: what the explicit weakenings let through, and nobody else does.
func TestInsecure(t *testing.T) {
	t.Parallel()
	keys := hmacKeys(t)
	forever := must[*authsdk.Issuer](t)(authsdk.NewIssuer(authsdk.IssuerConfig{
		Issuer: testIssuer, Keys: keys, Now: fixedClock, InsecureNoExpiry: true, OmitNotBefore: true,
	}))
	endless := must[string](t)(forever.Issue(t.Context(), authsdk.Claims{Subject: "alice"}, nil))
	_, claims := segments(t, endless)
	for _, name := range []string{"exp", "nbf"} {
		if _, there := claims[name]; there {
			t.Errorf("the token has %s", name)
		}
	}
	ended := must[string](t)(forever.Issue(t.Context(), authsdk.Claims{Subject: "alice", Expires: start.Add(time.Minute)}, nil))
	foreign := seal(goodHeader(keys), payload(map[string]string{"aud": `["https://other.example"]`}))
	none := seal(goodHeader(keys), payload(map[string]string{"aud": ""}))
	strict := newVerifier(t, keys)
	noExpiry := newVerifier(t, keys, func(c *authsdk.VerifierConfig) { c.InsecureNoExpiry = true })
	anyAudience := newVerifier(t, keys, func(c *authsdk.VerifierConfig) { c.InsecureAnyAudience = true })
	later := newVerifier(t, keys, func(c *authsdk.VerifierConfig) {
		c.InsecureNoExpiry = true
		c.Now = func() time.Time { return start.Add(time.Hour) }
	})
	for _, tt := range []struct {
		name  string
		v     *authsdk.Verifier
		token string
		want  error
	}{
		{"endless", strict, endless, authsdk.ErrTokenInvalid},
		{"endless, allowed", noExpiry, endless, nil},
		{"endless, allowed, later", later, endless, nil},
		{"one with an end, later", later, ended, authsdk.ErrTokenExpired},
		{"foreign audience", strict, foreign, authsdk.ErrTokenInvalid},
		{"foreign audience, allowed", anyAudience, foreign, nil},
		{"no audience, allowed", anyAudience, none, nil},
		{"endless where audiences are free", anyAudience, endless, authsdk.ErrTokenInvalid},
	} {
		if _, err := tt.v.Verify(t.Context(), tt.token, authsdk.Policy{}); !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}
