package flaskcompat_test

import (
	"context"
	"encoding/json"
	"html/template"
	"net/http"
	"strings"
	"testing"

	"github.com/authsdk/authsdk-go/adapters/authhttp"
	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/flaskcompat"
	"github.com/authsdk/authsdk-go/authsdk/security"
)

// found is a user lookup that finds everybody.
func found(user any) func(context.Context, *authsdk.Claims) (any, error) {
	return func(context.Context, *authsdk.Claims) (any, error) { return user, nil }
}

// yields is a loader of claims or headers that returns the same for everybody.
func yields(members object) func(context.Context, any) (object, error) {
	return func(context.Context, any) (object, error) { return members, nil }
}

// decides is a blocklist or a verification with one answer. It wants claims and
// header, as the callbacks there get them.
func decides(t *testing.T, verdict bool) func(context.Context, *authsdk.Claims) (bool, error) {
	t.Helper()
	return func(_ context.Context, c *authsdk.Claims) (bool, error) {
		if c.Subject != "username" || parsed(t, c.Header)["alg"] != "HS256" {
			t.Errorf("the callback got %s and %s", c.Raw, c.Header)
		}
		return verdict, nil
	}
}

// The context processor is html/template with what authsdk.User returns.
func TestTemplates(t *testing.T) {
	page := template.Must(template.New("").Parse("<p>{{.User}}</p>"))
	m := manager(t, config{UserLookup: found("test_user")})
	render := func(data func(*http.Request) object) answer {
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if err := page.Execute(w, data(r)); err != nil {
				t.Error(err)
			}
		})
		return serve(authhttp.Require(m.Verifier(), plain)(h), bearer(access(t, m, options{})))
	}
	t.Run("FJE-001 the user in a page", func(t *testing.T) {
		render(func(r *http.Request) object {
			user, err := authsdk.User[string](r.Context())
			if err != nil {
				t.Error(err)
			}
			return object{"User": user}
		}).is(t, "page", http.StatusOK, "<p>test_user</p>")
	})
	t.Run("FJE-002 no user in a page that does not ask", func(t *testing.T) {
		render(func(*http.Request) object { return object{} }).is(t, "page", http.StatusOK, "<p></p>")
	})
}

func TestAdditionalClaims(t *testing.T) {
	bar := object{"foo": "bar"}
	for _, tt := range []struct {
		name   string
		loader object
		given  object
		make   func(testing.TB, *flaskcompat.Manager, options) string
		policy authsdk.Policy
		want   object
	}{
		{"FJE-003 additional claims in access token", bar, nil, access, plain, bar},
		{"FJE-006 additional claims in refresh token", bar, nil, renewal, refresh, bar},
		{"FJE-007 claims given with a refresh token", nil, bar, renewal, refresh, bar},
		{"FJE-008 claims given with an access token", nil, bar, access, plain, bar},
		{"FJE-009 claims of the loader and given ones", object{"default": "value"}, bar, access, plain, object{"default": "value", "foo": "bar"}},
		{"FJE-010 given claims go first", object{"default": "value"}, object{"default": "other"}, access, plain, object{"default": "other"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := config{}
			if tt.loader != nil {
				cfg.AdditionalClaims = yields(tt.loader)
			}
			m := manager(t, cfg)
			got := send(m, tt.policy, bearer(tt.make(t, m, options{Claims: tt.given})))
			for name, want := range tt.want {
				same(t, name, got.member(t, "claims", name), want)
			}
		})
	}
}

// Maps are typed here: a value in the map that is no JSON stands for a loader
// that returns no map.
func TestFJE004_NonSerializableClaims(t *testing.T) {
	t.Parallel()
	m := manager(t, config{AdditionalClaims: yields(object{"f": func() {}})})
	token, err := m.CreateAccessToken(t.Context(), "username", options{})
	if token != "" || err == nil || !strings.Contains(err.Error(), "claims: json: unsupported type") {
		t.Errorf("%q, %v; want no token and an error", token, err)
	}
}

func TestFJE005_TokenFromComplexObject(t *testing.T) {
	t.Parallel()
	type account struct{ name string }
	m := manager(t, config{
		UserIdentity: func(_ context.Context, identity any) (any, error) { return identity.(account).name, nil },
		AdditionalClaims: func(_ context.Context, identity any) (map[string]any, error) {
			return object{"username": identity.(account).name}, nil
		},
	})
	token, err := m.CreateAccessToken(t.Context(), account{"username"}, options{})
	if err != nil {
		t.Fatal(err)
	}
	got := send(m, plain, bearer(token))
	same(t, "sub", got.member(t, "claims", "sub"), "username")
	same(t, "username", got.member(t, "claims", "username"), "username")
}

func TestVerification(t *testing.T) {
	routes := map[string]authsdk.Policy{"plain": plain, "fresh": onlyFresh, "optional": optional}
	t.Run("FJE-019 accepted by the callback", func(t *testing.T) {
		m := manager(t, config{Verify: decides(t, true)})
		for name, p := range routes {
			send(m, p, bearer(access(t, m, options{Fresh: true}))).says(t, name, http.StatusOK, "")
		}
	})
	t.Run("FJE-020 refused by the callback", func(t *testing.T) {
		m := manager(t, config{Verify: decides(t, false)})
		for name, p := range routes {
			send(m, p, bearer(access(t, m, options{Fresh: true}))).says(t, name, http.StatusBadRequest, "User claims verification failed")
		}
	})
	t.Run("FJE-021 refused with an answer of one's own", func(t *testing.T) {
		m := manager(t, config{Verify: decides(t, false), Render: own(http.StatusNotFound, flaskcompat.ErrVerification)})
		for name, p := range routes {
			send(m, p, bearer(access(t, m, options{Fresh: true}))).is(t, name, http.StatusNotFound,
				`{"header":{"alg":"HS256","typ":"JWT"},"own":"User claims verification failed","sub":"username"}`)
		}
	})
}

func TestAdditionalHeaders(t *testing.T) {
	bar, other := object{"foo": "bar"}, object{"ok": "yes"}
	for _, tt := range []struct {
		name          string
		loader, given object
		make          func(testing.TB, *flaskcompat.Manager, options) string
		policy        authsdk.Policy
		member, want  string
	}{
		{"FJE-093 headers of the loader in access token", bar, nil, access, plain, "foo", "bar"},
		{"FJE-095 headers of the loader in refresh token", bar, nil, renewal, refresh, "foo", "bar"},
		{"FJE-096 headers given with a refresh token", nil, bar, renewal, refresh, "foo", "bar"},
		{"FJE-097 headers given with an access token", nil, bar, access, plain, "foo", "bar"},
		{"FJE-098 loader and given header in access token", other, bar, access, plain, "foo", "bar"},
		{"FJE-099 loader and given header in refresh token", other, bar, renewal, refresh, "foo", "bar"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			cfg := config{}
			if tt.loader != nil {
				cfg.AdditionalHeaders = yields(tt.loader)
			}
			m := manager(t, cfg)
			got := send(m, tt.policy, bearer(tt.make(t, m, options{Headers: tt.given})))
			same(t, tt.member, got.member(t, "header", tt.member), tt.want)
		})
	}
}

// As FJE-004: the value in the map is no JSON.
func TestFJE094_NonSerializableHeaders(t *testing.T) {
	t.Parallel()
	m := manager(t, config{AdditionalHeaders: yields(object{"f": func() {}})})
	token, err := m.CreateAccessToken(t.Context(), "username", options{})
	if token != "" || err == nil || !strings.Contains(err.Error(), "headers: json: unsupported type") {
		t.Errorf("%q, %v; want no token and an error", token, err)
	}
}

// The functions that ask for the caller tell where no guard has run: there an
// error, here a second result or an error, and the page goes on.
func TestUnguarded(t *testing.T) {
	h := func(ask func(context.Context) any) answer {
		return serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_ = json.NewEncoder(w).Encode(ask(r.Context()))
		}), request(http.MethodGet, "/", ""))
	}
	claims := func(of func(*authsdk.Claims) any) func(context.Context) any {
		return func(ctx context.Context) any {
			c, ok := authsdk.ClaimsFrom(ctx)
			if !ok {
				return "nobody"
			}
			return of(c)
		}
	}
	user := func(ctx context.Context) any {
		_, err := authsdk.User[string](ctx)
		return authsdk.ErrorOf(err).Code
	}
	for _, tt := range []struct {
		name string
		ask  func(context.Context) any
		want string
	}{
		{"FJE-075 claims where no guard is", claims(func(c *authsdk.Claims) any { return c.Raw }), `"nobody"`},
		{"FJE-076 header where no guard is", claims(func(c *authsdk.Claims) any { return c.Header }), `"nobody"`},
		{"FJE-077 identity where no guard is", claims(func(c *authsdk.Claims) any { return c.Subject }), `"nobody"`},
		{"FJE-078 user where no guard is", user, `"token_missing"`},
		{"FJE-079 principal where no guard is", func(ctx context.Context) any {
			_, ok := security.PrincipalFrom(ctx)
			return ok
		}, "false"},
	} {
		t.Run(tt.name, func(t *testing.T) { h(tt.ask).is(t, "answer", http.StatusOK, tt.want) })
	}
}

func TestFJE080_NobodyOnOptionalRoute(t *testing.T) {
	t.Parallel()
	m := manager(t, config{UserLookup: func(context.Context, *authsdk.Claims) (any, error) {
		t.Error("the lookup was called")
		return "somebody", nil
	}})
	send(m, optional, request(http.MethodGet, "/", "")).is(t, "optional", http.StatusOK, `{"claims":{},"header":{},"location":null}`)
	h := authhttp.Require(m.Verifier(), optional)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if user, err := authsdk.User[string](r.Context()); user != "" || authsdk.ErrorOf(err).Code != "token_missing" {
			t.Errorf("user %q, %v", user, err)
		}
	}))
	serve(h, request(http.MethodGet, "/", "")).says(t, "user", http.StatusOK, "")
}
