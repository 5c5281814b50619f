package main

import (
	"net/http"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/flaskcompat"
)

func (a *app) cookieRoutes() {
	a.route("POST", "/cookie/login", http.HandlerFunc(a.cookieLogin))
	a.route("POST", "/cookie/refresh", a.required(authsdk.Policy{Types: refreshOnly()}, func(w http.ResponseWriter, r *http.Request) {
		_, identity, _ := a.caller(r)
		access, err := a.manager.CreateAccessToken(r.Context(), identity, flaskcompat.TokenOptions{})
		if err == nil {
			err = a.manager.SetAccessCookies(r.Context(), w, access, flaskcompat.CookieOptions{})
		}
		if err != nil {
			a.manager.Verifier().Refuse(w, r, err)
			return
		}
		reply(w, http.StatusOK, map[string]any{"msg": "token refreshed"})
	}))
	for path, types := range map[string][]authsdk.TokenType{
		"/cookie/logout":         {},                // unset_jwt_cookies
		"/cookie/logout-access":  {authsdk.Access},  // unset_access_cookies
		"/cookie/logout-refresh": {authsdk.Refresh}, // unset_refresh_cookies
	} {
		a.route("POST", path, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			var o flaskcompat.CookieOptions
			if domain := r.URL.Query().Get("domain"); domain != "" {
				o.Domain = &domain
			}
			a.manager.UnsetCookies(w, o, types...)
			reply(w, http.StatusOK, map[string]any{"msg": "logout successful"})
		}))
	}
	a.route("DELETE", "/cookie/revoke", a.required(authsdk.Policy{}, func(w http.ResponseWriter, r *http.Request) {
		c, _ := authsdk.ClaimsFrom(r.Context())
		a.blocked.add(c.ID)
		a.manager.UnsetCookies(w, flaskcompat.CookieOptions{})
		reply(w, http.StatusOK, map[string]any{"msg": "revoked"})
	}))
}

func (a *app) cookieLogin(w http.ResponseWriter, r *http.Request) {
	in, access, refreshToken, ok := a.login(w, r)
	if !ok {
		return
	}
	body := map[string]any{"msg": "login successful"}
	if in.CSRFInBody {
		for name, token := range map[string]string{"csrf_access": access, "csrf_refresh": refreshToken} {
			c, err := a.manager.Decode(r.Context(), token, flaskcompat.DecodeOptions{}) // get_csrf_token
			if err != nil {
				a.manager.Verifier().Refuse(w, r, err)
				return
			}
			body[name] = c.CSRF
		}
	}
	o := flaskcompat.CookieOptions{Domain: in.Domain}
	if in.MaxAge != nil {
		o.MaxAge = new(time.Duration(*in.MaxAge * float64(time.Second)))
	}
	err := a.manager.SetAccessCookies(r.Context(), w, access, o)
	if err == nil {
		err = a.manager.SetRefreshCookies(r.Context(), w, refreshToken, o)
	}
	if err != nil {
		a.manager.Verifier().Refuse(w, r, err)
		return
	}
	reply(w, http.StatusOK, body)
}
