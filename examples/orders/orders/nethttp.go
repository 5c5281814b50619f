package orders

import (
	"net/http"

	"github.com/authsdk/authsdk-go/adapters/authhttp"
	"github.com/authsdk/authsdk-go/authsdk/security"
	"github.com/authsdk/authsdk-go/gen/api"
)

// NetHTTP is a [Router] of net/http.
func NetHTTP(v *security.Validator, tokens api.StrictServerInterface, o authhttp.Options) (http.Handler, error) {
	mux := http.NewServeMux()
	authhttp.Mount(mux, tokens, o)
	for _, rt := range routes() {
		mux.Handle(rt.method+" "+o.Base()+rt.path, rt.handler((*http.Request).PathValue))
	}
	return authhttp.Protect(v, o)(mux), authhttp.Check(mux, v, o)
}
