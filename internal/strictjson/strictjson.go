// Package strictjson reads JSON objects the way a security boundary must: what
// two parsers could understand differently is refused.
//
// encoding/json takes the last of two equal names, matches names without
// regard to case, replaces invalid text by U+FFFD and lets a decoder stop
// before the end of the input. Each of these has let a token or a request mean
// one thing to the checker and another to the user (RFC 8725 section 2.4,
// RFC 7493).
//
// Texts are read once, from the first byte to the last, and what is returned
// are parts of them: reading the claims of a token allocates nothing here.
package strictjson

import (
	"encoding/json"
	"errors"
	"fmt"
)

// MaxDepth is how deep objects and arrays may be nested.
const MaxDepth = 32

// Errors that [Object] and [Members] return, wrapped with the place where that is
// safe to show: no error quotes the input.
var (
	ErrSyntax    = errors.New("not one well-formed JSON object")
	ErrDuplicate = errors.New("two members of one object have the same or look-alike names")
	ErrText      = errors.New("text that is not valid Unicode")
	ErrDepth     = errors.New("nested too deeply")
)

// Object checks data as [Members] does and returns its members by name,
// undecoded.
func Object(data []byte) (map[string]json.RawMessage, error) {
	text := string(data)
	all := make(map[string]json.RawMessage)
	err := Members(text, func(name string, at int) (int, error) {
		end, err := Skip(text, at)
		if err == nil {
			all[name] = json.RawMessage(text[at:end])
		}
		return end, err
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// Members calls f for every member of the object that text consists of, in
// their order, with the decoded name and the index where the value begins. F
// reads the value, with the functions of this package, and returns the index
// behind it.
//
// Members accepts exactly one JSON object in UTF-8, with nothing behind it but
// white space, whose objects (at every depth) have no two names that are equal
// or differ only in case, and whose strings hold no lone surrogates. What f has
// read counts only if Members returns nil: a mistake may stand behind it. The
// first error of f ends the reading and is returned as it is, unless the text
// is not even Unicode.
func Members(text string, f func(name string, at int) (end int, err error)) error {
	var seen names
	end, err := members(text, space(text, 0), &seen, f)
	return last(text, end, err)
}

// last checks what follows the object, and what an error means.
func last(text string, end int, err error) error {
	if err == nil && space(text, end) != len(text) {
		err = fmt.Errorf("%w: something follows the object", ErrSyntax)
	}
	if err != nil && !unicodeText(text) {
		err = ErrText
	}
	return err
}

// Elements calls f for every element of the array at an index, as [Members]
// does for members, and returns the index behind the array.
func Elements(text string, at int, f func(at int) (end int, err error)) (end int, err error) {
	if byteAt(text, at) != '[' {
		return 0, ErrSyntax
	}
	at = space(text, at+1)
	if byteAt(text, at) == ']' {
		return at + 1, nil
	}
	for {
		if at, err = f(at); err != nil {
			return 0, err
		}
		at = space(text, at)
		switch byteAt(text, at) {
		case ',':
			at = space(text, at+1)
		case ']':
			return at + 1, nil
		default:
			return 0, ErrSyntax
		}
	}
}

// Skip returns the index behind the value at an index, which is a member of
// the object that is read.
func Skip(text string, at int) (end int, err error) {
	return skip(text, at, 1)
}
