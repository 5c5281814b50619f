package flaskcompat

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/internal/body"
)

func missing(reason string) error { return because(authsdk.ErrTokenMissing, reason) }
func unusable(reason string) error {
	return because(authsdk.ErrCredentialsMalformed, reason)
}

// header is the location headers. The scheme is compared as it is written, and
// of a list exactly one member must have it.
func (m *Manager) header() authsdk.Location {
	name, scheme := m.cfg.HeaderName, m.cfg.HeaderType
	return authsdk.Location{Name: "headers", Find: func(r *http.Request, _ authsdk.TokenType) (string, error) {
		value := strings.Trim(strings.TrimFunc(latin1(strings.Join(r.Header.Values(name), ",")), unicode.IsSpace), ",")
		if value == "" || !m.cfg.BareHeader && strings.Trim(value, ", \t") == "" {
			return "", missing("Missing " + name + " Header")
		}
		if m.cfg.BareHeader {
			words := strings.Fields(value)
			if len(words) != 1 {
				return "", unusable("Bad " + name + " header. Expected '" + name + ": <JWT>'")
			}
			return words[0], nil
		}
		var found [][]string
		for field := range strings.SplitSeq(value, ",") {
			if words := strings.Fields(field); len(words) > 0 && words[0] == scheme {
				found = append(found, words)
			}
		}
		expected := ". Expected '" + name + ": " + scheme + " <JWT>'"
		if len(found) != 1 {
			return "", missing("Missing '" + scheme + "' type in '" + name + "' header" + expected)
		}
		if len(found[0]) != 2 {
			return "", unusable("Bad " + name + " header" + expected)
		}
		return found[0][1], nil
	}}
}

// latin1 reads a header value as Python does, one character a byte.
func latin1(s string) string {
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return string(runes)
}

// query is the location query_string. Of several values the first counts.
func (m *Manager) query() authsdk.Location {
	name, prefix := m.cfg.QueryName, m.cfg.QueryPrefix
	return authsdk.Location{Name: "query_string", Find: func(r *http.Request, _ authsdk.TokenType) (string, error) {
		values, err := url.ParseQuery(r.URL.RawQuery)
		value := values.Get(name)
		if value == "" && err != nil && strings.Contains("&"+r.URL.RawQuery, "&"+url.QueryEscape(name)+"=") {
			return "", malformed("Not enough segments") // something is there, and cannot be read
		}
		if value == "" {
			return "", missing("Missing '" + name + "' query paramater") // as it is spelled there
		}
		token, ok := strings.CutPrefix(value, prefix)
		switch {
		case !ok:
			return "", unusable("Invalid value for query parameter '" + name + "'. Expected the value to start with '" + prefix + "'")
		case token == "":
			return "", malformed("Not enough segments")
		}
		return token, nil
	}}
}

// json is the location json.
func (m *Manager) json() authsdk.Location {
	return authsdk.Location{Name: "json", Find: func(r *http.Request, t authsdk.TokenType) (string, error) {
		key := m.cfg.JSONKey
		if t == authsdk.Refresh {
			key = m.cfg.RefreshJSONKey
		}
		media, _, _ := strings.Cut(r.Header.Get("Content-Type"), ";") // parameters say nothing
		media = strings.ToLower(strings.TrimSpace(media))
		if media != "application/json" && (!strings.HasPrefix(media, "application/") || !strings.HasSuffix(media, "+json")) {
			return "", missing("Invalid content-type. Must be application/json.")
		}
		data, err := peek(r)
		if err != nil {
			return "", err
		}
		var members map[string]any
		if !utf8.Valid(data) || json.Unmarshal(data, &members) != nil || empty(members[key]) {
			return "", missing("Missing \"" + key + "\" key in json data.")
		}
		token, ok := members[key].(string)
		if !ok {
			return "", malformed("Invalid token type. Token must be a <class 'bytes'>")
		}
		return token, nil
	}}
}

// peek returns the body and puts it back.
func peek(r *http.Request) ([]byte, error) {
	data, err := body.Peek(r)
	if err != nil {
		return nil, because(authsdk.ErrRequestMalformed, err.Error())
	}
	return data, nil
}
