package security

import (
	"maps"
	"net/http"
	"strings"
	"sync/atomic"
)

// Index finds operations by the patterns of a router. It is safe for
// concurrent use.
type Index struct {
	base   string
	routes map[string]*Operation // by method and normalized path
	// seen maps what routers have asked for, as they spell it. Patterns come
	// from the program, never from a client, so it does not grow without end.
	seen atomic.Pointer[map[asked]*Operation]
}

type asked struct{ method, pattern string }

// Index returns an index of v's operations below basePath, "/api/v1" or "".
func (v *Validator) Index(basePath string) *Index {
	ix := &Index{base: strings.TrimSuffix(basePath, "/"), routes: make(map[string]*Operation, len(v.table.Operations))}
	for i := range v.table.Operations {
		op := &v.table.Operations[i]
		ix.routes[routeKey(op)] = op
	}
	ix.seen.Store(&map[asked]*Operation{})
	return ix
}

// Lookup returns the operation of a route, or nil if the document has none.
// The pattern is the one that the router matched, in its own spelling:
// /orders/{id}, /orders/{id:[0-9]+} or /orders/:id. Names of parameters need
// not agree with the document. A pattern that takes more than one segment
// (*, {rest...}) is no route of a document. HEAD is answered by GET where the
// document has no HEAD.
func (ix *Index) Lookup(method, routerPattern string) *Operation {
	key := asked{method, routerPattern}
	seen := ix.seen.Load()
	if op, ok := (*seen)[key]; ok {
		return op
	}
	op := ix.find(method, routerPattern)
	for {
		next := make(map[asked]*Operation, len(*seen)+1)
		maps.Copy(next, *seen)
		next[key] = op
		if ix.seen.CompareAndSwap(seen, &next) {
			return op
		}
		seen = ix.seen.Load()
	}
}

func (ix *Index) find(method, pattern string) *Operation {
	path, ok := strings.CutPrefix(pattern, ix.base)
	if !ok || !strings.HasPrefix(path, "/") {
		return nil
	}
	path = normalize(path)
	op := ix.routes[method+" "+path]
	if op == nil && method == http.MethodHead {
		op = ix.routes[http.MethodGet+" "+path]
	}
	return op
}

// normalize replaces every parameter of a path by {}, in the spelling of every
// router and of OpenAPI. What takes several segments keeps a spelling that no
// document has.
func normalize(path string) string {
	var out strings.Builder
	for i := 0; i < len(path); i++ {
		switch c := path[i]; {
		case c == '\\' && i+1 < len(path) && path[i+1] == ':': // an escaped colon is a colon
			i++
			out.WriteByte(':')
		case c == ':' && i > 0 && path[i-1] == '/': // /:name
			out.WriteString("{}")
			i = segmentEnd(path, i) - 1
		case c == '{':
			end := closing(path, i)
			if name := path[i+1 : end]; strings.HasSuffix(name, "...") {
				out.WriteString("\x00")
			} else if name != "$" { // net/http: only this path, not what lies below it
				out.WriteString("{}")
			}
			i = end
		case c == '*':
			out.WriteString("\x00")
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
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
