package adapters_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/oauth"
)

// The rows of section O of the catalogue that are about clients and grants.

// TestATK189Grants is ATK-189: unknown grants, and passwords where they are not allowed.
func TestATK189Grants(t *testing.T) {
	t.Parallel()
	e := newEndpoints(t, func(c *oauth.Config) { c.InsecurePasswordGrant = false })
	for _, grant := range []string{
		"foo", "password", "authorization_code", "implicit", "introspection", "Client_Credentials", "client_credentials ", "urn:ietf:params:oauth:grant-type:token-exchange",
	} {
		e.refuses(grant, form("/auth/token", url.Values{"grant_type": {grant}, "username": {"alice"}, "password": {"right"}}.Encode(), e.basic("reports")), 400, "unsupported_grant_type")
	}
	on := newEndpoints(t)
	on.refuses("not the client's", form("/auth/token", "grant_type=password&username=alice&password=right", on.basic("a:b/c")), 400, "unauthorized_client")
	on.refuses("not the client's", form("/auth/token", "grant_type=client_credentials&client_id=phone"), 400, "unauthorized_client")
	on.refuses("nobody's own", form("/auth/token", "grant_type=client_credentials"), 401, "invalid_client")
	on.refuses("own pages'", form("/auth/token", "grant_type=client_credentials&client_id="+own), 400, "unauthorized_client")
	for router := range on.routers {
		if g := on.aliceBy(router, "phone"); g.Scope != "read write" || g.Refresh == "" {
			t.Errorf("%s: the password grant where it is allowed: got %+v", router, g)
		}
	}
	on.refuses("a wrong password", form("/auth/token", "grant_type=password&username=alice&password=wrong&client_id=phone"), 400, "invalid_grant")
	on.refuses("an unknown user", form("/auth/token", "grant_type=password&username=bob&password=right&client_id=phone"), 400, "invalid_grant")
	on.refuses("a throttled user", form("/auth/token", "grant_type=password&username=alice&password=throttled&client_id=phone"), 429, "temporarily_unavailable")
}

// TestATK190Clients is ATK-190: unknown clients, wrong secrets, two ways at once.
func TestATK190Clients(t *testing.T) {
	t.Parallel()
	e := newEndpoints(t)
	e.secrets["wrong"] = "x"
	basic := func(id, secret string) string {
		return "Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(id+":"+secret))
	}
	secret := e.secrets["reports"]
	for _, path := range formPaths {
		body := "grant_type=client_credentials&token=x"
		for what, headers := range map[string][]string{
			"a wrong secret":        {basic("reports", secret+"x")},
			"another's secret":      {basic("reports", e.secrets["gateway"])},
			"the hash":              {basic("reports", string(must[oauth.Client](t)(e.store.Client(t.Context(), "reports")).SecretHash))},
			"no secret":             {basic("reports", "")},
			"an unknown client":     {basic("nobody", secret)},
			"a public client's":     {basic("phone", "x")},
			"own pages with one":    {basic(own, "x")},
			"another case":          {basic("Reports", secret)},
			"a bearer token":        {"Authorization: Bearer " + e.token("chi", "grant_type=client_credentials", e.basic("reports")).Access},
			"no colon":              {"Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte("reports"))},
			"no base64":             {"Authorization: Basic ~~~"},
			"an empty name":         {basic("", secret)},
			"a broken encoding":     {basic("reports", "%zz")},
			"a name that is no one": {basic("%ff%00", secret)},
		} {
			e.refuses(path+" "+what, form(path, body, headers...), 401, "invalid_client")
		}
		for what, credentials := range map[string]string{
			"a wrong secret": "&client_id=reports&client_secret=x", "no secret": "&client_id=reports", "an unknown client": "&client_id=nobody&client_secret=x",
			"an unknown public client": "&client_id=nobody", "a public client's": "&client_id=phone&client_secret=x",
		} {
			e.refuses(path+" "+what+" in the form", form(path, body+credentials), 401, "invalid_client")
		}
		e.refuses("both", form(path, body+"&client_id=reports&client_secret="+secret, basic("reports", secret)), 400, "invalid_request")
		e.refuses("both, two names", form(path, body+"&client_id=gateway", basic("reports", secret)), 400, "invalid_request")
		e.refuses("two headers", form(path, body, basic("reports", secret), basic("reports", secret)), 400, "invalid_request")
		e.refuses("a secret of nobody", form(path, body+"&client_secret="+secret), 400, "invalid_request")
	}
	for router := range e.routers {
		e.token(router, "grant_type=client_credentials&client_id=reports", e.basic("reports"))
		e.token(router, "grant_type=client_credentials&client_id=reports&client_secret="+url.QueryEscape(secret))
	}
}

// TestATK190Throttle (ATK-190) fails until it is told to wait. The right secret passes all
// the same, and other addresses and clients are not concerned.
func TestATK190Throttle(t *testing.T) {
	t.Parallel()
	e := newEndpoints(t)
	e.from = "198.51.100.7"
	guess := form("/auth/introspect", "token=x&client_id=gateway&client_secret=guess")
	for range 2 { // five routers each
		e.refuses("guess", guess, 401, "invalid_client")
	}
	e.refuses("one too many", guess, 429, "temporarily_unavailable")
	if w := e.ask("chi", guess); w.Header().Get("Retry-After") != "30" {
		t.Errorf("Retry-After is %q, want 30", w.Header().Get("Retry-After"))
	}
	if e.active("x") {
		t.Error("an unknown token is active")
	}
	e.refuses("another client", form("/auth/token", "grant_type=client_credentials&client_id=reports&client_secret=guess"), 401, "invalid_client")
	e.from = "198.51.100.8"
	e.refuses("another address", guess, 401, "invalid_client")
	e.from = "198.51.100.7"
	e.now = e.now.Add(31 * time.Second)
	if w := e.ask("gin", guess); w.Code != http.StatusUnauthorized {
		t.Errorf("after the wait: got %d %s, want 401", w.Code, w.Body)
	}
}

// TestATK191BasicIsFormEncoded is ATK-191: both halves of Basic are encoded like a form.
func TestATK191BasicIsFormEncoded(t *testing.T) {
	t.Parallel()
	e := newEndpoints(t)
	id, secret := "a:b/c", e.secrets["a:b/c"]
	hex := func(s string) string { // every byte
		var b strings.Builder
		for i := range len(s) {
			b.WriteString("%" + strings.ToUpper(string("0123456789abcdef"[s[i]>>4])+string("0123456789abcdef"[s[i]&15])))
		}
		return b.String()
	}
	for _, pair := range []string{"a%3Ab%2Fc:" + secret, "a%3ab/c:" + strings.NewReplacer("-", "%2D", "_", "%5F").Replace(secret), hex(id) + ":" + hex(secret)} {
		for router := range e.routers {
			g := e.token(router, "grant_type=client_credentials", "Authorization: basic "+base64.StdEncoding.EncodeToString([]byte(pair)))
			if _, claims := e.claimsOf(g.Access); claims["client_id"] != id || claims["sub"] != id {
				t.Errorf("%s: %q: got the claims %v", router, pair, claims)
			}
		}
	}
	for _, pair := range []string{id + ":" + secret, "a+b%2Fc:" + secret, "caf\u00e9:" + secret, "caf%C3%A9:" + secret, "a%3Ab%2Fc%00:" + secret} {
		e.refuses(pair, form("/auth/token", "grant_type=client_credentials", "Authorization: Basic "+base64.StdEncoding.EncodeToString([]byte(pair))), 401, "invalid_client")
	}
}

// TestATK192RefreshTokens is ATK-192: refresh tokens that are not good get one answer.
func TestATK192RefreshTokens(t *testing.T) {
	t.Parallel()
	e := newEndpoints(t)
	issue := func(c authsdk.Claims) string { return must[string](t)(e.issuer.Issue(t.Context(), c, nil)) }
	phone := e.aliceBy("chi", "phone")
	ended := e.aliceBy("chi", "phone")
	if w := e.ask("chi", form("/auth/revoke", "client_id=phone&token="+ended.Refresh)); w.Code != 200 {
		t.Fatalf("revoke: %d %s", w.Code, w.Body)
	}
	other := newEndpoints(t).aliceBy("chi", "phone").Refresh
	bodies := map[string]bool{}
	for what, token := range map[string]string{
		"malformed": "x", "three parts": "a.b.c", "unknown": issue(authsdk.Claims{Type: authsdk.Refresh, Subject: "alice", SessionID: "0123456789abcdef", ClientID: "phone"}),
		"expired":          issue(authsdk.Claims{Type: authsdk.Refresh, Subject: "alice", SessionID: "0123456789abcdef", ClientID: "phone", IssuedAt: start.Add(-2 * time.Hour), Expires: start.Add(-time.Hour)}),
		"revoked":          ended.Refresh,
		"of another key":   other,
		"an access token":  phone.Access,
		"without session":  issue(authsdk.Claims{Type: authsdk.Refresh, Subject: "alice", ClientID: "phone"}),
		"another client's": e.aliceBy("chi", "reports").Refresh,
		"own pages'":       e.aliceBy("chi", own).Refresh,
		"9 KiB":            strings.Repeat("x", 9<<10),
	} {
		c := form("/auth/token", "grant_type=refresh_token&client_id=phone&refresh_token="+url.QueryEscape(token))
		e.refuses(what, c, 400, "invalid_grant")
		bodies[e.ask("chi", c).Body.String()] = true
	}
	if len(bodies) != 1 {
		t.Errorf("the answers tell the reasons apart: %v", bodies)
	}
}

// TestRefreshGrant: what a client refreshes is its own, never more than it was
// granted, and rotates as at POST /auth/refresh.
func TestRefreshGrant(t *testing.T) {
	t.Parallel()
	e := newEndpoints(t)
	refresh := func(client, token, more string) request {
		return form("/auth/token", "grant_type=refresh_token&client_id="+client+"&refresh_token="+token+more)
	}
	for router := range e.routers {
		g := e.token(router, "grant_type=password&username=alice&password=right&client_id=phone&scope=read+admin")
		if g.Scope != "read" {
			t.Fatalf("%s: asked for read and admin, the client may read and write: got %+v", router, g)
		}
		// Another client's attempts change nothing.
		e.refuses("another client", refresh("other", g.Refresh, ""), 400, "invalid_grant")
		e.refuses("a client that may not refresh", form("/auth/token", "grant_type=refresh_token&refresh_token="+g.Refresh, e.basic("gateway")), 400, "unauthorized_client")
		e.refuses("another client, for more", refresh("other", g.Refresh, "&scope=admin"), 400, "invalid_grant")
		e.refuses("own pages", refresh(own, g.Refresh, ""), 400, "invalid_grant")
		e.refuses("more than was granted", refresh("phone", g.Refresh, "&scope=read+write"), 400, "invalid_scope")
		e.refuses("a broken scope", refresh("phone", g.Refresh, "&scope=%22"), 400, "invalid_scope")
		w := e.ask(router, request{method: "POST", path: "/auth/refresh", headers: []string{"Authorization: Bearer " + g.Refresh}})
		if w.Code != http.StatusUnauthorized {
			t.Errorf("%s: a client's token at /auth/refresh: got %d %s, want 401", router, w.Code, w.Body)
		}
		next := e.token(router, refresh("phone", g.Refresh, "").body)
		if next.Scope != "read" || next.Refresh == g.Refresh {
			t.Errorf("%s: got %+v", router, next)
		}
		if again := e.token(router, refresh("phone", g.Refresh, "").body); again.Refresh != next.Refresh {
			t.Errorf("%s: within the grace another successor came", router)
		}
		e.now = e.now.Add(time.Minute)
		e.refuses("spent", refresh("phone", g.Refresh, ""), 400, "invalid_grant")
		e.refuses("its successor, after reuse", refresh("phone", next.Refresh, ""), 400, "invalid_grant")
	}
	pages := e.token("chi", "grant_type=password&username=alice&password=right")
	if _, claims := e.claimsOf(pages.Access); claims["client_id"] != own || pages.Scope != "read write admin" {
		t.Errorf("own pages: got %+v and the claims %v", pages, claims)
	}
	if g := e.token("chi", refresh(own, pages.Refresh, "&scope=write").body); g.Scope != "write" {
		t.Errorf("own pages, narrowed: got %+v", g)
	}
	e.refuses("own pages, more than there is", refresh(own, pages.Refresh, "&scope=write+root"), 400, "invalid_scope")
}
