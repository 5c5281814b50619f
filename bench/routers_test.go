package bench_test

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/labstack/echo/v4"
	echo5 "github.com/labstack/echo/v5"
	echomiddleware "github.com/oapi-codegen/echo-middleware"
	ginmiddleware "github.com/oapi-codegen/gin-middleware"
	nethttpmiddleware "github.com/oapi-codegen/nethttp-middleware"

	"github.com/authsdk/authsdk-go/adapters/authchi"
	"github.com/authsdk/authsdk-go/adapters/authecho"
	"github.com/authsdk/authsdk-go/adapters/authecho4"
	"github.com/authsdk/authsdk-go/adapters/authgin"
	"github.com/authsdk/authsdk-go/adapters/authhttp"
	"github.com/authsdk/authsdk-go/adapters/guard"
	"github.com/authsdk/authsdk-go/authsdk/security"
)

// The variants.
const (
	plain    = "plain"    // the router alone
	table    = "table"    // with our guard
	official = "official" // with the validation middleware of oapi-codegen
)

// router builds the routes of the document into a router.
type router struct {
	name     string
	variants []string
	build    func(t testing.TB, variant string) http.Handler
}

// routers are those that have an adapter. There is no official middleware for
// Echo v5: the one there is, is for Echo v4. The one for net/http serves chi.
func routers() []router {
	gin.SetMode(gin.ReleaseMode)
	all := []string{plain, table, official}
	return []router{
		{"nethttp", all, buildNetHTTP},
		{"chi", all, buildChi},
		{"gin", all, buildGin},
		{"echo4", all, buildEcho4},
		{"echo5", []string{plain, table}, buildEcho5},
	}
}

func buildNetHTTP(t testing.TB, variant string) http.Handler {
	t.Helper()
	mux := http.NewServeMux()
	for i := range resources {
		mux.HandleFunc("GET "+resource(i), handle)
		mux.HandleFunc("POST "+resource(i), handle)
		mux.HandleFunc("GET "+resource(i)+"/{id}", handle)
	}
	switch variant {
	case table:
		return authhttp.Protect(validator(t), guard.Options{})(mux)
	case official:
		return officialNetHTTP(t)(mux)
	}
	return mux
}

func buildChi(t testing.TB, variant string) http.Handler {
	t.Helper()
	r := chi.NewRouter()
	switch variant {
	case table:
		r.Use(authchi.Protect(validator(t), guard.Options{}))
	case official:
		r.Use(officialNetHTTP(t))
	}
	for i := range resources {
		r.Get(resource(i), handle)
		r.Post(resource(i), handle)
		r.Get(resource(i)+"/{id}", handle)
	}
	return r
}

func buildGin(t testing.TB, variant string) http.Handler {
	t.Helper()
	e := gin.New()
	switch variant {
	case table:
		e.Use(authgin.Protect(validator(t), guard.Options{}))
	case official:
		e.Use(ginmiddleware.OapiRequestValidatorWithOptions(document(t), &ginmiddleware.Options{Options: filter()}))
	}
	h := func(c *gin.Context) { handle(c.Writer, c.Request) }
	for i := range resources {
		e.GET(resource(i), h)
		e.POST(resource(i), h)
		e.GET(resource(i)+"/:id", h)
	}
	return e
}

func buildEcho4(t testing.TB, variant string) http.Handler {
	t.Helper()
	e := echo.New()
	switch variant {
	case table:
		e.Use(authecho4.Protect(validator(t), guard.Options{}))
	case official:
		e.Use(echomiddleware.OapiRequestValidatorWithOptions(document(t), &echomiddleware.Options{Options: filter()}))
	}
	h := func(c echo.Context) error { handle(c.Response(), c.Request()); return nil }
	for i := range resources {
		e.GET(resource(i), h)
		e.POST(resource(i), h)
		e.GET(resource(i)+"/:id", h)
	}
	return e
}

func buildEcho5(t testing.TB, variant string) http.Handler {
	t.Helper()
	e := echo5.New()
	if variant == table {
		e.Use(authecho.Protect(validator(t), guard.Options{}))
	}
	h := func(c *echo5.Context) error { handle(c.Response(), c.Request()); return nil }
	for i := range resources {
		e.GET(resource(i), h)
		e.POST(resource(i), h)
		e.GET(resource(i)+"/:id", h)
	}
	return e
}

func officialNetHTTP(t testing.TB) func(http.Handler) http.Handler {
	t.Helper()
	return nethttpmiddleware.OapiRequestValidatorWithOptions(document(t), &nethttpmiddleware.Options{Options: filter()})
}

// handle is the handler of every operation. Its status tells whether it knows
// the caller.
func handle(w http.ResponseWriter, r *http.Request) {
	_, _ = io.Copy(io.Discard, r.Body)
	status := http.StatusNoContent
	if _, ok := security.PrincipalFrom(r.Context()); ok {
		status = http.StatusAccepted
	}
	w.WriteHeader(status)
}

// What both guards do with a token is next to nothing: checking one costs the
// same behind either of them, and is measured elsewhere.
const token = "token-of-alice"

var alice = &security.Principal{Subject: "alice", Scopes: []string{"read", "write"}}

// authenticate is our side of it. The scopes are compared by the guard.
func authenticate(_ context.Context, c *security.Credential) (*security.Principal, error) {
	if c.Value != token {
		return nil, security.ErrInvalidCredential
	}
	return alice, nil
}

// filter is the other side of it: find the token, compare it and the scopes,
// and hand the caller to the handler.
func filter() openapi3filter.Options {
	return openapi3filter.Options{AuthenticationFunc: func(_ context.Context, in *openapi3filter.AuthenticationInput) error {
		r := in.RequestValidationInput.Request
		scheme, value, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if !strings.EqualFold(scheme, "Bearer") || value != token {
			return security.ErrInvalidCredential
		}
		for _, scope := range in.Scopes {
			if !slices.Contains(alice.Scopes, scope) {
				return security.ErrInvalidCredential
			}
		}
		*r = *r.WithContext(security.WithPrincipal(r.Context(), alice)) // there is no other way to the handler
		return nil
	}}
}
