package interop_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	ginjwt "github.com/appleboy/gin-jwt/v3"
	jwtmiddleware "github.com/auth0/go-jwt-middleware/v3"
	"github.com/auth0/go-jwt-middleware/v3/jwks"
	"github.com/auth0/go-jwt-middleware/v3/validator"
	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/go-chi/jwtauth/v5"
	"github.com/golang-jwt/jwt/v5"
	echojwt "github.com/labstack/echo-jwt/v4"
	"github.com/labstack/echo/v4"
	"github.com/lestrrat-go/jwx/v2/jwk"
	jwx2jwt "github.com/lestrrat-go/jwx/v2/jwt"
)

// requests sends a token to a service whose handler answers with the subject.
func requests(t *testing.T, h http.Handler) func(string) (string, error) {
	t.Helper()
	return func(token string) (string, error) {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
		r.Header.Set("Authorization", "Bearer "+token)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			return "", errors.New(w.Result().Status + ": " + w.Body.String())
		}
		return w.Body.String(), nil
	}
}

// jwtauthAccept has one key: jwtauth knows no key sets.
func jwtauthAccept(t *testing.T, f *fixture) func(string) (string, error) {
	t.Helper()
	var public any
	if !f.shared() {
		set := must[jwk.Set](t)(jwk.Fetch(t.Context(), f.jwks))
		key, ok := set.LookupKeyID(f.keyID())
		if !ok {
			t.Fatal("the key is not in the key set")
		}
		public = key
	}
	auth := jwtauth.New(string(f.alg), f.private, public, jwx2jwt.WithIssuer(issuer), jwx2jwt.WithAudience(audience))
	r := chi.NewRouter()
	r.Use(jwtauth.Verifier(auth), jwtauth.Authenticator(auth))
	r.Get("/", func(w http.ResponseWriter, r *http.Request) {
		token, _, _ := jwtauth.FromContext(r.Context())
		_, _ = w.Write([]byte(token.Subject()))
	})
	return requests(t, r)
}

func echoJWTAccept(t *testing.T, f *fixture) func(string) (string, error) {
	t.Helper()
	config := echojwt.Config{KeyFunc: keyfunc(t, f)}
	if f.shared() {
		config = echojwt.Config{SigningKey: f.private}
	}
	e := echo.New()
	e.Use(echojwt.WithConfig(config))
	e.GET("/", func(c echo.Context) error {
		token, _ := c.Get("user").(*jwt.Token)
		sub, err := token.Claims.GetSubject()
		if err != nil {
			return err
		}
		return c.String(http.StatusOK, sub)
	})
	return requests(t, e)
}

func ginJWTAccept(t *testing.T, f *fixture) func(string) (string, error) {
	t.Helper()
	m := &ginjwt.GinJWTMiddleware{
		Realm: "orders", IdentityKey: "sub", SigningAlgorithm: string(f.alg),
		ParseOptions: []jwt.ParserOption{jwt.WithIssuer(issuer), jwt.WithAudience(audience)},
	}
	if secret, ok := f.private.([]byte); ok {
		m.Key = secret
	} else {
		m.KeyFunc = keyfunc(t, f)
	}
	m = must[*ginjwt.GinJWTMiddleware](t)(ginjwt.New(m))
	gin.SetMode(gin.ReleaseMode)
	e := gin.New()
	e.Use(m.MiddlewareFunc())
	e.GET("/", func(c *gin.Context) {
		sub, _ := ginjwt.ExtractClaims(c)["sub"].(string)
		c.String(http.StatusOK, sub)
	})
	return requests(t, e)
}

// auth0Accept fetches the key set itself.
func auth0Accept(t *testing.T, f *fixture) func(string) (string, error) {
	t.Helper()
	key := func(context.Context) (any, error) { return f.public, nil }
	if !f.shared() {
		iss, at := must[*url.URL](t)(url.Parse(issuer)), must[*url.URL](t)(url.Parse(f.jwks))
		key = must[*jwks.CachingProvider](t)(jwks.NewCachingProvider(jwks.WithIssuerURL(iss), jwks.WithCustomJWKSURI(at))).KeyFunc
	}
	v := must[*validator.Validator](t)(validator.New(
		validator.WithKeyFunc(key), validator.WithAlgorithm(validator.SignatureAlgorithm(f.alg)),
		validator.WithIssuer(issuer), validator.WithAudience(audience),
	))
	m := must[*jwtmiddleware.JWTMiddleware](t)(jwtmiddleware.New(jwtmiddleware.WithValidator(v)))
	return requests(t, m.CheckJWT(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		claims, err := jwtmiddleware.GetClaims[*validator.ValidatedClaims](r.Context())
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		_, _ = w.Write([]byte(claims.RegisteredClaims.Subject))
	})))
}
