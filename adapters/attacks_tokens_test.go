package adapters_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/oauth"
)

// The rows of section O of the catalogue that are about revocation and
// introspection.

func revocation(client, token, more string) request {
	return form("/auth/revoke", "client_id="+client+"&token="+url.QueryEscape(token)+more)
}

// revokes wants 200 and nothing else.
func (e *endpoints) revokes(router string, c request) {
	e.t.Helper()
	if w := e.ask(router, c); w.Code != http.StatusOK || w.Body.Len() != 0 {
		e.t.Errorf("%s: %s: got %d %q, want 200", router, c.body, w.Code, w.Body)
	}
}

// TestATK193RevokeUnknown is ATK-193: what needs no revoking.
func TestATK193RevokeUnknown(t *testing.T) {
	t.Parallel()
	e := newEndpoints(t)
	for router := range e.routers {
		for _, token := range []string{
			"x", "a.b.c", strings.Repeat("x", 10<<10), newEndpoints(t).aliceBy("chi", "phone").Refresh,
			must[string](t)(e.issuer.Issue(t.Context(), authsdk.Claims{Subject: "alice", ClientID: "phone", IssuedAt: start.Add(-2 * time.Hour), Expires: start.Add(-time.Hour)}, nil)),
			must[string](t)(e.issuer.Issue(t.Context(), authsdk.Claims{Type: "password-reset", Subject: "alice", ClientID: "phone"}, nil)),
			must[string](t)(e.issuer.Issue(t.Context(), authsdk.Claims{Type: authsdk.Refresh, Subject: "alice", ClientID: "phone", SessionID: "0123456789abcdef"}, nil)),
		} {
			e.revokes(router, revocation("phone", token, ""))
		}
	}
	if len(e.revoked) > 0 {
		t.Errorf("revoked one by one: %v", e.revoked)
	}
}

// TestATK194RevokeForeign is ATK-194: another client's token stays good.
func TestATK194RevokeForeign(t *testing.T) {
	t.Parallel()
	e := newEndpoints(t)
	g, mine, service := e.aliceBy("chi", "phone"), e.aliceBy("chi", own), e.token("chi", "grant_type=client_credentials", e.basic("reports"))
	for what, token := range map[string]string{"refresh": g.Refresh, "access": g.Access, "own pages'": mine.Refresh, "a service's": service.Access} {
		e.refuses(what, revocation("other", token, ""), 400, "invalid_grant")
	}
	for what, token := range map[string]string{"refresh": g.Refresh, "access": g.Access, "a service's": service.Access} {
		e.refuses(what+", nobody", form("/auth/revoke", "token="+token), 400, "invalid_grant")
	}
	if !e.active(g.Access) || !e.active(mine.Access) || !e.active(service.Access) || len(e.revoked) > 0 {
		t.Error("a token was revoked by a client that it was not issued to")
	}
	e.token("chi", "grant_type=refresh_token&client_id=phone&refresh_token="+g.Refresh)
}

// TestATK195RevokeHints is ATK-195: a hint is only a hint.
func TestATK195RevokeHints(t *testing.T) {
	t.Parallel()
	e := newEndpoints(t)
	for router := range e.routers {
		for _, hint := range []string{"", "access_token", "refresh_token", "foo", "%20"} {
			g := e.aliceBy(router, "phone")
			e.revokes(router, revocation("phone", g.Refresh, "&token_type_hint="+hint))
			if e.active(g.Access) {
				t.Errorf("%s: with the hint %q the session lives on", router, hint)
			}
		}
	}
	service := e.token("chi", "grant_type=client_credentials", e.basic("reports"))
	e.revokes("chi", form("/auth/revoke", "token_type_hint=refresh_token&token="+service.Access, e.basic("reports")))
	if _, claims := e.claimsOf(service.Access); !slices.Equal(e.revoked, []string{claims["jti"].(string)}) {
		t.Errorf("revoked %v, want the token of the service", e.revoked)
	}
	none := newEndpoints(t, func(c *oauth.Config) { c.RevokeToken = nil })
	service = none.token("chi", "grant_type=client_credentials", none.basic("reports"))
	none.refuses("without a list", form("/auth/revoke", "token="+service.Access, none.basic("reports")), 400, "unsupported_token_type")
	down := newEndpoints(t)
	g := down.aliceBy("chi", "phone")
	down.store.down.Store(true)
	down.refuses("a store that is down", revocation("phone", g.Refresh, ""), 503, "temporarily_unavailable")
	down.store.down.Store(false)
	if !down.active(g.Access) {
		t.Error("what was answered with 503 was revoked")
	}
}

// TestATK196RevokeFamily is ATK-196: the whole family ends.
func TestATK196RevokeFamily(t *testing.T) {
	t.Parallel()
	e := newEndpoints(t)
	for router := range e.routers {
		for _, which := range []string{"refresh", "access", "first access"} {
			first := e.aliceBy(router, "phone")
			g := e.token(router, "grant_type=refresh_token&client_id=phone&refresh_token="+first.Refresh)
			e.revokes(router, revocation("phone", map[string]string{"refresh": g.Refresh, "access": g.Access, "first access": first.Access}[which], ""))
			if e.active(first.Access) || e.active(g.Access) {
				t.Errorf("%s: by the %s token: an access token of the family is active", router, which)
			}
			w := e.ask(router, request{method: "GET", path: "/auth/me", headers: []string{"Authorization: Bearer " + g.Access}})
			if w.Code != http.StatusUnauthorized {
				t.Errorf("%s: by the %s token: me got %d, want 401", router, which, w.Code)
			}
			e.refuses("refresh", form("/auth/token", "grant_type=refresh_token&client_id=phone&refresh_token="+g.Refresh), 400, "invalid_grant")
		}
	}
}

// TestATK197IntrospectionNeedsTheRight is ATK-197: who may ask.
func TestATK197IntrospectionNeedsTheRight(t *testing.T) {
	t.Parallel()
	e := newEndpoints(t)
	g := e.aliceBy("chi", "phone")
	token := "token=" + g.Access
	for _, nobody := range []string{"", "&client_id=", "&client_id=" + own} {
		e.refuses("nobody"+nobody, form("/auth/introspect", token+nobody), 401, "invalid_client")
	}
	e.refuses("a bearer", form("/auth/introspect", token, "Authorization: Bearer "+g.Access), 401, "invalid_client")
	e.refuses("a public client", form("/auth/introspect", token+"&client_id=phone"), 403, "unauthorized_client")
	e.refuses("a client without the right", form("/auth/introspect", token, e.basic("reports")), 403, "unauthorized_client")
	for router := range e.routers {
		w := e.ask(router, form("/auth/introspect", token+"&client_id=gateway&client_secret="+url.QueryEscape(e.secrets["gateway"])))
		if !strings.HasPrefix(w.Body.String(), `{"active":true,`) {
			t.Errorf("%s: with the right: got %d %s", router, w.Code, w.Body)
		}
	}
}

// TestATK198IntrospectionSaysNoMore is ATK-198: inactive and nothing else.
func TestATK198IntrospectionSaysNoMore(t *testing.T) {
	t.Parallel()
	e := newEndpoints(t)
	issue := func(c authsdk.Claims) string { return must[string](t)(e.issuer.Issue(t.Context(), c, nil)) }
	g, ended := e.aliceBy("chi", "phone"), e.aliceBy("chi", "phone")
	e.revokes("chi", revocation("phone", ended.Refresh, ""))
	jwe := b64(`{"alg":"dir","enc":"A256GCM"}`) + ".." + b64("0123456789ab") + "." + b64("text") + "." + b64("0123456789abcdef")
	for what, token := range map[string]string{
		"expired":       issue(authsdk.Claims{Subject: "alice", IssuedAt: start.Add(-2 * time.Hour), Expires: start.Add(-time.Hour)}),
		"not yet valid": issue(authsdk.Claims{Subject: "alice", NotBefore: start.Add(time.Minute)}),
		"revoked":       ended.Access, "foreign": newEndpoints(t).aliceBy("chi", "phone").Access, "malformed": "x", "refresh": g.Refresh, "JWE": jwe,
		"of another type": issue(authsdk.Claims{Subject: "alice", Type: "password-reset"}),
		"tampered":        strings.Replace(g.Access, ".", "."+b64(" "), 1),
		"a long text":     strings.Repeat("x", 9<<10),
	} {
		for router := range e.routers {
			w := e.ask(router, form("/auth/introspect", "token="+url.QueryEscape(token), e.basic("gateway")))
			if w.Code != http.StatusOK || w.Body.String() != `{"active":false}`+"\n" {
				t.Errorf("%s: %s: got %d %s, want active:false alone", router, what, w.Code, w.Body)
			}
		}
	}
	e.store.down.Store(true)
	e.refuses("a store that is down", form("/auth/introspect", "token="+g.Access, e.basic("gateway")), 503, "temporarily_unavailable")
	e.store.down.Store(false)

	for router := range e.routers {
		w := e.ask(router, form("/auth/introspect", "token="+g.Access, e.basic("gateway")))
		var got map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		_, claims := e.claimsOf(g.Access)
		for _, name := range []string{"sub", "iss", "aud", "jti", "client_id", "scope", "iat", "exp", "nbf"} {
			a, _ := json.Marshal(got[name])
			b, _ := json.Marshal(claims[name])
			if !bytes.Equal(a, b) || got[name] == nil {
				t.Errorf("%s: %s: introspected %s, the token says %s", router, name, a, b)
			}
		}
		if got["token_type"] != "Bearer" || len(got) != 11 {
			t.Errorf("%s: got %v", router, got)
		}
	}
}

// TestATK199IntrospectionIsNotKept is ATK-199: no answer is kept.
func TestATK199IntrospectionIsNotKept(t *testing.T) {
	t.Parallel()
	e := newEndpoints(t)
	g := e.aliceBy("chi", "phone")
	for router := range e.routers {
		for _, token := range []string{g.Access, "x"} {
			h := e.ask(router, form("/auth/introspect", "token="+token, e.basic("gateway"))).Header()
			if h.Get("Cache-Control") != "no-store" || h.Get("ETag") != "" || h.Get("Last-Modified") != "" || h.Get("Expires") != "" {
				t.Errorf("%s: got the headers %v", router, h)
			}
		}
	}
	e.revokes("chi", revocation("phone", g.Access, ""))
	if e.active(g.Access) {
		t.Error("active past its revocation")
	}
}
