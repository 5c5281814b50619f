package adapters_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

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
	"github.com/authsdk/authsdk-go/authsdk/security"
)

// TestJudgedIsServed: whatever the routes and the path of a request, the operation
// that the guard has judged is the one whose handler is reached. Another router
// stands behind those of Gin and Echo, where they have no route.
func TestJudgedIsServed(t *testing.T) {
	t.Parallel()
	gin.SetMode(gin.ReleaseMode)
	reached := 0
	for seed := range uint64(300) {
		g := &generator{Rand: rand.New(rand.NewPCG(seed, 0))}
		g.operations()
		v := g.validator(t)
		g.o = guard.Options{BasePath: pick(g, "", "/api"), PassUnknown: pick(g, true, false)}
		for name, h := range g.routers(v) {
			for range 40 {
				r := g.request()
				rec := httptest.NewRecorder()
				serve(h, rec, r)
				served := rec.Header().Get("Served")
				if served == "" {
					continue
				}
				reached++
				// A sub-router of chi serves two operations that differ by a slash at the end.
				if judged := rec.Header().Get("Judged"); judged != served && g.path(judged) != g.path(served) {
					t.Errorf("seed %d, %s, %+v: %s %s is served as %s and judged as %q", seed, name, g.o, r.Method, r.RequestURI, served, judged)
				}
			}
		}
	}
	if reached < 1000 {
		t.Errorf("%d requests reached a handler: too few to mean anything", reached)
	}
}

// serve serves r. Gin 1.12 panics for some paths while it searches its routes.
func serve(h http.Handler, w http.ResponseWriter, r *http.Request) {
	defer func() { _ = recover() }()
	h.ServeHTTP(w, r)
}

// generator makes documents, routers and requests.
type generator struct {
	*rand.Rand

	all []security.Operation
	o   guard.Options
}

func pick[T any](g *generator, from ...T) T { return from[g.IntN(len(from))] }

func (g *generator) operations() {
	seen := map[string]bool{}
	for range 3 + g.IntN(8) {
		var path strings.Builder
		for depth := range 1 + g.IntN(3) {
			path.WriteString("/" + pick(g, "a", "a", "b", fmt.Sprintf("{p%d}", depth)))
		}
		path.WriteString(pick(g, "", "", "", "/"))
		op := security.Operation{Method: pick(g, "GET", "GET", "POST", "DELETE", "HEAD"), Path: path.String()}
		if op.ID = op.String(); seen[op.ID] {
			continue
		}
		seen[op.ID] = true
		op.Security = []security.Alternative{{{Scheme: 0}}}
		g.all = append(g.all, op)
	}
}

// path returns the path of an operation without the slash at its end.
func (g *generator) path(id string) string {
	_, path, _ := strings.Cut(id, " ")
	return strings.TrimSuffix(path, "/")
}

// validator lets every request pass, as the operation that it is judged as.
func (g *generator) validator(t *testing.T) *security.Validator {
	t.Helper()
	return must[*security.Validator](t)(security.New(&security.Table{
		Schemes: []security.Scheme{{Name: "key", Kind: security.APIKeyHeader, Param: "X-Key"}}, Operations: g.all,
	}, map[string]security.Authenticator{"key": func(_ context.Context, c *security.Credential) (*security.Principal, error) {
		return &security.Principal{Subject: c.Operation.ID}, nil
	}}))
}

func tellOperation(id string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Served", id)
		if p, ok := security.PrincipalFrom(r.Context()); ok {
			w.Header().Set("Judged", p.Subject)
		}
	}
}

func (g *generator) request() *http.Request {
	var path strings.Builder
	path.WriteString(g.o.BasePath)
	for range 1 + g.IntN(4) {
		path.WriteString("/" + pick(g, "a", "a", "a", "b", "b", "c", "a%2Fb", "%61", "", "..", ".", "A", "a:b", "%2e%2e", "b%2F", "a;x", "*", "%2Fa"))
	}
	path.WriteString(pick(g, "", "", "", "/"))
	u, err := url.ParseRequestURI(path.String())
	if err != nil {
		panic(err)
	}
	return &http.Request{
		Method: pick(g, "GET", "GET", "POST", "DELETE", "HEAD", "OPTIONS", "get", "PUT"), URL: u, RequestURI: path.String(), Host: "example.com",
		Header: http.Header{"X-Key": {"x"}}, Body: http.NoBody, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
}

func (g *generator) routers(v *security.Validator) map[string]http.Handler {
	mux, r, gi, e5, e4 := http.NewServeMux(), chi.NewRouter(), gin.New(), echo5.New(), echo.New()
	behindMux, behindChi := http.NewServeMux(), chi.NewRouter()
	gi.UseRawPath, gi.UnescapePathValues, gi.HandleMethodNotAllowed = pick(g, true, false), pick(g, true, false), pick(g, true, false)
	gi.Use(authgin.Protect(v, g.o))
	e5.Use(authecho.Protect(v, g.o))
	e4.Use(authecho4.Protect(v, g.o))
	for _, op := range g.all {
		handle, path := tellOperation(op.ID), g.o.BasePath+op.Path
		exact := path
		if strings.HasSuffix(path, "/") {
			exact += "{$}"
		}
		added(func() { mux.Handle(op.Method+" "+pick(g, "", "", "example.com")+exact, handle) })
		added(func() { behindMux.Handle(op.Method+" "+exact, handle) })
		added(func() { behindChi.Method(op.Method, path, handle) })
		if g.IntN(4) == 0 { // that one stands behind
			continue
		}
		added(func() { gi.Handle(op.Method, colon(path), func(c *gin.Context) { handle(c.Writer, c.Request) }) })
		added(func() {
			e5.Add(op.Method, colon(path), func(c *echo5.Context) error { handle(c.Response(), c.Request()); return nil })
		})
		added(func() {
			e4.Add(op.Method, colon(path), func(c echo.Context) error { handle(c.Response(), c.Request()); return nil })
		})
	}
	behind := pick[http.Handler](g, behindMux, behindChi)
	gi.NoRoute(func(c *gin.Context) { behind.ServeHTTP(c.Writer, c.Request) })
	e5.RouteNotFound("/*", func(c *echo5.Context) error { behind.ServeHTTP(c.Response(), c.Request()); return nil })
	e4.RouteNotFound("/*", func(c echo.Context) error { behind.ServeHTTP(c.Response(), c.Request()); return nil })
	g.chi(r, v, "", 0, false)
	return map[string]http.Handler{"net/http": authhttp.Protect(v, g.o)(mux), "chi": r, "gin": gi, "echo": e5, "echo v4": e4}
}

// added adds a route, unless the router refuses it beside the others.
func added(add func()) {
	defer func() { _ = recover() }()
	add()
}

// chi adds the operations below prefix to r, by itself, in groups and in routers
// below it. One guard stands in front of each handler.
func (g *generator) chi(r chi.Router, v *security.Validator, prefix string, depth int, guarded bool) {
	protect := authchi.Protect(v, g.o)
	if !guarded && (depth == 2 || pick(g, true, false)) {
		r.Use(protect)
		guarded = true
	}
	for _, op := range g.all {
		rest, below := strings.CutPrefix(g.o.BasePath+op.Path, prefix)
		if !below || !strings.HasPrefix(rest, "/") {
			continue
		}
		with := r
		if !guarded {
			with = r.With(protect)
		}
		first, _, deeper := strings.Cut(rest[1:], "/")
		first = "/" + first
		switch way := g.IntN(6); {
		case way < 2 || depth == 2 || first == "/":
			added(func() { with.Method(op.Method, rest, tellOperation(op.ID)) })
		case way == 2:
			added(func() { with.Group(func(r chi.Router) { r.Method(op.Method, rest, tellOperation(op.ID)) }) })
		case way == 3:
			added(func() { r.Route(first, func(r chi.Router) { g.chi(r, v, prefix+first, depth+1, guarded) }) })
		case way == 4:
			sub := chi.NewRouter()
			g.chi(sub, v, prefix+first, depth+1, guarded)
			added(func() { r.Mount(first, sub) })
		case deeper:
			sub := chi.NewRouter()
			g.chi(sub, v, prefix+first, depth+1, guarded)
			added(func() { r.Mount(first, wrap(sub)) })
		}
	}
}
