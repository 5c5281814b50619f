// Package apidocs is a page that shows an OpenAPI document and sends its
// requests: Swagger UI, embedded, without a request to anybody else and under a
// strict Content-Security-Policy. A program that imports it is half a megabyte
// larger, and no other.
//
//	docs, err := apidocs.New(apidocs.Config{Document: "/openapi.json"})
//	…
//	mux.Handle("GET /docs/", http.StripPrefix("/docs", docs))
package apidocs

import (
	"bytes"
	"cmp"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"strings"

	"github.com/authsdk/authsdk-go/internal/static"
)

// Config configures [New].
type Config struct {
	// Document is where the page finds the document as JSON, relative to the
	// page and on its origin; empty means ../openapi.json. Its servers are
	// replaced by the place of the document, so that requests go to the host
	// that the page came from, as the policy demands.
	Document string
	// Title is that of the page; empty means "API reference".
	Title string
}

//go:embed assets
var assets embed.FS

// policy allows the page its own files and its own server. The data: images
// are the icons in the style sheet of Swagger UI.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// New returns the page, which stands at the root of the handler: strip what is
// before it. It answers GET and HEAD. It returns an error if Document is not a
// reference within the origin.
//
// Who can call the operation login there is logged in for all others: the page
// takes the tokens out of the answer, keeps them until it is closed, and sends
// them as the document says. Cookies, if the login asks for them, are kept by
// the browser, and the page repeats their CSRF values.
func New(cfg Config) (http.Handler, error) {
	document := cmp.Or(cfg.Document, "../openapi.json")
	u, err := url.Parse(document)
	if err != nil || u.IsAbs() || u.Host != "" || strings.HasPrefix(document, "//") {
		return nil, fmt.Errorf("apidocs: Config: Document %q must be a path such as /openapi.json, on the origin of the page", document)
	}
	files, err := fs.Sub(assets, "assets")
	if err != nil {
		return nil, fmt.Errorf("apidocs: %w", err)
	}
	page, err := template.ParseFS(files, "index.html")
	if err != nil {
		return nil, fmt.Errorf("apidocs: %w", err)
	}
	var index bytes.Buffer
	if err := page.Execute(&index, struct{ Title, Document string }{cmp.Or(cfg.Title, "API reference"), document}); err != nil {
		return nil, fmt.Errorf("apidocs: %w", err)
	}
	return static.New(static.Config{
		Files: files, Policy: policy, Replace: map[string][]byte{"index.html": index.Bytes()},
		Immutable: func(name string) bool { return strings.HasPrefix(name, "swagger-ui-") },
	})
}
