// Package authecho4 guards the routes of Echo v4 and mounts the endpoints of the
// SDK on an echo.Echo or echo.Group. Package authecho is the same for Echo v5.
//
// Echo v4 does not tell the method that it has matched: a middleware that
// changes the method of a request belongs in front of the router, into Pre, and
// not into Use. Otherwise the guard is that of another operation.
package authecho4

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/authsdk/authsdk-go/adapters/guard"
	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/security"
	"github.com/authsdk/authsdk-go/gen/api"
	"github.com/authsdk/authsdk-go/gen/echo4api"
	"github.com/authsdk/authsdk-go/internal/wire"
)

// Options say how operations are guarded or mounted, see [guard.Options].
type Options = guard.Options

// Router is an *echo.Echo or an *echo.Group.
type Router = echo4api.EchoRouter

// Protect returns a middleware that guards every operation of a document, for
// Use (not Pre) of an Echo or a group. BasePath is the whole path in front of
// the document's. Handlers find the caller with security.PrincipalFrom and the
// context of the request.
func Protect(v *security.Validator, o Options) echo.MiddlewareFunc {
	g := guard.New(v, o)
	return middleware(func(c echo.Context) *http.Request {
		return g.Admit(c.Response(), c.Request(), c.Request().Method, c.Path())
	})
}

// Require returns a middleware that lets a request pass if its token satisfies
// p, see authhttp.Require.
func Require(v *authsdk.Verifier, p authsdk.Policy) echo.MiddlewareFunc {
	admit := guard.Require(v, p)
	return middleware(func(c echo.Context) *http.Request { return admit(c.Response(), c.Request()) })
}

// middleware passes on the request that admit returns, and ends where it
// returns none: the answer is written.
func middleware(admit func(echo.Context) *http.Request) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			r, admitted := c.Request(), admit(c)
			if admitted == nil {
				return nil
			}
			c.SetRequest(admitted)
			err := next(c)
			guard.HandBack(r, c.Request())
			return err
		}
	}
}

// Mount adds the operations of s to r, each as a route of its own.
func Mount(r Router, s api.StrictServerInterface, o Options) {
	strict := echo4api.NewStrictHandler(s, []echo4api.StrictMiddlewareFunc{bound})
	routes := map[string][]echo.MiddlewareFunc{}
	for _, op := range api.SecurityTable().Operations {
		routes[op.ID] = []echo.MiddlewareFunc{refusing(o)}
	}
	echo4api.RegisterHandlersWithOptions(r, strict, echo4api.RegisterHandlersOptions{BaseURL: o.Base(), OperationMiddlewares: routes})
}

// bound notes that the stub has decoded the request.
func bound(f echo4api.StrictHandlerFunc, _ string) echo4api.StrictHandlerFunc {
	return func(c echo.Context, request any) (any, error) {
		wire.Bound(c.Request().Context())
		return f(c, request)
	}
}

// refusing reads and checks requests in front of a generated route, and renders
// the errors that come back from it.
func refusing(o Options) echo.MiddlewareFunc {
	return func(next echo.HandlerFunc) echo.HandlerFunc {
		return func(c echo.Context) error {
			admitted, err := wire.Admit(c.Response(), c.Request())
			if err == nil {
				c.SetRequest(admitted)
				if err = next(c); err != nil {
					err = wire.Undecodable(admitted.Context(), err)
				}
			}
			if err != nil {
				o.Refuse(c.Response(), c.Request(), err)
			}
			return nil
		}
	}
}

// Check reports the operations of v that e has no route for, and the routes of
// e below the base path that are in no document.
func Check(e *echo.Echo, v *security.Validator, o Options) error {
	all := e.Routes()
	routes := make([]guard.Route, 0, len(all))
	for _, r := range all {
		if r.Method == echo.RouteNotFound { // Echo's own, of a group with middleware
			continue
		}
		routes = append(routes, guard.Route{Method: r.Method, Pattern: r.Path})
	}
	return guard.Compare(routes, v, o)
}
