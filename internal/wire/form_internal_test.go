package wire

import (
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzForm: a form that is accepted says of each parameter one thing, whoever
// reads it; and what says two things, or is no text, is refused.
func FuzzForm(f *testing.F) {
	for _, seed := range []string{
		"", "grant_type=client_credentials&scope=a+b", "a=1&a=1", "a=&a=1", "a=1;b=2", "%zz", "a=%00", "a=%ff", "a", "=", "&&", "a=b=c", "a%3D1=2", "+=+",
		strings.Repeat("a=1&", 20_000),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		got, err := parseForm(body)
		all, broken := url.ParseQuery(body)
		if err != nil {
			if len(got) != 0 {
				t.Fatalf("%q: %v beside an error", body, got)
			}
			good := broken == nil
			for name, values := range all {
				good = good && len(values) == 1 && isText(name) && isText(values[0])
			}
			if good {
				t.Fatalf("%q is refused: %v", body, err)
			}
			return
		}
		if broken != nil {
			t.Fatalf("%q is accepted", body)
		}
		for name, values := range got {
			if len(values) != 1 || values[0] == "" || !utf8.ValidString(name+values[0]) || strings.Contains(name+values[0], "\x00") || values[0] != all.Get(name) {
				t.Fatalf("%q: %q is %q", body, name, values)
			}
		}
		for name := range all {
			if all.Get(name) != "" && got.Get(name) == "" {
				t.Fatalf("%q: %q is lost", body, name)
			}
		}
	})
}
