// Package strictjson reads JSON objects the way a security boundary must: what
// two parsers could understand differently is refused.
//
// encoding/json takes the last of two equal names, matches names without
// regard to case, replaces invalid text by U+FFFD and lets a decoder stop
// before the end of the input. Each of these has let a token or a request mean
// one thing to the checker and another to the user (RFC 8725 section 2.4,
// RFC 7493).
package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxDepth is how deep objects and arrays may be nested.
const MaxDepth = 32

// Errors that [Object] returns, wrapped with the place where that is safe to
// show: no error quotes the input.
var (
	ErrSyntax    = errors.New("not one well-formed JSON object")
	ErrDuplicate = errors.New("two members of one object have the same or look-alike names")
	ErrText      = errors.New("text that is not valid Unicode")
	ErrDepth     = errors.New("nested too deeply")
)

// Object checks data and returns its members by name, undecoded. It accepts
// exactly one JSON object in UTF-8, with nothing behind it but white space,
// whose objects (at every depth) have no two names that are equal or differ
// only in case, and whose strings hold no lone surrogates.
func Object(data []byte) (map[string]json.RawMessage, error) {
	if !utf8.Valid(data) || loneSurrogate(data) {
		return nil, ErrText
	}
	trimmed := bytes.TrimLeft(data, " \t\r\n")
	if len(trimmed) == 0 || trimmed[0] != '{' {
		return nil, ErrSyntax
	}
	if err := walk(trimmed); err != nil {
		return nil, err
	}
	members := make(map[string]json.RawMessage)
	if err := json.Unmarshal(trimmed, &members); err != nil {
		return nil, ErrSyntax
	}
	return members, nil
}

// Fold returns the form under which two names count as look-alikes: case is
// folded the way encoding/json folds it, U+017F and U+212A included.
func Fold(name string) string {
	return strings.Map(foldRune, name)
}

// foldRune returns the smallest rune that r folds to and from.
func foldRune(r rune) rune {
	smallest := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		if f < smallest {
			smallest = f
		}
	}
	return smallest
}

// walk reads the whole input token by token, which checks the syntax and the
// end of the input, and refuses look-alike names and deep nesting.
func walk(data []byte) error {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := value(dec, 0); err != nil {
		return err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return fmt.Errorf("%w: something follows the object", ErrSyntax)
	}
	return nil
}

func value(dec *json.Decoder, depth int) error {
	tok, err := dec.Token()
	if err != nil {
		return ErrSyntax
	}
	delim, ok := tok.(json.Delim)
	if !ok {
		return nil
	}
	if depth == MaxDepth {
		return ErrDepth
	}
	if delim == '{' {
		err = object(dec, depth+1)
	} else {
		err = array(dec, depth+1)
	}
	if err != nil {
		return err
	}
	if _, err := dec.Token(); err != nil { // the closing delimiter
		return ErrSyntax
	}
	return nil
}

func object(dec *json.Decoder, depth int) error {
	seen := make(map[string]struct{})
	for dec.More() {
		tok, err := dec.Token()
		if err != nil {
			return ErrSyntax
		}
		name, ok := tok.(string)
		if !ok {
			return ErrSyntax
		}
		folded := Fold(name)
		if _, dup := seen[folded]; dup {
			return ErrDuplicate
		}
		seen[folded] = struct{}{}
		if err := value(dec, depth); err != nil {
			return err
		}
	}
	return nil
}

func array(dec *json.Decoder, depth int) error {
	for dec.More() {
		if err := value(dec, depth); err != nil {
			return err
		}
	}
	return nil
}

// loneSurrogate reports whether data holds a \uD800–\uDFFF escape that is not
// half of a pair. encoding/json reads each as U+FFFD, so that two different
// strings become one.
func loneSurrogate(data []byte) bool {
	for i := 0; i < len(data); i++ {
		if data[i] != '\\' {
			continue
		}
		r, ok := escape(data[i:])
		switch {
		case !ok:
			i++ // a two-character escape, \\ among them
		case r < 0xD800 || r > 0xDFFF:
			i += 5
		default:
			low, ok := escape(data[min(i+6, len(data)):])
			if r >= 0xDC00 || !ok || low < 0xDC00 || low > 0xDFFF {
				return true
			}
			i += 11
		}
	}
	return false
}

// escape reads the \uXXXX at the start of data.
func escape(data []byte) (rune, bool) {
	if len(data) < 6 || data[0] != '\\' || data[1] != 'u' {
		return 0, false
	}
	n, err := strconv.ParseUint(string(data[2:6]), 16, 16)
	return rune(n), err == nil
}
