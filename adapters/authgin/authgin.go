// Package authgin guards the routes of Gin and mounts the endpoints of the SDK
// on a gin.IRouter.
//
// Gin does not tell the method that it has matched: what changes the method of a
// request belongs in front of the router, around the engine, and not into a Use
// middleware. Otherwise the guard is that of another operation.
package authgin

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/authsdk/authsdk-go/adapters/guard"
	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/security"
	"github.com/authsdk/authsdk-go/gen/api"
	"github.com/authsdk/authsdk-go/gen/ginapi"
	"github.com/authsdk/authsdk-go/internal/wire"
)

// Options say how operations are guarded or mounted, see [guard.Options].
type Options = guard.Options

// Protect returns a middleware that guards every operation of a document, for
// Use of an engine or a group, before its routes are added. BasePath is the
// whole path in front of the document's. Handlers find the caller with
// security.PrincipalFrom, with the gin.Context or with its request's.
func Protect(v *security.Validator, o Options) gin.HandlerFunc {
	g := guard.New(v, o)
	return func(c *gin.Context) {
		proceed(c, g.Admit(c.Writer, c.Request, c.Request.Method, c.FullPath()))
	}
}

// Require returns a middleware that lets a request pass if its token satisfies
// p, see authhttp.Require.
func Require(v *authsdk.Verifier, p authsdk.Policy) gin.HandlerFunc {
	admit := guard.Require(v, p)
	return func(c *gin.Context) { proceed(c, admit(c.Writer, c.Request)) }
}

// proceed passes admitted on, or ends the chain if it is nil. A gin.Context does not
// look into the context of its request unless the engine is told to, so the
// principal is set there as well.
func proceed(c *gin.Context, admitted *http.Request) {
	if admitted == nil {
		c.Abort()
		return
	}
	r := c.Request
	c.Request = admitted
	if p, ok := security.PrincipalFrom(admitted.Context()); ok && c.Value(security.ContextKey) != p {
		c.Set(security.ContextKey, p)
	}
	c.Next()
	guard.HandBack(r, c.Request)
}

// Mount adds the operations of s to r, each as a route of its own. Like r.GET
// it panics if a route is there already.
func Mount(r gin.IRouter, s api.StrictServerInterface, o Options) {
	refuse := func(c *gin.Context, err error) { o.Refuse(c.Writer, c.Request, err) }
	strict := ginapi.NewStrictHandlerWithOptions(s, nil, ginapi.StrictGinServerOptions{
		RequestErrorHandlerFunc:  func(c *gin.Context, err error) { refuse(c, wire.Malformed(err)) },
		HandlerErrorFunc:         refuse,
		ResponseErrorHandlerFunc: refuse,
	})
	group := r.Group("/", func(c *gin.Context) {
		admitted, err := wire.Admit(c.Writer, c.Request)
		if err != nil {
			refuse(c, err)
			c.Abort()
			return
		}
		c.Set(wire.Key, admitted.Context().Value(wire.Key))
		proceed(c, admitted)
	})
	ginapi.RegisterHandlersWithOptions(group, strict, ginapi.GinServerOptions{
		BaseURL:      o.Base(),
		ErrorHandler: func(c *gin.Context, err error, _ int) { refuse(c, wire.Malformed(err)) },
	})
}

// Check reports the operations of v that e has no route for, and the routes of
// e below the base path that are in no document.
func Check(e *gin.Engine, v *security.Validator, o Options) error {
	all := e.Routes()
	routes := make([]guard.Route, 0, len(all))
	for _, r := range all {
		routes = append(routes, guard.Route{Method: r.Method, Pattern: r.Path})
	}
	return guard.Compare(routes, v, o)
}
