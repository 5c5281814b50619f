package main

import (
	"net/http"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/flaskcompat"
)

// profile is a configuration of Flask-JWT-Extended, in its options and in the
// callbacks that are registered.
type profile struct {
	name string
	cfg  flaskcompat.Config

	blocklist, roles, users, verify, errors, kid bool
}

// profiles has, beside each, what Flask calls it.
func profiles() []profile {
	cookies := []string{"cookies"}
	return []profile{
		{name: "headers"},
		{
			name: "main", blocklist: true, roles: true,
			cfg: flaskcompat.Config{Locations: []string{"headers", "cookies", "query_string", "json"}}, // JWT_TOKEN_LOCATION
		},
		{name: "custom_header", cfg: flaskcompat.Config{HeaderName: "X-Auth", HeaderType: "JWT"}}, // JWT_HEADER_NAME, JWT_HEADER_TYPE
		{name: "bare_header", cfg: flaskcompat.Config{BareHeader: true}},                          // JWT_HEADER_TYPE is empty
		{name: "cookies", blocklist: true, cfg: flaskcompat.Config{Locations: cookies}},
		{name: "cookies_form", cfg: flaskcompat.Config{Locations: cookies, Cookies: flaskcompat.CookieConfig{
			CSRFForm: true,                                                                   // JWT_CSRF_CHECK_FORM
			Access:   authsdk.CookieNames{CSRFHeader: "X-ACCESS-CSRF", CSRFField: "csrf_a"},  // JWT_ACCESS_CSRF_HEADER_NAME, …_FIELD_NAME
			Refresh:  authsdk.CookieNames{CSRFHeader: "X-REFRESH-CSRF", CSRFField: "csrf_r"}, // JWT_REFRESH_CSRF_…
		}}},
		{name: "cookies_hardened", cfg: flaskcompat.Config{Locations: cookies, Cookies: flaskcompat.CookieConfig{
			Domain:   "example.com",           // JWT_COOKIE_DOMAIN
			SameSite: http.SameSiteStrictMode, // JWT_COOKIE_SAMESITE
			Lasting:  true,                    // JWT_SESSION_COOKIE is False
			Access:   authsdk.CookieNames{Name: "acc", Path: "/api", CSRFName: "acc_csrf", CSRFPath: "/a"},
			Refresh:  authsdk.CookieNames{Name: "ref", Path: "/auth/refresh", CSRFName: "ref_csrf", CSRFPath: "/r"},
		}}},
		{name: "cookies_nocsrf", cfg: flaskcompat.Config{Locations: cookies, Cookies: flaskcompat.CookieConfig{
			InsecureNoCSRF: true, // JWT_COOKIE_CSRF_PROTECT is False
		}}},
		{name: "cookies_csrf_body", cfg: flaskcompat.Config{Locations: cookies, Cookies: flaskcompat.CookieConfig{
			CSRFInBody: true, // JWT_CSRF_IN_COOKIES is False
		}}},
		{name: "cookies_csrf_get", cfg: flaskcompat.Config{Locations: cookies, Cookies: flaskcompat.CookieConfig{
			InsecureCSRFMethods: []string{http.MethodGet}, // JWT_CSRF_METHODS
		}}},
		{name: "cookies_headers", cfg: flaskcompat.Config{Locations: []string{"cookies", "headers"}}},
		{name: "query", cfg: flaskcompat.Config{
			Locations: []string{"query_string"}, QueryName: "token", QueryPrefix: "Bearer ", // JWT_QUERY_STRING_NAME, …_VALUE_PREFIX
		}},
		{name: "json", cfg: flaskcompat.Config{Locations: []string{"json"}}},
		{name: "json_query", cfg: flaskcompat.Config{
			Locations: []string{"json", "query_string"}, JSONKey: "tok", RefreshJSONKey: "rtok", // JWT_JSON_KEY, JWT_REFRESH_JSON_KEY
		}},
		{name: "aud_iss", cfg: flaskcompat.Config{
			EncodeAudience: []string{"api", "web"}, DecodeAudience: []string{"api"}, // JWT_ENCODE_AUDIENCE, JWT_DECODE_AUDIENCE
			EncodeIssuer: "ref", DecodeIssuer: []string{"ref"}, // JWT_ENCODE_ISSUER, JWT_DECODE_ISSUER
			Leeway: 10 * time.Second, // JWT_DECODE_LEEWAY
		}},
		{name: "lax", cfg: flaskcompat.Config{
			InsecureAnySubject:      true, // JWT_VERIFY_SUB is False
			OmitNotBefore:           true, // JWT_ENCODE_NBF is False
			InsecureNoAccessExpiry:  true, // JWT_ACCESS_TOKEN_EXPIRES is False
			InsecureNoRefreshExpiry: true, // JWT_REFRESH_TOKEN_EXPIRES is 0, which says it by accident
		}},
		{name: "users", users: true},
		{name: "verify", verify: true},
		{name: "errkey", blocklist: true, verify: true, cfg: flaskcompat.Config{MessageKey: "message"}}, // JWT_ERROR_MESSAGE_KEY
		{name: "custom_errors", blocklist: true, verify: true, users: true, errors: true},
		{name: "identity_claim", cfg: flaskcompat.Config{IdentityClaim: "uid", AccessExpires: time.Minute}}, // JWT_IDENTITY_CLAIM
		{name: "kid", kid: true},
		{name: "hs512", cfg: flaskcompat.Config{
			Algorithm: "HS512", DecodeAlgorithms: []string{"HS256"}, // JWT_ALGORITHM, JWT_DECODE_ALGORITHMS
			InsecureShortSecret: true, // 54 bytes, where HS512 wants 64
		}},
	}
}
