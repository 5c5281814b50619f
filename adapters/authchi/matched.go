package authchi

import (
	"net/http"
	"slices"
	"strings"

	"github.com/go-chi/chi/v5"
)

// matched returns the method and the pattern that chi has matched, or will
// match: middleware of a router runs before its routes are searched. The pattern
// is "" where there is no route or it cannot tell.
func matched(r *http.Request, probe *chi.Context) (method, pattern string) {
	rctx := chi.RouteContext(r.Context())
	if rctx == nil || rctx.Routes == nil {
		return r.Method, ""
	}
	method = r.Method
	if rctx.RouteMethod != "" { // chi goes by it, too
		method = rctx.RouteMethod
	}
	if n := len(rctx.RoutePatterns); n > 0 && !strings.HasSuffix(rctx.RoutePatterns[n-1], "*") {
		return method, found(rctx)
	}
	pattern = find(rctx, r, probe, method)
	if pattern == "" && method == http.MethodHead { // middleware behind this one may serve it by GET
		probe.Reset()
		method, pattern = http.MethodGet, find(rctx, r, probe, http.MethodGet)
	}
	return method, pattern
}

// found joins the patterns that chi has matched, where the last of them is a
// whole route: in a group, or in a sub-router that is asked for its own path.
// RoutePattern would drop a slash at the end.
func found(rctx *chi.Context) string {
	last := rctx.RoutePatterns[len(rctx.RoutePatterns)-1]
	switch path := rctx.RoutePath; {
	case path == "", path == "/", path == last, strings.Contains(last, "{"):
	default: // another path than the one that was matched
		return ""
	}
	whole := ""
	for _, p := range rctx.RoutePatterns {
		before, mounted := strings.CutSuffix(whole, "/*")
		switch {
		case mounted || whole == "":
			whole = before + p
		case p != "/": // a sub-router's own path has nothing below it
			return ""
		}
	}
	return whole
}

// find searches the routes as chi will, from the root. What it finds must lead
// through the patterns that chi has matched so far, and to the same rest of the
// path; else a middleware has chosen another path in between.
func find(rctx *chi.Context, r *http.Request, probe *chi.Context, method string) string {
	path := r.URL.RawPath
	if path == "" {
		path = r.URL.Path
	}
	depth := len(rctx.RoutePatterns)
	if depth == 0 && rctx.RoutePath != "" { // another middleware has chosen the path
		path = rctx.RoutePath
	}
	if path == "" {
		path = "/"
	}
	pattern := rctx.Routes.Find(probe, method, path)
	if pattern == "" || len(probe.RoutePatterns) < depth || !slices.Equal(probe.RoutePatterns[:depth], rctx.RoutePatterns) {
		return ""
	}
	if depth > 0 && len(probe.RoutePatterns) > depth && rest(probe, depth) != ahead(rctx) {
		return ""
	}
	return pattern
}

// ahead returns the path that the routes below the last pattern are searched
// for. A sub-router has it as its RoutePath, with the wildcard emptied; in a
// group around a sub-router it is the wildcard yet.
func ahead(rctx *chi.Context) string {
	if n := len(rctx.URLParams.Keys); n > 0 && rctx.URLParams.Keys[n-1] == "*" && rctx.URLParams.Values[n-1] != "" {
		return "/" + rctx.URLParams.Values[n-1]
	}
	return rctx.RoutePath
}

// rest returns what the pattern at depth has left of the path: every pattern of
// a sub-router has one wildcard.
func rest(probe *chi.Context, depth int) string {
	for i, key := range probe.URLParams.Keys {
		if key != "*" {
			continue
		}
		depth--
		if depth == 0 {
			return "/" + probe.URLParams.Values[i]
		}
	}
	return ""
}
