package authsdk

import (
	"cmp"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"regexp"
	"strings"

	"github.com/authsdk/authsdk-go/internal/body"
	"github.com/authsdk/authsdk-go/internal/strictjson"
)

// Bearer is the Authorization header with the scheme Bearer, RFC 6750 section
// 2.1. The scheme is compared without regard to case (RFC 9110 section 11.1).
// Another scheme counts as no token; two headers, or anything but one word
// after the scheme, is an error.
func Bearer() Location {
	return Location{Name: "headers", Find: func(r *http.Request, _ TokenType) (string, error) {
		values := r.Header.Values("Authorization")
		if len(values) == 0 {
			return "", ErrTokenMissing.because("Missing Authorization Header")
		}
		if len(values) > 1 {
			return "", fmt.Errorf("%w: %d Authorization headers", ErrCredentialsMalformed, len(values))
		}
		scheme, token, _ := strings.Cut(values[0], " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return "", ErrTokenMissing.because("Missing 'Bearer' type in 'Authorization' header. Expected 'Authorization: Bearer <JWT>'")
		}
		token = strings.Trim(token, " ")
		if token == "" || !oneWord(token) {
			return "", ErrCredentialsMalformed.because("Bad Authorization header. Expected 'Authorization: Bearer <JWT>'")
		}
		return token, nil
	}}
}

// oneWord reports whether s has no blank, tab and comma. Three quick looks at a
// token take a tenth of the time of strings.ContainsAny.
func oneWord(s string) bool {
	return strings.IndexByte(s, ' ') < 0 && strings.IndexByte(s, '\t') < 0 && strings.IndexByte(s, ',') < 0
}

// HeaderConfig configures [Header].
type HeaderConfig struct {
	// Name is the header; empty means Authorization.
	Name string
	// Scheme stands in front of the token; empty means Bearer. It is compared
	// without regard to case unless MatchCase is set.
	Scheme    string
	MatchCase bool
	// Bare is a header that is the token alone, without a scheme.
	Bare bool
}

// fieldTokens is a header name or a scheme, RFC 9110 section 5.6.2.
var fieldTokens = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")

func (cfg *HeaderConfig) check() error {
	switch {
	case cfg.Name != "" && !fieldTokens.MatchString(cfg.Name):
		return fmt.Errorf("Header: the Name %q is no header name", cfg.Name)
	case cfg.Scheme != "" && !fieldTokens.MatchString(cfg.Scheme):
		return fmt.Errorf("Header: the Scheme %q is not one word", cfg.Scheme)
	case cfg.Bare && (cfg.Scheme != "" || cfg.MatchCase):
		return errors.New("Header: a Bare header has no Scheme and no MatchCase")
	}
	return nil
}

// Header is a header of one's own, or one that holds a list: the fields are
// separated by commas, and exactly one of them must have the scheme. Take
// [Bearer] where clients send the standard header.
func Header(cfg HeaderConfig) Location {
	name, scheme := cmp.Or(cfg.Name, "Authorization"), cmp.Or(cfg.Scheme, "Bearer")
	expected := "Expected '" + name + ": " + scheme + " <JWT>'"
	return Location{Name: "headers", mistake: cfg.check(), Find: func(r *http.Request, _ TokenType) (string, error) {
		value := strings.Trim(strings.Join(r.Header.Values(name), ","), " \t,")
		if value == "" {
			return "", ErrTokenMissing.because("Missing " + name + " Header")
		}
		if cfg.Bare {
			if len(strings.Fields(value)) != 1 {
				return "", ErrCredentialsMalformed.because("Bad " + name + " header. Expected '" + name + ": <JWT>'")
			}
			return value, nil
		}
		var found [][]string
		for field := range strings.SplitSeq(value, ",") {
			words := strings.Fields(field)
			if len(words) > 0 && (words[0] == scheme || !cfg.MatchCase && strings.EqualFold(words[0], scheme)) {
				found = append(found, words)
			}
		}
		switch {
		case len(found) > 1: // which of them counts must not be guessed at
			return "", ErrCredentialsMalformed.because("Missing '" + scheme + "' type in '" + name + "' header. " + expected)
		case len(found) == 0:
			return "", ErrTokenMissing.because("Missing '" + scheme + "' type in '" + name + "' header. " + expected)
		case len(found[0]) != 2:
			return "", ErrCredentialsMalformed.because("Bad " + name + " header. " + expected)
		}
		return found[0][1], nil
	}}
}

// Query is a parameter of the query string, whose value begins with prefix. A
// URL ends up in logs, histories and Referer headers: use it where nothing
// else can be sent, with short-lived tokens (RFC 9700 section 4.3.2).
func Query(name, prefix string) Location {
	var mistake error
	if name == "" {
		mistake = errors.New("Query needs the name of a parameter")
	}
	return Location{Name: "query_string", mistake: mistake, Find: func(r *http.Request, _ TokenType) (string, error) {
		values := r.URL.Query()[name]
		switch {
		case len(values) > 1:
			return "", ErrCredentialsMalformed.because("The query parameter '" + name + "' came twice")
		case len(values) == 0 || values[0] == "":
			return "", ErrTokenMissing.because("Missing '" + name + "' query parameter")
		}
		token, ok := strings.CutPrefix(values[0], prefix)
		if !ok || token == "" {
			return "", ErrCredentialsMalformed.because("Invalid value for query parameter '" + name +
				"'. Expected the value to start with '" + prefix + "'")
		}
		return token, nil
	}}
}

// JSONBody is a member of a JSON body: accessKey for access tokens and types of
// one's own, refreshKey for refresh tokens. The body is read, up to 64 KiB, and
// is there again for the handler. A body that is no JSON object, or that two
// parsers could read differently, carries no token.
func JSONBody(accessKey, refreshKey string) Location {
	var mistake error
	if accessKey == "" || refreshKey == "" {
		mistake = errors.New("JSONBody needs two keys, which may be the same")
	}
	return Location{Name: "json", mistake: mistake, Find: func(r *http.Request, t TokenType) (string, error) {
		key := accessKey
		if t == Refresh {
			key = refreshKey
		}
		media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
		if err != nil || media != "application/json" && (!strings.HasPrefix(media, "application/") || !strings.HasSuffix(media, "+json")) {
			return "", ErrTokenMissing.because("Invalid content-type. Must be application/json.")
		}
		absent := ErrTokenMissing.because("Missing \"" + key + "\" key in json data.")
		data, err := peek(r)
		if err != nil {
			return "", err
		}
		members, err := strictjson.Object(data)
		if err != nil {
			return "", absent
		}
		raw, ok := members[key]
		if !ok || string(raw) == "null" {
			return "", absent
		}
		var token string
		if err := stringMember(raw, &token); err != nil {
			return "", ErrCredentialsMalformed.because("The \"" + key + "\" key in json data must be a string.")
		}
		if token == "" {
			return "", absent
		}
		return token, nil
	}}
}

// peek returns the body and puts it back.
func peek(r *http.Request) ([]byte, error) {
	data, err := body.Peek(r)
	if errors.Is(err, body.ErrTooLarge) {
		return nil, ErrRequestMalformed.because(err.Error())
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRequestMalformed, err)
	}
	return data, nil
}

// WebSocket is the sub-protocol list of a WebSocket handshake, where a browser
// can set no other header: new WebSocket(url, ["bearer", token]). The server
// must answer with the sub-protocol "bearer" (RFC 6455 section 4.2.2).
func WebSocket() Location {
	return Location{Name: "websocket", Find: func(r *http.Request, _ TokenType) (string, error) {
		var protocols []string
		for _, value := range r.Header.Values("Sec-WebSocket-Protocol") {
			for p := range strings.SplitSeq(value, ",") {
				protocols = append(protocols, strings.TrimSpace(p))
			}
		}
		for i, p := range protocols {
			if !strings.EqualFold(p, "bearer") {
				continue
			}
			if i+2 != len(protocols) || protocols[i+1] == "" {
				return "", ErrCredentialsMalformed.because("Expected the sub-protocols 'bearer, <JWT>'")
			}
			return protocols[i+1], nil
		}
		return "", ErrTokenMissing.because("Missing the sub-protocol 'bearer'")
	}}
}
