package static

import (
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// Config configures [New].
type Config struct {
	// Files are served by their names; index.html also as its directory. One
	// that ends in .gz is served by the name before that.
	Files fs.FS
	// Replace has files that are served instead of those, by name.
	Replace map[string][]byte
	// Policy is the Content-Security-Policy of all of them.
	Policy string
	// Immutable reports whether the name of a file changes when its content
	// does, so that browsers need not ask again; nil means that none does.
	Immutable func(name string) bool
}

// New returns a handler for the files, which stand at the root: strip what is
// before them. It returns an error if a file cannot be read or is of no known type.
func New(cfg Config) (http.Handler, error) {
	files := handler{}
	err := fs.WalkDir(cfg.Files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, replaced := cfg.Replace[name]
		if !replaced {
			if body, err = fs.ReadFile(cfg.Files, name); err != nil {
				return err
			}
		}
		return files.add(&cfg, name, body)
	})
	if err != nil {
		return nil, fmt.Errorf("static: %w", err)
	}
	return files, nil
}

// contentType knows its own types: those of the standard library depend on the
// machine.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".txt":
		return "text/plain; charset=utf-8"
	}
	return ""
}

// handler maps paths to files.
type handler map[string]*File

func (h handler) add(cfg *Config, name string, body []byte) error {
	name, zipped := strings.CutSuffix(name, ".gz")
	kind := contentType(name)
	if kind == "" {
		return fmt.Errorf("%s: the type of the file is not known", name)
	}
	cache := "no-cache" // ask each time; the answer is mostly 304
	if cfg.Immutable != nil && cfg.Immutable(name) {
		cache = "public, max-age=31536000, immutable"
	}
	header := http.Header{
		"Content-Type":               {kind},
		"Cache-Control":              {cache},
		"Content-Security-Policy":    {cfg.Policy},
		"Referrer-Policy":            {"no-referrer"},
		"Cross-Origin-Opener-Policy": {"same-origin"},
	}
	file := newZipped(body, header)
	if !zipped {
		var err error
		if file, err = NewFile(body, header); err != nil {
			return err
		}
	}
	h[name] = file
	return nil
}

// ServeHTTP implements [http.Handler].
func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/")
	if name == "" || strings.HasSuffix(name, "/") {
		name += "index.html"
	}
	file, found := h[name]
	if !found {
		http.NotFound(w, r)
		return
	}
	file.ServeHTTP(w, r)
}
