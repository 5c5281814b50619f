package authsdk

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/authsdk/authsdk-go/internal/strictjson"
)

var (
	errNotString  = errors.New("not a string")
	errNotTime    = errors.New("not a time in whole seconds")
	errNotStrings = errors.New("not a list of strings")
	errText       = errors.New("empty, too long, or with control characters")
)

// ids is what jti and sid may look like.
var ids = regexp.MustCompile(`^[A-Za-z0-9_-]{16,128}$`)

// tokenTypes is what the claim type may look like.
var tokenTypes = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

// scopeTokens is one scope, RFC 6749 section 3.3.
var scopeTokens = regexp.MustCompile(`^[\x21\x23-\x5B\x5D-\x7E]{1,128}$`)

const (
	maxNumericDate = 99_999_999_999 // the year 5138; milliseconds are beyond it
	maxText        = 255
	maxAudience    = 32
	maxRoles       = 256
)

// isRegistered reports whether name is, or looks like, a claim that this
// package gives a meaning to. Custom claims may not use these names.
func isRegistered(name string) bool {
	switch strictjson.Fold(name) {
	case "TYPE", "JTI", "SUB", "ISS", "AUD", "IAT", "NBF", "EXP", "AUTH_TIME", "FRESH",
		"SCOPE", "ROLES", "SID", "GEN", "CSRF", "CNF":
		return true
	}
	return false
}

// parseClaims reads the payload of a token whose signature is good. Every
// registered claim has its one type and its bounds; a look-alike of one is
// refused; what is absent stays zero.
func parseClaims(payload []byte) (*Claims, error) {
	members, err := strictjson.Object(payload)
	if err != nil {
		return nil, fmt.Errorf("%w: claims: %w", ErrTokenInvalid, err)
	}
	c := &Claims{Raw: json.RawMessage(payload)}
	readers := c.readers()
	for name, raw := range members {
		read, ok := readers[name]
		if !ok {
			if isRegistered(name) {
				return nil, fmt.Errorf("%w: look-alike or unusable claim", ErrTokenInvalid)
			}
			continue
		}
		if err := read(raw); err != nil {
			return nil, fmt.Errorf("%w: claim %s: %w", ErrTokenInvalid, name, err)
		}
	}
	return c, nil
}

// readers maps each registered claim to what reads it. cnf has none: a token
// that is bound to a key must not pass as a bearer token (RFC 7800, RFC 9449
// section 7.1).
func (c *Claims) readers() map[string]func(json.RawMessage) error {
	return map[string]func(json.RawMessage) error{
		"type":      func(raw json.RawMessage) error { return readMatch(raw, (*string)(&c.Type), tokenTypes) },
		"jti":       func(raw json.RawMessage) error { return readMatch(raw, &c.ID, ids) },
		"sid":       func(raw json.RawMessage) error { return readMatch(raw, &c.SessionID, ids) },
		"csrf":      func(raw json.RawMessage) error { return readMatch(raw, &c.CSRF, ids) },
		"sub":       func(raw json.RawMessage) error { return readText(raw, &c.Subject) },
		"iss":       func(raw json.RawMessage) error { return readText(raw, &c.Issuer) },
		"aud":       c.readAudience,
		"roles":     func(raw json.RawMessage) error { return readTexts(raw, &c.Roles, maxRoles) },
		"scope":     c.readScope,
		"iat":       func(raw json.RawMessage) error { return readTime(raw, &c.IssuedAt) },
		"nbf":       func(raw json.RawMessage) error { return readTime(raw, &c.NotBefore) },
		"exp":       func(raw json.RawMessage) error { return readTime(raw, &c.Expires) },
		"auth_time": func(raw json.RawMessage) error { return readTime(raw, &c.AuthTime) },
		"fresh":     c.readFresh,
		"gen":       c.readGeneration,
	}
}

func (c *Claims) readAudience(raw json.RawMessage) error {
	if raw[0] == '"' {
		var one string
		err := readText(raw, &one)
		c.Audience = []string{one}
		return err
	}
	return readTexts(raw, &c.Audience, maxAudience)
}

func (c *Claims) readScope(raw json.RawMessage) error {
	var scope string
	if err := stringMember(raw, &scope); err != nil {
		return err
	}
	c.Scopes = nil
	if scope == "" {
		return nil
	}
	c.Scopes = strings.Split(scope, " ")
	return checkScopes(c.Scopes)
}

// checkScopes refuses scopes that cannot stand in a scope string.
func checkScopes(scopes []string) error {
	for _, s := range scopes {
		if !scopeTokens.MatchString(s) {
			return errors.New("not a scope of RFC 6749 section 3.3")
		}
	}
	return nil
}

// readFresh reads a boolean, or the moment until which the token is fresh.
func (c *Claims) readFresh(raw json.RawMessage) error {
	if bytes.Equal(raw, []byte("true")) || bytes.Equal(raw, []byte("false")) {
		c.Fresh = raw[0] == 't'
		return nil
	}
	return readTime(raw, &c.FreshUntil)
}

func (c *Claims) readGeneration(raw json.RawMessage) error {
	n, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil || n < 0 || n > 1<<53 || raw[0] == '-' {
		return errors.New("not a generation")
	}
	c.Generation = n
	return nil
}

func readMatch(raw json.RawMessage, into *string, pattern *regexp.Regexp) error {
	if err := stringMember(raw, into); err != nil {
		return err
	}
	if !pattern.MatchString(*into) {
		return errors.New("not of the form " + pattern.String())
	}
	return nil
}

func readText(raw json.RawMessage, into *string) error {
	if err := stringMember(raw, into); err != nil {
		return err
	}
	return checkText(*into)
}

// checkText refuses text that reads differently from what it is, or breaks a
// log line: control characters, and the invisible ones that reorder text.
func checkText(s string) error {
	if s == "" || len(s) > maxText || strings.TrimSpace(s) == "" {
		return errText
	}
	for _, r := range s {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == unicode.ReplacementChar {
			return errText
		}
	}
	return nil
}

func readTexts(raw json.RawMessage, into *[]string, most int) error {
	var members []json.RawMessage
	if raw[0] != '[' || json.Unmarshal(raw, &members) != nil || len(members) > most {
		return errNotStrings
	}
	out := make([]string, len(members))
	for i, m := range members {
		if err := readText(m, &out[i]); err != nil {
			return err
		}
	}
	*into = out
	return nil
}

// readTime reads a NumericDate (RFC 7519 section 2) of whole seconds: digits
// only, so that no exponent, fraction, sign or overflow can move a date.
func readTime(raw json.RawMessage, into *time.Time) error {
	n, err := strconv.ParseInt(string(raw), 10, 64)
	if err != nil || n < 1 || n > maxNumericDate {
		return errNotTime
	}
	*into = time.Unix(n, 0).UTC()
	return nil
}
