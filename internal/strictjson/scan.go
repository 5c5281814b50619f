package strictjson

import (
	"strconv"
	"strings"
)

// The functions here read the grammar of RFC 8259, and nothing else. Each
// begins at an index of text and returns the index behind what it has read.
// Indices are passed on instead of kept: so they stay in registers.

// skip steps over a value at depth, that of the objects and arrays around it.
func skip(text string, at, depth int) (end int, err error) {
	switch c := byteAt(text, at); {
	case c == '"':
		_, end, _ = String(text, at)
	case c == '-' || isDigit(c):
		end = number(text, at)
	case c == '{' || c == '[':
		if depth == MaxDepth {
			return 0, ErrDepth
		}
		inside := func(at int) (int, error) { return skip(text, at, depth+1) }
		if c == '[' {
			return Elements(text, at, inside)
		}
		var seen names
		return members(text, at, &seen, func(_ string, at int) (int, error) { return inside(at) })
	default:
		for _, word := range [...]string{"true", "false", "null"} {
			if strings.HasPrefix(text[at:], word) {
				end = at + len(word)
			}
		}
	}
	if end == 0 {
		return 0, ErrSyntax
	}
	return end, nil
}

// members reads an object, see [Members].
func members(text string, at int, seen *names, f func(name string, at int) (end int, err error)) (end int, err error) {
	if byteAt(text, at) != '{' {
		return 0, ErrSyntax
	}
	at = space(text, at+1)
	if byteAt(text, at) == '}' {
		return at + 1, nil
	}
	return following(text, at, seen, f)
}

// following reads an object from a name on, behind those that were seen.
func following(text string, at int, seen *names, f func(name string, at int) (end int, err error)) (end int, err error) {
	for {
		name, end, plain := String(text, at)
		if end == 0 {
			return 0, ErrSyntax
		}
		if !seen.add(name, plain) {
			return 0, ErrDuplicate
		}
		at = space(text, end)
		if byteAt(text, at) != ':' {
			return 0, ErrSyntax
		}
		if at, err = f(name, space(text, at+1)); err != nil {
			return 0, err
		}
		at = space(text, at)
		switch byteAt(text, at) {
		case ',':
			at = space(text, at+1)
		case '}':
			return at + 1, nil
		default:
			return 0, ErrSyntax
		}
	}
}

// byteAt returns the byte at an index, or 0 at the end: nothing begins with it.
func byteAt(text string, at int) byte {
	if at < len(text) {
		return text[at]
	}
	return 0
}

// space steps over white space.
func space(text string, at int) int {
	for at < len(text) && text[at] <= ' ' && (text[at] == ' ' || text[at] == '\n' || text[at] == '\r' || text[at] == '\t') {
		at++
	}
	return at
}

// number reads a number: RFC 8259 section 6. It returns 0 if there is none, or
// one beyond float64, which some programs refuse and others take for another
// (RFC 7493 section 2.2).
func number(text string, at int) int {
	first := at
	if byteAt(text, at) == '-' {
		at++
	}
	start := at
	if at = digits(text, at); at == 0 || text[start] == '0' && at > start+1 {
		return 0
	}
	short := at-start < 300
	if byteAt(text, at) == '.' {
		if at = digits(text, at+1); at == 0 {
			return 0
		}
	}
	if c := byteAt(text, at); c == 'e' || c == 'E' {
		at++
		if c := byteAt(text, at); c == '+' || c == '-' {
			at++
		}
		if at = digits(text, at); at == 0 {
			return 0
		}
		short = false
	}
	if short {
		return at
	}
	if _, err := strconv.ParseFloat(text[first:at], 64); err != nil {
		return 0
	}
	return at
}

// digits steps over digits. It returns 0 if there are none.
func digits(text string, at int) int {
	start := at
	for isDigit(byteAt(text, at)) {
		at++
	}
	if at == start {
		return 0
	}
	return at
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }
