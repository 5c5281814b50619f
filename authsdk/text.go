package authsdk

import (
	"encoding/json"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What texts of a token may look like. All of them are read on every request.

var (
	errID        = errors.New("must match " + idPattern)
	errTokenType = errors.New("must match " + tokenTypePattern)
	errScope     = errors.New("not a scope of RFC 6749 section 3.3")
	errText      = errors.New("empty, too long, or with control characters")
)

const (
	idPattern        = "^[A-Za-z0-9_-]{16,128}$" // what isID knows
	tokenTypePattern = "^[a-z][a-z0-9-]{0,31}$"  // what isTokenType knows

	minID, maxID = 16, 128
	maxText      = 255
	maxScope     = 128
)

// isID reports whether s has the form of jti, sid and csrf.
func isID(s string) bool {
	const (
		low  = (1<<10-1)<<'0' | 1<<'-'
		high = (1<<26-1)<<('A'-64) | (1<<26-1)<<('a'-64) | 1<<('_'-64)
	)
	return minID <= len(s) && len(s) <= maxID && consists(s, low, high)
}

// isTokenType reports whether s has the form of the claim type.
func isTokenType(s string) bool {
	if s == string(Access) {
		return true
	}
	const (
		low  = (1<<10-1)<<'0' | 1<<'-'
		high = (1<<26 - 1) << ('a' - 64)
	)
	return 1 <= len(s) && len(s) <= 32 && 'a' <= s[0] && s[0] <= 'z' && consists(s, low, high)
}

// isScope reports whether s is one scope token of at most 128 bytes: RFC 6749 section 3.3.
func isScope(s string) bool {
	const (
		low  = (1<<31 - 1) << '!' &^ (1 << '"')
		high = (1<<63 - 1) &^ (1 << ('\\' - 64))
	)
	return 1 <= len(s) && len(s) <= maxScope && consists(s, low, high)
}

// consists reports whether all of s is ASCII of the set whose bits are low
// (0 to 63) and high (64 to 127). It has no branch for each byte: identifiers
// are random, so that a processor would guess wrong.
func consists(s string, low, high uint64) bool {
	var all byte
	good := uint64(1)
	for i := range len(s) {
		c, set := s[i], low
		if c&64 != 0 {
			set = high
		}
		all |= c
		good &= set >> (c & 63)
	}
	return good == 1 && all < utf8.RuneSelf
}

// checkScopes refuses scopes that cannot stand in a scope string.
func checkScopes(scopes []string) error {
	for _, s := range scopes {
		if !isScope(s) {
			return errScope
		}
	}
	return nil
}

// checkText refuses text that reads differently from what it is, or breaks a
// log line: control characters, and the invisible ones that reorder text.
func checkText(s string) error {
	const printable = 1<<63 - 1 // and DEL is not
	if len(s) > maxText {
		return errText
	}
	if consists(s, 1<<64-1<<' ', printable) {
		if strings.Trim(s, " ") == "" {
			return errText
		}
		return nil
	}
	if strings.TrimSpace(s) == "" {
		return errText
	}
	for _, r := range s {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == unicode.ReplacementChar {
			return errText
		}
	}
	return nil
}

// stringMember decodes a JSON string, which null is not.
func stringMember(raw json.RawMessage, into *string) error {
	if len(raw) == 0 || raw[0] != '"' {
		return errNotString
	}
	return json.Unmarshal(raw, into)
}
