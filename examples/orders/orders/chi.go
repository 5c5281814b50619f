package orders

import (
	"net/http"

	"github.com/go-chi/chi/v5"

	"github.com/authsdk/authsdk-go/adapters/authchi"
	"github.com/authsdk/authsdk-go/authsdk/security"
	"github.com/authsdk/authsdk-go/gen/api"
)

// Chi is a [Router] of chi.
func Chi(v *security.Validator, tokens api.StrictServerInterface, o authchi.Options) (http.Handler, error) {
	r := chi.NewRouter()
	r.Use(authchi.Protect(v, o))
	authchi.Mount(r, tokens, o)
	for _, rt := range routes() {
		r.Method(rt.method, o.Base()+rt.path, rt.handler(chi.URLParam))
	}
	return r, authchi.Check(r, v, o)
}
