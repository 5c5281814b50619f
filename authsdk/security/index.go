package security

import (
	"net/http"
	"strings"
)

// Index finds operations by the patterns of a router. It is safe for
// concurrent use.
type Index struct {
	base   string
	routes map[string]*Operation // by routeKey
}

// Index returns an index of v's operations below basePath, "/api/v1" or "".
func (v *Validator) Index(basePath string) *Index {
	ix := &Index{base: strings.TrimSuffix(basePath, "/"), routes: make(map[string]*Operation, len(v.table.Operations))}
	for i := range v.table.Operations {
		op := &v.table.Operations[i]
		ix.routes[routeKey(op)] = op
	}
	return ix
}

// Lookup returns the operation of a route, or nil if the document has none.
// The pattern is the one that the router matched, in its own spelling:
// /orders/{id}, /orders/{id:[0-9]+} or /orders/:id. Names of parameters need
// not agree with the document. A pattern that takes more than one segment
// (*, {rest...}) is no route of a document. HEAD is answered by GET where the
// document has no HEAD.
//
// Nothing is remembered between calls: the method is a client's, who can think
// of any number of them.
func (ix *Index) Lookup(method, routerPattern string) *Operation {
	path, ok := strings.CutPrefix(routerPattern, ix.base)
	if !ok || !strings.HasPrefix(path, "/") {
		return nil
	}
	op := ix.find(method, path)
	if op == nil && method == http.MethodHead {
		op = ix.find(http.MethodGet, path)
	}
	return op
}

func (ix *Index) find(method, path string) *Operation {
	var space [256]byte // what is longer costs an allocation
	return ix.routes[string(appendKey(space[:0], method, path))]
}

// appendKey appends what tells a route from others.
func appendKey(key []byte, method, path string) []byte {
	key = append(key, method...)
	key = append(key, ' ')
	return normalize(key, path)
}

// normalize appends path to out, with {} for every parameter, in the spelling
// of every router and of OpenAPI. What takes several segments keeps a spelling
// that no document has.
func normalize(out []byte, path string) []byte {
	for i := 0; i < len(path); i++ {
		switch c := path[i]; {
		case c == '\\' && i+1 < len(path) && path[i+1] == ':': // an escaped colon is a colon
			i++
			out = append(out, ':')
		case c == ':' && i > 0 && path[i-1] == '/': // /:name
			out = append(out, "{}"...)
			i = segmentEnd(path, i) - 1
		case c == '{':
			end := closing(path, i)
			if name := path[i+1 : end]; strings.HasSuffix(name, "...") {
				out = append(out, 0)
			} else if name != "$" { // net/http: only this path, not what lies below it
				out = append(out, "{}"...)
			}
			i = end
		case c == '*':
			out = append(out, 0)
		default:
			out = append(out, c)
		}
	}
	return out
}

func segmentEnd(path string, from int) int {
	if end := strings.IndexByte(path[from:], '/'); end >= 0 {
		return from + end
	}
	return len(path)
}

// closing returns where the brace at from closes; patterns may nest braces.
func closing(path string, from int) int {
	depth := 0
	for i := from; i < len(path); i++ {
		switch path[i] {
		case '{':
			depth++
		case '}':
			depth--
			if depth == 0 {
				return i
			}
		}
	}
	return len(path) - 1
}
