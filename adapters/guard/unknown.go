package guard

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/authsdk/authsdk-go/authsdk/security"
)

// passes reports whether a route that the document does not know is let pass.
// A catch-all may be another router that serves operations of the document, and
// what differs from an operation by its method, or by a slash at the end, may be the
// same handler (one route for every method; a sub-router of chi, which serves its own
// path with and without a slash), so PassUnknown is not enough for them.
func (o *Options) passes(index *security.Index, method, pattern string, operations []security.Operation) bool {
	if o.public(method, pattern) {
		return true
	}
	if !o.PassUnknown {
		return false
	}
	other, slash := strings.CutSuffix(strings.TrimSuffix(pattern, "{$}"), "/") // "/orders/{$}" of net/http
	if !slash {
		other += "/"
	}
	prefix, catchAll := cutCatchAll(pattern)
	return !slices.ContainsFunc(operations, func(op security.Operation) bool {
		return lookup(index, o, op.Method, pattern) != nil || lookup(index, o, op.Method, other) != nil ||
			catchAll && below(prefix, o.Base()+op.Path)
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
// for the path of an operation.
func (o *Options) unmatched(u *url.URL, operations []security.Operation) bool {
	escaped := u.EscapedPath() // there an encoded slash separates nothing
	return o.PassUnknown && !slices.ContainsFunc(operations, func(op security.Operation) bool {
		return matches(o.Base()+op.Path, u.Path) || matches(o.Base()+op.Path, escaped)
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

// matches reports whether a request's path, as it was sent or decoded, may be
// one of a path of the document. Slashes at the end make no difference, or stand
// for parameters that are empty.
func matches(template, path string) bool {
	template, sent := strings.TrimRight(template, "/"), len(path)
	path = strings.TrimRight(path, "/")
	slashes := sent - len(path)
	for {
		head, rest, more := strings.Cut(template, "/")
		segment, tail, deeper := strings.Cut(path, "/")
		if more && !deeper && slashes > 0 {
			deeper, slashes = true, slashes-1
		}
		if more != deeper || !parameter(head) && !spells(segment, head) {
			return false
		}
		if !more {
			return true
		}
		template, path = rest, tail
	}
}

// spells reports whether a segment is text, as it is or encoded: then it has at
// most three times its length, which bounds what a long path costs.
func spells(segment, text string) bool {
	if segment == text || len(segment) > 3*len(text) {
		return segment == text
	}
	plain, err := url.PathUnescape(segment)
	return err == nil && plain == text
}

// parameter reports whether a segment has one, in the spelling of any router.
func parameter(segment string) bool {
	return strings.HasPrefix(segment, ":") || strings.Contains(segment, "{")
}
