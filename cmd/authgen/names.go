package main

import (
	"fmt"
	"go/token"
	"strings"
	"unicode"
)

// initialisms are written in capitals, as oapi-codegen and linters want it.
func initialism(word string) bool {
	switch word {
	case "API", "CSRF", "DNS", "HTML", "HTTP", "HTTPS", "ID", "IP", "JSON", "JWK", "JWKS", "JWT",
		"MTLS", "OIDC", "SQL", "TLS", "UI", "URI", "URL", "UUID", "XML":
		return true
	}
	return false
}

// goName makes an exported Go name of what a document calls something. Only
// ASCII letters and digits are kept: a name in a document is input.
func goName(name string) string {
	var out, word strings.Builder
	flush := func() {
		w := word.String()
		word.Reset()
		if upper := strings.ToUpper(w); initialism(upper) {
			w = upper
		} else if w != "" {
			w = strings.ToUpper(w[:1]) + w[1:]
		}
		out.WriteString(w)
	}
	lower := false
	for _, r := range name {
		switch {
		case r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r):
			flush()
			lower = false
			continue
		case unicode.IsUpper(r) && lower:
			flush()
		}
		lower = !unicode.IsUpper(r)
		word.WriteRune(r)
	}
	flush()
	return out.String()
}

// identifiers gives every name of a document its Go name, and refuses those
// that have none or share one.
type identifiers struct {
	prefix string
	what   string
	taken  map[string]string
}

func newIdentifiers(prefix, what string) *identifiers {
	return &identifiers{prefix: prefix, what: what, taken: map[string]string{}}
}

func (i *identifiers) add(name string) (string, error) {
	id := i.prefix + goName(name)
	if !token.IsIdentifier(id) || !token.IsExported(id) {
		return "", fmt.Errorf("the %s %q makes no Go name: begin it with a letter of ASCII", i.what, name)
	}
	if other, dup := i.taken[id]; dup {
		return "", fmt.Errorf("the %ss %q and %q make the same Go name %s: rename one of them", i.what, other, name, id)
	}
	i.taken[id] = name
	return id, nil
}

// comment makes one line of a text that comes from a document.
func comment(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, text)
}
