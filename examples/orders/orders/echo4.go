package orders

import (
	"net/http"

	"github.com/labstack/echo/v4"

	"github.com/authsdk/authsdk-go/adapters/authecho4"
	"github.com/authsdk/authsdk-go/authsdk/security"
	"github.com/authsdk/authsdk-go/gen/api"
)

// Echo4 is a [Router] of Echo v4.
func Echo4(v *security.Validator, tokens api.StrictServerInterface, o authecho4.Options) (http.Handler, error) {
	e := echo.New()
	e.Use(authecho4.Protect(v, o))
	authecho4.Mount(e, tokens, o)
	for _, rt := range routes() {
		e.Add(rt.method, o.Base()+rt.colons(), func(c echo.Context) error {
			param := func(_ *http.Request, name string) string { return c.Param(name) }
			rt.handler(param)(c.Response(), c.Request())
			return nil
		})
	}
	return e, authecho4.Check(e, v, o)
}
