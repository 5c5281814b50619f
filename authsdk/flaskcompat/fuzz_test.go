package flaskcompat_test

import (
	"bytes"
	"crypto/hmac"
	"encoding/base64"
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/authsdk/authsdk-go/authsdk/flaskcompat"
)

// FuzzDecode: whatever is sent is refused or good, and good is only what the
// secret has signed, in its one spelling.
func FuzzDecode(f *testing.F) {
	m := manager(f, config{DecodeAlgorithms: []string{"HS384", "HS512"}})
	good := access(f, m, options{Fresh: true})
	f.Add(good)
	f.Add(renewal(f, m, options{Headers: object{"kid": "k"}}))
	f.Add(good + "=")
	f.Add(good[:len(good)-1])
	f.Add(strings.ToUpper(good))
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Add("a.b.c.d")
	f.Add("..")
	f.Fuzz(func(t *testing.T, token string) {
		c, err := m.Decode(t.Context(), token, flaskcompat.DecodeOptions{AllowExpired: true})
		if err != nil {
			return
		}
		i := strings.LastIndexByte(token, '.')
		var header struct{ Alg string }
		if err := json.Unmarshal(c.Header, &header); err != nil {
			t.Fatal(err)
		}
		if header.Alg != "HS256" { // others are made here by nobody
			t.Fatalf("%s is accepted", header.Alg)
		}
		if sig, err := base64.RawURLEncoding.Strict().DecodeString(token[i+1:]); err != nil || !hmac.Equal(sig, mac(token[:i])) {
			t.Errorf("%q is accepted with another signature", token)
		}
	})
}

// FuzzClaims signs whatever header and claims there are: what is accepted has
// claims that can be read, and that say who it is.
func FuzzClaims(f *testing.F) {
	m := manager(f, config{})
	for _, claims := range []string{
		`{"sub":"x"}`, `{"sub":"x","exp":9999999999,"iat":1,"nbf":true,"jti":"j","type":"refresh","fresh":1e400,"csrf":1}`,
		`{"sub":"x","fresh":NaN}`, `{"sub":null}`, `{"exp":"12"}`, `[]`, `{"sub":"x","sub":1}`, "{\"sub\":\"\xff\"}", `{"sub":"\ud800"}`, `{"sub":"x","exp":1e999}`,
	} {
		f.Add([]byte(`{"alg":"HS256","typ":"JWT"}`), []byte(claims))
	}
	f.Add([]byte(`{"alg":"HS256","crit":["b64"],"b64":true}`), []byte(`{"sub":"x"}`))
	f.Fuzz(func(t *testing.T, header, claims []byte) {
		c, err := m.Decode(t.Context(), signed(t, header, claims), flaskcompat.DecodeOptions{AllowExpired: true})
		if err != nil {
			if reason(err) == "" {
				t.Errorf("refused without a reason: %v", err)
			}
			return
		}
		all := parsed(t, c.Raw)
		if sub, ok := all["sub"].(string); !ok || sub != c.Subject {
			t.Errorf("subject %q of %s", c.Subject, c.Raw)
		}
		for _, name := range []string{"type", "fresh", "jti"} {
			if _, ok := all[name]; !ok {
				t.Errorf("%s has no %s", c.Raw, name)
			}
		}
		_ = c.IsFresh(start)
	})
}

// FuzzWhyNoJSON: a header that is no JSON is refused with a place within it.
func FuzzWhyNoJSON(f *testing.F) {
	for _, text := range []string{
		"", "x", "{", `{"a"`, `{"a":`, `{"a":1,`, `{"a":"\u12`, `{"a":"\`, `[1,NaN,-Infinity]`, "\xff", "\xe2\x82", "{\"a\":\n1.5e+3 x}", `"\ud800"`, "[[[[[[[[",
	} {
		f.Add([]byte(text))
	}
	m := manager(f, config{})
	message := regexp.MustCompile(`^Invalid header string: (.*: line (\d+) column (\d+) \(char (\d+)\)|'utf-8' codec .*|must be a json object|it is nested too deeply)$`)
	f.Fuzz(func(t *testing.T, text []byte) {
		token := base64.RawURLEncoding.EncodeToString(text) + ".e30."
		_, err := m.Decode(t.Context(), token, flaskcompat.DecodeOptions{})
		msg := reason(err)
		if !strings.HasPrefix(msg, "Invalid header string: ") {
			if err == nil || !json.Valid(text) && !bytes.ContainsAny(text, "Ny") && len(token) <= 4*8192 {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		found := message.FindStringSubmatch(msg)
		if found == nil {
			t.Fatalf("%q: %s", text, msg)
		}
		if found[4] == "" {
			return
		}
		runes := []rune(string(text))
		at, _ := strconv.Atoi(found[4])
		if at > len(runes) {
			t.Fatalf("%q has %d characters: %s", text, len(runes), msg)
		}
		before := string(runes[:at])
		line := strconv.Itoa(strings.Count(before, "\n") + 1)
		column := strconv.Itoa(at - len([]rune(before[:strings.LastIndexByte(before, '\n')+1])) + 1)
		if found[2] != line || found[3] != column {
			t.Errorf("%q: %s, want line %s column %s", text, msg, line, column)
		}
	})
}
