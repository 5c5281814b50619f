package orders

import (
	"net/http"

	"github.com/labstack/echo/v5"

	"github.com/authsdk/authsdk-go/adapters/authecho"
	"github.com/authsdk/authsdk-go/authsdk/security"
	"github.com/authsdk/authsdk-go/gen/api"
)

// Echo is a [Router] of Echo v5.
func Echo(v *security.Validator, tokens api.StrictServerInterface, o authecho.Options) (http.Handler, error) {
	e := echo.New()
	e.Use(authecho.Protect(v, o))
	authecho.Mount(e, tokens, o)
	for _, rt := range routes() {
		e.Add(rt.method, o.Base()+rt.colons(), func(c *echo.Context) error {
			param := func(_ *http.Request, name string) string { return c.Param(name) }
			rt.handler(param)(c.Response(), c.Request())
			return nil
		})
	}
	return e, authecho.Check(e, v, o)
}
