package users_test

import (
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/authsdk/authsdk-go/authsdk/users"
)

func TestCanonical(t *testing.T) {
	t.Parallel()
	for in, out := range map[string]string{
		"alice":                   "alice",
		"Alice":                   "alice",
		"ＡＬＩＣＥ":                   "alice",
		"bob.smith+x@example.org": "bob.smith+x@example.org",
		"andré":                   "andré",
		"Andre\u0301":             "andré",
		"İ":                       "i\u0307",
		"ΣΊΣΥΦΟΣ":                 "σίσυφοσ",
		"\u7528\u6237":            "\u7528\u6237",
		"\u05d0\u05d1":            "\u05d0\u05d1",
		strings.Repeat("é", 128):  strings.Repeat("é", 128),
		// Refused.
		"":                             "",
		" ":                            "",
		"alice ":                       "",
		" alice":                       "",
		"al ice":                       "",
		"al\u00a0ice":                  "",
		"al\tice":                      "",
		"alice\x00":                    "",
		"alice\n":                      "",
		"alice\xff":                    "",
		"al\u200bice":                  "",
		"al\u00adice":                  "",
		"\u202eecila":                  "",
		"ﬁ":                            "",
		"①":                            "",
		"𝐚":                            "",
		"a\u05d0":                      "",
		"🐎":                            "",
		strings.Repeat("a", 129):       "",
		strings.Repeat("İ", 65):        "",
		strings.Repeat("a", 1<<20):     "",
		strings.Repeat("e\u0301", 100): "",
	} {
		got, err := users.Canonical(in)
		if got != out || (out == "") != errors.Is(err, users.ErrInvalid) {
			t.Errorf("Canonical(%.40q) = %q, %v, want %q", in, got, err, out)
		}
		if err != nil && in != "" && strings.TrimSpace(in) != "" && strings.Contains(err.Error(), in) {
			t.Errorf("Canonical(%.40q): error %q repeats the name", in, err)
		}
	}
}

func FuzzCanonical(f *testing.F) {
	for _, name := range []string{"alice", "Andre\u0301", "İ", "ΣΣ", "ａ", "\u05d0", "a b", "\xff", "\u0345\u0300", "ẞ", ""} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		once, err := users.Canonical(name)
		if err != nil {
			if !errors.Is(err, users.ErrInvalid) || once != "" {
				t.Errorf("Canonical(%q) = %q, %v, want ErrInvalid", name, once, err)
			}
			return
		}
		twice, err := users.Canonical(once)
		if twice != once || err != nil {
			t.Errorf("Canonical(%q) = %q, and of that %q, %v", name, once, twice, err)
		}
		if n := utf8.RuneCountInString(once); n < 1 || n > 128 || !utf8.ValidString(once) {
			t.Errorf("Canonical(%q) = %q: not 1 to 128 characters of UTF-8", name, once)
		}
		for _, r := range once {
			if unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
				t.Errorf("Canonical(%q) = %q holds %U", name, once, r)
			}
		}
	})
}
