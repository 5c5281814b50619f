package adapters_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

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
	"github.com/authsdk/authsdk-go/authsdk/security"
)

// TestOptions: what the options change, in every mounting.
func TestOptions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, m := range mountings() {
		var causes []error
		o := guard.Options{
			BasePath: m.base, PassUnknown: true,
			Render:  func(w http.ResponseWriter, _ *http.Request, e *authsdk.Error) { http.Error(w, "own "+e.Code, e.Status) },
			OnError: func(_ *http.Request, err error) { causes = append(causes, err) },
		}
		h := m.build(w.validator(t, false), strict{}, routes(), o)
		if got := send(h, m.base, request{method: "GET", path: "/rogue"}); got.Code != 200 || got.Header().Get("Reached") != "rogue" {
			t.Errorf("%s%s: PassUnknown: %s", m.name, m.base, text(got))
		}
		if got := send(h, m.base, request{method: "GET", path: "/me"}); got.Code != 401 || got.Body.String() != "own token_missing\n" {
			t.Errorf("%s%s: Render: %s", m.name, m.base, text(got))
		}
		var d *security.Denied
		if len(causes) != 1 || !errors.As(causes[0], &d) || d.Operation == nil || d.Operation.ID != "whoAmI" {
			t.Errorf("%s%s: OnError was told %v", m.name, m.base, causes)
		}
		o.PassUnknown, o.Public = false, []string{"GET " + m.base + "/rogue", "GET " + m.base + colon("/rogue")}
		h = m.build(w.validator(t, false), strict{}, routes(), o)
		if got := send(h, m.base, request{method: "GET", path: "/rogue"}); got.Code != 200 {
			t.Errorf("%s%s: Public: %s", m.name, m.base, text(got))
		}
		// Mount has options of its own where a group has the base path.
	}
}

// TestCheck finds what a router and a document do not agree about.
func TestCheck(t *testing.T) {
	t.Parallel()
	v, err := security.New(&security.Table{Operations: []security.Operation{
		{ID: "get", Method: "GET", Path: "/orders/{id}"}, {ID: "list", Method: "GET", Path: "/orders"}, {ID: "gone", Method: "DELETE", Path: "/orders/{id}"},
	}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	const missing = "operation DELETE /orders/{id} (gone) has no route"
	o := guard.Options{BasePath: "/api"}
	mux, c, g, e5, e4 := http.NewServeMux(), chi.NewRouter(), gin.New(), echo5.New(), echo.New()
	none := func(http.ResponseWriter, *http.Request) {}
	for _, path := range []string{"/orders", "/orders/{order}", "/rogue"} {
		mux.HandleFunc("GET /api"+path, none)
		c.Get("/api"+path, none)
		g.GET("/api"+colon(path), func(*gin.Context) {})
		e5.GET("/api"+colon(path), func(*echo5.Context) error { return nil })
		e4.GET("/api"+colon(path), func(echo.Context) error { return nil })
	}
	e5.Group("/guarded", authecho.Protect(v, o)) // has routes of Echo's own
	e4.Group("/guarded", authecho4.Protect(v, o))
	c.Get("/health", none) // beside the base path: not the document's
	for name, tt := range map[string]struct {
		err  error
		want string
	}{
		"net/http": {authhttp.Check(mux, v, o), missing},
		"chi":      {authchi.Check(c, v, o), missing + "\nroute GET /api/rogue is not in the document: a guard around it refuses it with 404; name it in Public if nobody needs credentials for it"},
		"gin":      {authgin.Check(g, v, o), missing + "\nroute GET /api/rogue is not in the document: a guard around it refuses it with 404; name it in Public if nobody needs credentials for it"},
		"echo":     {authecho.Check(e5, v, o), missing + "\nroute GET /api/rogue is not in the document: a guard around it refuses it with 404; name it in Public if nobody needs credentials for it"},
		"echo v4":  {authecho4.Check(e4, v, o), missing + "\nroute GET /api/rogue is not in the document: a guard around it refuses it with 404; name it in Public if nobody needs credentials for it"},
	} {
		if tt.err == nil || tt.err.Error() != tt.want {
			t.Errorf("%s:\n got %v\nwant %s", name, tt.err, tt.want)
		}
	}
	c.Delete("/api/orders/{id}", none)
	o.Public = []string{"GET /api/rogue"}
	if err := authchi.Check(c, v, o); err != nil {
		t.Errorf("what is missing is public: %v", err)
	}
	o = guard.Options{BasePath: "api/", PassUnknown: true}
	if err := authchi.Check(c, v, o); err != nil {
		t.Errorf("nothing is missing: %v", err)
	}
}

// TestRequireValidates: a policy with mistakes is found out when the guard is
// made, in every router.
func TestRequireValidates(t *testing.T) {
	t.Parallel()
	bad := authsdk.Policy{FreshWithin: -time.Second}
	for name, build := range map[string]func(*authsdk.Verifier){
		"net/http": func(v *authsdk.Verifier) { authhttp.Require(v, bad) },
		"chi":      func(v *authsdk.Verifier) { authchi.Require(v, bad) },
		"echo":     func(v *authsdk.Verifier) { authecho.Require(v, bad) },
		"echo4":    func(v *authsdk.Verifier) { authecho4.Require(v, bad) },
		"gin":      func(v *authsdk.Verifier) { authgin.Require(v, bad) },
	} {
		func() {
			defer func() {
				if err, ok := recover().(error); !ok || !strings.Contains(err.Error(), "FreshWithin") {
					t.Errorf("%s: %v", name, err)
				}
			}()
			build(nil)
		}()
	}
}
