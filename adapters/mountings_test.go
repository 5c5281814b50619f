package adapters_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/gin-gonic/gin"
	"github.com/go-chi/chi/v5"
	"github.com/labstack/echo/v4"
	echo5 "github.com/labstack/echo/v5"

	"github.com/authsdk/authsdk-go/adapters/authchi"
	"github.com/authsdk/authsdk-go/adapters/authecho"
	"github.com/authsdk/authsdk-go/adapters/authecho4"
	"github.com/authsdk/authsdk-go/adapters/authgin"
	"github.com/authsdk/authsdk-go/adapters/authhttp"
	"github.com/authsdk/authsdk-go/adapters/guard"
	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/openapi"
	"github.com/authsdk/authsdk-go/authsdk/security"
	"github.com/authsdk/authsdk-go/examples/orders/orders"
	"github.com/authsdk/authsdk-go/gen/api"
)

const (
	issuerName = "https://auth.example"
	secret     = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_"
	partnerKey = "partner-key-of-acme"
)

var start = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// world is what stands behind every mounting: keys, a verifier, cookies.
type world struct {
	issuer   *authsdk.Issuer
	verifier *authsdk.Verifier
	cookies  *authsdk.Cookies
}

func must[T any](t testing.TB) func(v T, err error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func newWorld(t testing.TB) *world {
	t.Helper()
	clock := func() time.Time { return start }
	key := must[*authsdk.Key](t)(authsdk.NewSecretKey(authsdk.HS256, []byte(secret)))
	keys := must[*authsdk.KeySet](t)(authsdk.NewKeySet(key))
	return &world{
		issuer:   must[*authsdk.Issuer](t)(authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: issuerName, Keys: keys, Now: clock})),
		verifier: must[*authsdk.Verifier](t)(authsdk.NewVerifier(authsdk.VerifierConfig{Issuer: issuerName, Keys: keys, Now: clock})),
		cookies:  must[*authsdk.Cookies](t)(authsdk.NewCookies(authsdk.CookieConfig{Now: clock})),
	}
}

func (w *world) token(t testing.TB, c authsdk.Claims) string {
	t.Helper()
	c.ID = "0123456789abcdef"
	return must[string](t)(w.issuer.Issue(t.Context(), c, nil))
}

// authenticators are those of the orders document and of the SDK's own.
func (w *world) authenticators() map[string]security.Authenticator {
	bearer := w.verifier.Authenticator(authsdk.Policy{})
	cookie := w.cookies.Authenticator(w.verifier, authsdk.Policy{})
	return map[string]security.Authenticator{
		"oauth": bearer, "session": cookie, "csrf": w.cookies.CSRFAuthenticator(), "partnerKey": partner,
		"accessToken": bearer, "refreshToken": bearer, "accessCookie": cookie, "refreshCookie": cookie, "csrfToken": w.cookies.CSRFAuthenticator(),
		"clientBasic": service,
	}
}

// validator is a validator of the merged documents: by the tables that were
// generated, or by reading the orders document at start-up.
func (w *world) validator(t testing.TB, startup bool) *security.Validator {
	t.Helper()
	table := orders.SecurityTable()
	if startup {
		doc := must[*openapi3.T](t)(openapi.LoadFile("../examples/orders/orders/openapi.yaml"))
		table = must[*security.Table](t)(openapi.Table(doc))
	}
	return must[*security.Validator](t)(security.New(must[*security.Table](t)(security.Merge(table, api.SecurityTable())), w.authenticators()))
}

// route is a handler of the orders API, as every router takes it in its way.
type route struct {
	method, path string // of the document
	handle       func(w http.ResponseWriter, r *http.Request, id string)
}

func routes() []route {
	answer := func(operation string, status int) func(http.ResponseWriter, *http.Request, string) {
		return func(w http.ResponseWriter, r *http.Request, id string) {
			if id != "" {
				if _, err := strconv.Atoi(id); err != nil {
					http.Error(w, "bad id", http.StatusBadRequest)
					return
				}
			}
			subject := "anybody"
			if p, ok := security.PrincipalFrom(r.Context()); ok {
				subject = p.Subject
			}
			n, _ := io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", "text/plain")
			w.Header().Set("Reached", operation)
			w.WriteHeader(status)
			_, _ = fmt.Fprintf(w, "%s %s by %s, %d bytes\n", operation, id, subject, n)
		}
	}
	return []route{
		{"GET", "/catalog", answer("listCatalog", 200)},
		{"GET", "/recommendations", answer("listRecommendations", 200)},
		{"GET", "/me", answer("whoAmI", 200)},
		{"GET", "/orders", answer("listOrders", 200)},
		{"POST", "/orders", answer("createOrder", 201)},
		{"GET", "/orders/{order_id}", answer("getOrder", 200)},
		{"DELETE", "/orders/{order_id}", answer("deleteOrder", 200)},
		{"POST", "/orders/{order_id}/refund", answer("refundOrder", 200)},
		{"GET", "/export", answer("exportOrders", 200)},
		{"GET", "/rogue", answer("rogue", 200)}, // in no document
	}
}

// colon writes a path as Gin and Echo do.
func colon(path string) string {
	return strings.ReplaceAll(strings.ReplaceAll(path, "{", ":"), "}", "")
}

// mounting is one way of putting guard and handlers into a router.
type mounting struct {
	name string
	base string // in front of every path
	// bare mountings let the router answer by itself where it has no route.
	bare  bool
	build func(v *security.Validator, s api.StrictServerInterface, rs []route, o guard.Options) http.Handler
}

func mountings() []mounting {
	gin.SetMode(gin.ReleaseMode)
	var all []mounting
	for _, base := range []string{"", "/api/v1"} {
		all = append(all,
			mounting{"net/http around the mux", base, false, netHTTP},
			mounting{"net/http around the handlers", base, true, netHTTPInside},
			mounting{"chi Use", base, false, chiUse},
			mounting{"chi group", base, true, chiGroup},
			mounting{"chi With", base, true, chiWith},
			mounting{"gin Use", base, false, ginUse},
			mounting{"gin group", base, true, ginGroup},
			mounting{"echo Use", base, false, echoUse},
			mounting{"echo group", base, true, echoGroup},
			mounting{"echo v4 Use", base, false, echo4Use},
			mounting{"echo v4 group", base, true, echo4Group},
		)
	}
	return append(all,
		mounting{"chi Route", "/api/v1", true, chiRoute},
		mounting{"chi Mount", "/api/v1", true, chiMount},
		mounting{"net/http sub-mux", "/api/v1", true, netHTTPSub},
	)
}

func addNetHTTP(mux *http.ServeMux, rs []route, base string, wrap func(http.Handler) http.Handler) {
	for _, r := range rs {
		mux.Handle(r.method+" "+base+r.path, wrap(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
			r.handle(w, req, req.PathValue("order_id"))
		})))
	}
}

func plain(h http.Handler) http.Handler { return h }

func netHTTP(v *security.Validator, s api.StrictServerInterface, rs []route, o guard.Options) http.Handler {
	mux := http.NewServeMux()
	addNetHTTP(mux, rs, o.BasePath, plain)
	if s != nil {
		authhttp.Mount(mux, s, o)
	}
	return authhttp.Protect(v, o)(mux)
}

func netHTTPInside(v *security.Validator, s api.StrictServerInterface, rs []route, o guard.Options) http.Handler {
	mux := http.NewServeMux()
	addNetHTTP(mux, rs, o.BasePath, authhttp.Protect(v, o))
	inner := http.NewServeMux()
	authhttp.Mount(inner, s, o)
	guarded := authhttp.Protect(v, o)(inner)
	mux.Handle(o.BasePath+"/auth/", guarded)
	mux.Handle(o.BasePath+"/.well-known/", guarded)
	return mux
}

func netHTTPSub(v *security.Validator, s api.StrictServerInterface, rs []route, o guard.Options) http.Handler {
	root := http.NewServeMux()
	root.Handle(o.BasePath+"/", netHTTP(v, s, rs, o))
	return root
}

func addChi(r chi.Router, rs []route, base string) {
	for _, rt := range rs {
		r.MethodFunc(rt.method, base+rt.path, func(w http.ResponseWriter, req *http.Request) {
			rt.handle(w, req, chi.URLParam(req, "order_id"))
		})
	}
}

func chiUse(v *security.Validator, s api.StrictServerInterface, rs []route, o guard.Options) http.Handler {
	r := chi.NewRouter()
	r.Use(authchi.Protect(v, o))
	addChi(r, rs, o.BasePath)
	authchi.Mount(r, s, o)
	return r
}

func chiGroup(v *security.Validator, s api.StrictServerInterface, rs []route, o guard.Options) http.Handler {
	r := chi.NewRouter()
	r.Group(func(r chi.Router) {
		r.Use(authchi.Protect(v, o))
		addChi(r, rs, o.BasePath)
		authchi.Mount(r, s, o)
	})
	return r
}

func chiWith(v *security.Validator, s api.StrictServerInterface, rs []route, o guard.Options) http.Handler {
	r := chi.NewRouter()
	guarded := r.With(authchi.Protect(v, o))
	addChi(guarded, rs, o.BasePath)
	authchi.Mount(guarded, s, o)
	return r
}

func chiRoute(v *security.Validator, s api.StrictServerInterface, rs []route, o guard.Options) http.Handler {
	root := chi.NewRouter()
	root.Route(o.BasePath, func(r chi.Router) {
		r.Use(authchi.Protect(v, o))
		addChi(r, rs, "")
		authchi.Mount(r, s, guard.Options{})
	})
	return root
}

func chiMount(v *security.Validator, s api.StrictServerInterface, rs []route, o guard.Options) http.Handler {
	root, sub := chi.NewRouter(), chi.NewRouter()
	sub.Use(authchi.Protect(v, o))
	addChi(sub, rs, "")
	authchi.Mount(sub, s, guard.Options{})
	root.Mount(o.BasePath, sub)
	return root
}

func addGin(r gin.IRouter, rs []route, base string) {
	for _, rt := range rs {
		r.Handle(rt.method, base+colon(rt.path), func(c *gin.Context) { rt.handle(c.Writer, c.Request, c.Param("order_id")) })
	}
}

func ginUse(v *security.Validator, s api.StrictServerInterface, rs []route, o guard.Options) http.Handler {
	e := gin.New()
	e.Use(authgin.Protect(v, o))
	addGin(e, rs, o.BasePath)
	authgin.Mount(e, s, o)
	return e
}

func ginGroup(v *security.Validator, s api.StrictServerInterface, rs []route, o guard.Options) http.Handler {
	e := gin.New()
	g := e.Group(o.BasePath, authgin.Protect(v, o))
	addGin(g, rs, "")
	authgin.Mount(g, s, guard.Options{})
	return e
}

func echoUse(v *security.Validator, s api.StrictServerInterface, rs []route, o guard.Options) http.Handler {
	e := echo5.New()
	e.Use(authecho.Protect(v, o))
	addEcho(e, rs, o.BasePath)
	authecho.Mount(e, s, o)
	return e
}

func echoGroup(v *security.Validator, s api.StrictServerInterface, rs []route, o guard.Options) http.Handler {
	e := echo5.New()
	g := e.Group(o.BasePath, authecho.Protect(v, o))
	addEcho(g, rs, "")
	authecho.Mount(g, s, guard.Options{})
	return e
}

func addEcho(r interface {
	Add(method, path string, h echo5.HandlerFunc, m ...echo5.MiddlewareFunc) echo5.RouteInfo
}, rs []route, base string,
) {
	for _, rt := range rs {
		r.Add(rt.method, base+colon(rt.path), func(c *echo5.Context) error {
			rt.handle(c.Response(), c.Request(), c.Param("order_id"))
			return nil
		})
	}
}

func echo4Use(v *security.Validator, s api.StrictServerInterface, rs []route, o guard.Options) http.Handler {
	e := echo.New()
	e.Use(authecho4.Protect(v, o))
	addEcho4(e, rs, o.BasePath)
	authecho4.Mount(e, s, o)
	return e
}

func echo4Group(v *security.Validator, s api.StrictServerInterface, rs []route, o guard.Options) http.Handler {
	e := echo.New()
	g := e.Group(o.BasePath, authecho4.Protect(v, o))
	addEcho4(g, rs, "")
	authecho4.Mount(g, s, guard.Options{})
	return e
}

func addEcho4(r interface {
	Add(method, path string, h echo.HandlerFunc, m ...echo.MiddlewareFunc) *echo.Route
}, rs []route, base string,
) {
	for _, rt := range rs {
		r.Add(rt.method, base+colon(rt.path), func(c echo.Context) error {
			rt.handle(c.Response(), c.Request(), c.Param("order_id"))
			return nil
		})
	}
}

// service authenticates OAuth clients by their secret.
func service(_ context.Context, c *security.Credential) (*security.Principal, error) {
	if c.Value != "reports" || c.Password != "secret" {
		return nil, security.ErrInvalidCredential
	}
	return &security.Principal{Subject: c.Value}, nil
}

// partner authenticates partners by their key.
func partner(_ context.Context, c *security.Credential) (*security.Principal, error) {
	switch c.Value {
	case partnerKey:
		return &security.Principal{Subject: "alice"}, nil
	case "down":
		return nil, os.ErrDeadlineExceeded
	}
	return nil, security.ErrInvalidCredential
}
