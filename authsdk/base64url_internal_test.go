package authsdk

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"
)

// FuzzBase64URL holds decoder and encoder against encoding/base64 without its
// tolerance for line breaks.
func FuzzBase64URL(f *testing.F) {
	for _, seed := range []string{
		"", "A", "AA", "AB", "AAA", "AAE", "AAAA", "AAAAAAAA", "AAAAAAAAAAA", "_-_-_-_-_-_-_-_-_-_-_w",
		"AA==", "A\nAA", "AAAA\r\nAAAA", "AA+/", "AAAAAAAAAAAAAAA ", "\x80AAA", "AAAAAAA\xff",
	} {
		f.Add(seed)
	}
	b := newBase64url()
	strict := base64.RawURLEncoding.Strict()
	f.Fuzz(func(t *testing.T, s string) {
		out := bytes.Repeat([]byte{0xAA}, b.size(s)+1)
		got := b.decode(out[:b.size(s):b.size(s)], s)
		want, err := strict.DecodeString(s)
		if got != (err == nil && !strings.ContainsAny(s, "\r\n")) {
			t.Fatalf("decode(%q) = %v, encoding/base64 says %v", s, got, err)
		}
		if out[len(out)-1] != 0xAA {
			t.Fatalf("decode(%q) wrote beyond its room", s)
		}
		if encoded := b.appendTo([]byte("."), []byte(s)); string(encoded) != "."+strict.EncodeToString([]byte(s)) {
			t.Fatalf("appendTo(%q) = %q", s, encoded)
		}
		if got && !bytes.Equal(out[:len(out)-1], want) {
			t.Fatalf("decode(%q) = %x, want %x", s, out[:len(out)-1], want)
		}
	})
}
