package guard

import (
	"net/http"
	"slices"
	"strings"

	"github.com/authsdk/authsdk-go/authsdk/security"
)

// passes reports whether a route that the document does not know is let pass.
// A catch-all may be another router that serves operations of the document, so
// PassUnknown is not enough for it.
func (o *Options) passes(method, pattern string, operations []security.Operation) bool {
	if o.public(method, pattern) {
		return true
	}
	if !o.PassUnknown {
		return false
	}
	prefix, catchAll := cutCatchAll(pattern)
	return !catchAll || !slices.ContainsFunc(operations, func(op security.Operation) bool {
		return below(prefix, o.Base()+op.Path)
	})
}

// public reports whether Public names a route; GET covers HEAD there, as it
// does in the document.
func (o *Options) public(method, pattern string) bool {
	if pattern == "" {
		return false
	}
	return slices.Contains(o.Public, method+" "+pattern) ||
		method == http.MethodHead && slices.Contains(o.Public, http.MethodGet+" "+pattern)
}

// unmatched reports whether a request without a route is left to what the
// router has for those: that may be another router, so it must not be a request
// for an operation.
func (o *Options) unmatched(method, path string, operations []security.Operation) bool {
	return o.PassUnknown && !slices.ContainsFunc(operations, func(op security.Operation) bool {
		return (op.Method == method || op.Method == http.MethodGet && method == http.MethodHead) && matches(o.Base()+op.Path, path)
	})
}

// cutCatchAll returns what stands in front of the part of a pattern that takes
// several segments, in the spelling of every router, and whether there is one.
func cutCatchAll(pattern string) (prefix string, found bool) {
	depth, from := 0, 0
	for i := range len(pattern) {
		switch pattern[i] {
		case '*': // inside of braces it is an expression's
			if depth == 0 {
				return pattern[:i], true
			}
		case '{':
			if depth == 0 {
				from = i
			}
			depth++
		case '}':
			depth--
			if depth == 0 && strings.HasSuffix(pattern[from:i], "...") {
				return pattern[:from], true
			}
		}
	}
	return pattern, false
}

// below reports whether a path of the document may lie below the prefix of a
// catch-all. A parameter of the prefix stands for every segment.
func below(prefix, path string) bool {
	for {
		head, rest, more := strings.Cut(prefix, "/")
		segment, tail, deeper := strings.Cut(path, "/")
		if !more {
			return parameter(head) || strings.HasPrefix(segment, head)
		}
		if head != segment && !parameter(head) || !deeper {
			return false
		}
		prefix, path = rest, tail
	}
}

// matches reports whether a request's path may be one of a path of the
// document. A slash at the end makes no difference.
func matches(template, path string) bool {
	template, path = strings.TrimRight(template, "/"), strings.TrimRight(path, "/")
	for {
		head, rest, more := strings.Cut(template, "/")
		segment, tail, deeper := strings.Cut(path, "/")
		if head != segment && !parameter(head) || more != deeper {
			return false
		}
		if !more {
			return true
		}
		template, path = rest, tail
	}
}

// parameter reports whether a segment has one, in the spelling of any router.
func parameter(segment string) bool {
	return strings.HasPrefix(segment, ":") || strings.Contains(segment, "{")
}
