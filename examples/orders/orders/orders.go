package orders

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/authsdk/authsdk-go/adapters/authhttp"
	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/security"
	"github.com/authsdk/authsdk-go/gen/api"
)

// Router serves the orders and the token endpoints in one router, all guarded
// by v. The error tells what document and routes do not have in common.
type Router func(v *security.Validator, tokens api.StrictServerInterface, o authhttp.Options) (http.Handler, error)

// Routers returns the functions of this package that are a [Router], by name.
func Routers() map[string]Router {
	return map[string]Router{"nethttp": NetHTTP, "chi": Chi, "gin": Gin, "echo": Echo, "echo4": Echo4}
}

// route is an operation of the document and what it answers with.
type route struct {
	method, path, operation string
	status                  int
}

func routes() []route {
	return []route{
		{"GET", "/catalog", OpListCatalog, http.StatusOK},
		{"GET", "/recommendations", OpListRecommendations, http.StatusOK},
		{"GET", "/orders", OpListOrders, http.StatusOK},
		{"POST", "/orders", OpCreateOrder, http.StatusCreated},
		{"GET", "/orders/{order_id}", OpGetOrder, http.StatusOK},
		{"DELETE", "/orders/{order_id}", OpDeleteOrder, http.StatusNoContent},
		{"POST", "/orders/{order_id}/refund", OpRefundOrder, http.StatusOK},
		{"GET", "/export", OpExportOrders, http.StatusOK},
		{"GET", "/me", OpWhoAmI, http.StatusOK},
	}
}

// colons is the path as Gin and Echo spell it.
func (rt route) colons() string { return strings.NewReplacer("{", ":", "}", "").Replace(rt.path) }

// handler answers with the operation, the order and the caller. It does not
// check credentials: who is not allowed to come does not get here. The
// parameter of the path is wherever the router has put it.
func (rt route) handler(param func(r *http.Request, name string) string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		text := rt.operation
		if strings.Contains(rt.path, "{order_id}") {
			id, err := strconv.ParseInt(param(r, "order_id"), 10, 64)
			if err != nil || id < 1 {
				authsdk.WriteProblem(w, r, authsdk.ErrRequestMalformed)
				return
			}
			text += " " + strconv.FormatInt(id, 10)
		}
		caller := "anybody"
		if p, ok := security.PrincipalFrom(r.Context()); ok {
			caller = p.Subject
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		w.WriteHeader(rt.status)
		if rt.status != http.StatusNoContent {
			fmt.Fprintf(w, "%s by %s\n", text, caller)
		}
	}
}
