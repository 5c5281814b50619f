package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/flaskcompat"
)

// request is the body of a login: who, and what the functions of
// Flask-JWT-Extended that make tokens and cookies take besides.
type request struct {
	Username  any             `json:"username"`
	Password  any             `json:"password"`
	Identity  json.RawMessage `json:"identity"`
	Fresh     json.RawMessage `json:"fresh"`
	FreshFor  *float64        `json:"fresh_for"`
	ExpiresIn json.RawMessage `json:"expires_in"` // seconds, or false
	Claims    map[string]any  `json:"claims"`
	Headers   map[string]any  `json:"headers"`

	CSRFInBody bool     `json:"csrf_in_body"`
	MaxAge     *float64 `json:"max_age"`
	Domain     *string  `json:"domain"`
}

func (a *app) loginRoutes() {
	a.route("POST", "/login", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, access, refreshToken, ok := a.login(w, r); ok {
			reply(w, http.StatusOK, map[string]any{"access_token": access, "refresh_token": refreshToken})
		}
	}))
	a.route("POST", "/refresh", a.required(authsdk.Policy{Types: refreshOnly()}, func(w http.ResponseWriter, r *http.Request) {
		_, identity, _ := a.caller(r)
		access, err := a.manager.CreateAccessToken(r.Context(), identity, flaskcompat.TokenOptions{})
		if err != nil {
			a.manager.Verifier().Refuse(w, r, err)
			return
		}
		reply(w, http.StatusOK, map[string]any{"access_token": access})
	}))
	for path, t := range map[string]struct {
		policy authsdk.Policy
		msg    string
	}{
		"/logout":         {authsdk.Policy{Types: anyType()}, ""},
		"/logout-access":  {authsdk.Policy{}, "Access token revoked"},
		"/logout-refresh": {authsdk.Policy{Types: refreshOnly()}, "Refresh token revoked"},
	} {
		a.route("DELETE", path, a.required(t.policy, func(w http.ResponseWriter, r *http.Request) {
			c, _ := authsdk.ClaimsFrom(r.Context())
			a.blocked.add(c.ID)
			msg := t.msg
			if msg == "" {
				msg = capitalized(fmt.Sprint(claimsOf(c)["type"])) + " token successfully revoked"
			}
			reply(w, http.StatusOK, map[string]any{"msg": msg})
		}))
	}
}

// capitalized begins with a capital and has no other.
func capitalized(s string) string {
	_, size := utf8.DecodeRuneInString(s)
	return strings.ToUpper(s[:size]) + strings.ToLower(s[size:])
}

// login checks a login and makes both tokens, or writes the refusal.
func (a *app) login(w http.ResponseWriter, r *http.Request) (in request, access, refreshToken string, ok bool) {
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<16)).Decode(&in)
	if err != nil || media != "application/json" {
		in = request{} // who sends nothing that can be read is nobody
	}
	identity, ok := a.identify(&in)
	if !ok {
		reply(w, http.StatusUnauthorized, map[string]any{"msg": "Bad username or password"})
		return in, "", "", false
	}
	forAccess, forRefresh, err := options(&in)
	if err == nil {
		access, err = a.manager.CreateAccessToken(r.Context(), identity, forAccess)
	}
	if err == nil {
		refreshToken, err = a.manager.CreateRefreshToken(r.Context(), identity, forRefresh)
	}
	if err != nil {
		reply(w, http.StatusUnprocessableEntity, map[string]any{"msg": err.Error()})
		return in, "", "", false
	}
	return in, access, refreshToken, true
}

// identify returns who logs in: whoever the body names as identity, or the user
// whose password it has.
func (a *app) identify(in *request) (identity any, ok bool) {
	if in.Identity != nil {
		return identity, json.Unmarshal(in.Identity, &identity) == nil
	}
	name, _ := in.Username.(string)
	user := a.users[name]
	if user == nil || user.password != in.Password {
		return nil, false
	}
	return user.name, true
}

// options returns what the tokens are made with.
func options(in *request) (access, refreshToken flaskcompat.TokenOptions, err error) {
	o := flaskcompat.TokenOptions{Claims: in.Claims, Headers: in.Headers}
	var lifetime any
	if in.ExpiresIn != nil {
		_ = json.Unmarshal(in.ExpiresIn, &lifetime) // it is part of a body that was read
	}
	switch lifetime := lifetime.(type) {
	case nil:
	case bool:
		o.InsecureNoExpiry = !lifetime
	case float64:
		if lifetime == 0 {
			return o, o, errors.New("expires_in must not be zero: false makes tokens without an end")
		}
		o.ExpiresIn = time.Duration(lifetime * float64(time.Second))
	default:
		return o, o, errors.New("expires_in must be a number of seconds, or false")
	}
	access, refreshToken = o, o
	switch {
	case in.FreshFor != nil:
		// Fresh for no time at all is something else than not fresh.
		access.FreshFor = cmp.Or(time.Duration(*in.FreshFor*float64(time.Second)), time.Nanosecond)
	case in.Fresh != nil: // whatever it is, the claim has it
		access.Claims = map[string]any{"fresh": in.Fresh}
		maps.Copy(access.Claims, in.Claims)
	}
	return access, refreshToken, nil
}
