package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"slices"
	"strings"

	"github.com/authsdk/authsdk-go/adapters/authhttp"
	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/flaskcompat"
	"github.com/authsdk/authsdk-go/authsdk/security"
)

// app is the application of one profile.
type app struct {
	*http.ServeMux

	manager  *flaskcompat.Manager
	identity string // the name of the identity claim
	users    map[string]*account
	blocked  *blocklist
	lookup   bool // users are loaded
}

func newApp(p profile, secret []byte) (*app, error) {
	a := &app{
		ServeMux: http.NewServeMux(), users: accounts(), lookup: p.users,
		blocked: &blocklist{jtis: map[string]bool{}}, identity: p.cfg.IdentityClaim,
	}
	if a.identity == "" {
		a.identity = "sub"
	}
	p.cfg.Secret = secret
	p.cfg.Cookies.InsecureHTTP = p.name != "cookies_hardened" // JWT_COOKIE_SECURE is off in all others
	p.cfg.OnError = func(_ *http.Request, err error) { log.Printf("%s: %v", p.name, err) }
	a.callbacks(&p)
	var err error
	if a.manager, err = flaskcompat.New(p.cfg); err != nil {
		return nil, fmt.Errorf("profile %s: %w", p.name, err)
	}
	a.routes()
	a.loginRoutes()
	a.cookieRoutes()
	return a, nil
}

// route adds a handler for some methods. As in Flask OPTIONS is answered by
// itself where the handler does not.
func (a *app) route(methods, path string, h http.Handler) {
	allowed := strings.Fields(methods)
	for _, method := range allowed {
		a.Handle(method+" "+path, h)
	}
	if !slices.Contains(allowed, http.MethodOptions) {
		a.HandleFunc("OPTIONS "+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Allow", strings.Join(append(allowed, "OPTIONS"), ", "))
		})
	}
}

// required is jwt_required(…).
func (a *app) required(p authsdk.Policy, h http.HandlerFunc) http.Handler {
	return authhttp.Require(a.manager.Verifier(), p)(h)
}

// refreshOnly is refresh=True of jwt_required, and anyType verify_type=False.
func refreshOnly() []authsdk.TokenType { return []authsdk.TokenType{authsdk.Refresh} }
func anyType() []authsdk.TokenType     { return []authsdk.TokenType{authsdk.AnyType} }

func (a *app) routes() {
	const both = "GET POST"
	a.route("GET POST PUT PATCH DELETE", "/protected", a.required(authsdk.Policy{}, a.info))
	for path, p := range map[string]authsdk.Policy{
		"/optional":         {Optional: true},
		"/fresh":            {Fresh: true},
		"/refresh-only":     {Types: refreshOnly()},
		"/refresh-fresh":    {Types: refreshOnly(), Fresh: true},
		"/any-type":         {Types: anyType()},
		"/any-type-fresh":   {Types: anyType(), Fresh: true},
		"/optional-fresh":   {Optional: true, Fresh: true},
		"/optional-refresh": {Optional: true, Types: refreshOnly()},
		"/skip-revocation":  {Types: anyType(), SkipRevocation: true},
	} {
		a.route(both, path, a.required(p, a.info))
	}
	for path, names := range map[string][]string{ // locations=[…]
		"/loc/headers": {"headers"}, "/loc/cookies": {"cookies"}, "/loc/query": {"query_string"}, "/loc/json": {"json"},
		"/loc/none": {}, "/loc/bogus": {"bogus"},
		"/loc/headers-cookies": {"headers", "cookies"}, "/loc/cookies-headers": {"cookies", "headers"},
		"/loc/refresh-cookies": {"cookies"}, "/loc/refresh-json": {"json"},
	} {
		a.route(both, path, a.located(path, names))
	}
	a.route(both, "/claims", a.required(authsdk.Policy{Types: anyType()}, func(w http.ResponseWriter, r *http.Request) {
		c, _ := authsdk.ClaimsFrom(r.Context())
		reply(w, http.StatusOK, map[string]any{"header": c.Header, "claims": c.Raw})
	}))
	a.route("GET", "/optional-getters", a.required(authsdk.Policy{Optional: true}, a.getters))
	a.route("GET", "/public", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		reply(w, http.StatusOK, map[string]any{"hello": "world"})
	}))
	a.route("GET", "/verify-inline", http.HandlerFunc(a.inline))
	ok := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, "ok")
	}
	a.route("GET OPTIONS", "/preflight", a.required(authsdk.Policy{}, ok))
	a.route("GET OPTIONS", "/preflight-fresh", a.required(authsdk.Policy{Fresh: true}, ok))
	a.route("GET OPTIONS", "/preflight-refresh", a.required(authsdk.Policy{Types: refreshOnly()}, ok))
	a.route("GET", "/admin", a.required(authsdk.Policy{}, admin))
	a.route("GET", "/me", a.required(authsdk.Policy{}, me))
}

// located is jwt_required(locations=names). What Flask finds out with the first
// request is known here when the route is made.
func (a *app) located(path string, names []string) http.Handler {
	locations, err := a.manager.Locations(names...)
	if err != nil {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		})
	}
	p := authsdk.Policy{Locations: locations}
	if strings.HasPrefix(path, "/loc/refresh-") {
		p.Types = refreshOnly()
	}
	return a.required(p, a.info)
}

// caller returns what get_jwt, get_jwt_identity and get_jwt_request_location do.
func (a *app) caller(r *http.Request) (claims map[string]any, identity, location any) {
	claims = map[string]any{}
	p, found := security.PrincipalFrom(r.Context())
	if !found {
		return claims, nil, nil
	}
	c, _ := authsdk.ClaimsFrom(r.Context())
	claims = claimsOf(c)
	return claims, claims[a.identity], p.Location
}

func (a *app) info(w http.ResponseWriter, r *http.Request) {
	claims, identity, location := a.caller(r)
	reply(w, http.StatusOK, map[string]any{
		"identity": identity, "location": location, "type": claims["type"], "fresh": claims["fresh"],
	})
}

func (a *app) getters(w http.ResponseWriter, r *http.Request) {
	claims, identity, location := a.caller(r)
	header := json.RawMessage("{}")
	if c, ok := authsdk.ClaimsFrom(r.Context()); ok {
		header = c.Header
	}
	reply(w, http.StatusOK, map[string]any{"jwt": claims, "header": header, "identity": identity, "location": location})
}

// inline is verify_jwt_in_request(optional=True).
func (a *app) inline(w http.ResponseWriter, r *http.Request) {
	c, err := a.manager.Verifier().Authenticate(r, authsdk.Policy{Optional: true})
	if err != nil {
		a.manager.Verifier().Refuse(w, r, err)
		return
	}
	var sub any
	if c != nil {
		sub = claimsOf(c)["sub"]
	}
	reply(w, http.StatusOK, map[string]any{"verified": c != nil, "sub": sub})
}

// claimsOf is get_jwt: all claims, numbers as they were written.
func claimsOf(c *authsdk.Claims) (claims map[string]any) {
	dec := json.NewDecoder(bytes.NewReader(c.Raw))
	dec.UseNumber()
	_ = dec.Decode(&claims) // it was verified
	return claims
}

func admin(w http.ResponseWriter, r *http.Request) {
	c, _ := authsdk.ClaimsFrom(r.Context())
	if !slices.Contains(c.Roles, "admin") {
		reply(w, http.StatusForbidden, map[string]any{"msg": "Admins only!"})
		return
	}
	reply(w, http.StatusOK, map[string]any{"secret_message": "go banana!", "roles": c.Roles})
}

func me(w http.ResponseWriter, r *http.Request) {
	user, err := authsdk.User[*account](r.Context())
	if err != nil { // users are not loaded in this profile: a mistake of the program
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	reply(w, http.StatusOK, map[string]any{"username": user.name, "full_name": user.fullName})
}

// reply writes JSON.
func reply(w http.ResponseWriter, status int, body map[string]any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(body); err != nil {
		log.Print(err) // the caller has gone
	}
}
