package orders

import (
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/authsdk/authsdk-go/adapters/authgin"
	"github.com/authsdk/authsdk-go/authsdk/security"
	"github.com/authsdk/authsdk-go/gen/api"
)

// Gin is a [Router] of Gin.
func Gin(v *security.Validator, tokens api.StrictServerInterface, o authgin.Options) (http.Handler, error) {
	r := gin.New()
	r.Use(authgin.Protect(v, o))
	authgin.Mount(r, tokens, o)
	for _, rt := range routes() {
		r.Handle(rt.method, o.Base()+rt.colons(), func(c *gin.Context) {
			param := func(_ *http.Request, name string) string { return c.Param(name) }
			rt.handler(param)(c.Writer, c.Request)
		})
	}
	return r, authgin.Check(r, v, o)
}
