// Package console is a page to try the token endpoints in a browser: it signs
// in, shows the life of the access token, refreshes, lists and ends sessions,
// with tokens in cookies or in the page. It is built from examples/web and
// embedded; a program that imports it is 30 kilobytes larger.
//
//	page, err := console.New()
//	…
//	mux.Handle("GET /console/", http.StripPrefix("/console", page))
//
// The endpoints are expected one step above the page: those of /console/ at
// /auth/…, those of /v1/console/ at /v1/auth/….
package console

import (
	"embed"
	"fmt"
	"io/fs"
	"net/http"
	"strings"

	"github.com/authsdk/authsdk-go/internal/static"
)

//go:embed dist
var dist embed.FS

// policy allows the page its own files and its own server, and no text that
// becomes a script (Trusted Types).
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// New returns the page, which stands at the root of the handler: strip what is
// before it. It answers GET and HEAD.
func New() (http.Handler, error) {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, fmt.Errorf("console: %w", err)
	}
	return static.New(static.Config{
		Files: files, Policy: policy,
		Immutable: func(name string) bool { return strings.HasPrefix(name, "assets/") }, // named by their content
	})
}
