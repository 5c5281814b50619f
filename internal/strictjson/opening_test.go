package strictjson_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/authsdk/authsdk-go/internal/strictjson"
)

// reading is what a caller of Members sees.
type reading struct {
	Members []string
	Err     string
}

// read reads a text with f, which is Members or behind an opening.
func read(text string, f func(string, func(string, int) (int, error)) error) reading {
	var r reading
	err := f(text, func(name string, at int) (int, error) {
		end, err := strictjson.Skip(text, at)
		if err == nil {
			r.Members = append(r.Members, fmt.Sprintf("%q: %s", name, text[at:end]))
		}
		return end, err
	})
	for _, known := range []error{strictjson.ErrSyntax, strictjson.ErrDuplicate, strictjson.ErrText, strictjson.ErrDepth} {
		if errors.Is(err, known) {
			r.Err = known.Error()
		}
	}
	if err == nil {
		return r
	}
	if r.Err == "" {
		r.Err = err.Error()
	}
	return reading{Err: r.Err} // what was read before counts for nothing
}

// common is what may open a text.
func common(name string) bool { return name == "a" || name == "b" || name == "\u017f" }

// sameBehind reads text behind the opening of first, if it begins so, and wants
// what Members gives.
func sameBehind(t *testing.T, first, text string) (used bool) {
	t.Helper()
	if read(first, strictjson.Members).Err != "" {
		return false
	}
	opening := strictjson.OpeningOf(first, common)
	if !opening.Begins(text) {
		return false
	}
	want := read(text, strictjson.Members)
	got := read(text, opening.MembersBehind)
	if want.Err == "" && got.Err == "" {
		skipped := len(want.Members) - len(got.Members)
		if skipped < 1 {
			t.Errorf("%s behind that of %s: nothing was skipped", text, first)
			return true
		}
		for _, m := range want.Members[:skipped] {
			name, _, _ := strings.Cut(strings.Trim(m, `"`), `"`)
			if !opening.Has(name) && name != `\u017f` && name != "ſ" {
				t.Errorf("%s behind that of %s: skipped %s, which is not of the opening", text, first, m)
			}
		}
		want.Members = want.Members[skipped:]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s behind that of %s (-Members +MembersBehind):\n%s", text, first, diff)
	}
	return true
}

func TestOpening(t *testing.T) {
	t.Parallel()
	const first = `{"a":1,"b":[2, 3],"c":4}`
	for text, want := range map[string]bool{
		first:                                   true,
		`{"a":1,"b":[2, 3],"d":{"e":5}}`:        true,
		`{"a":1,"b":[2, 3],   "d":6}`:           true,
		`{"a":1,"b":[2, 3],"a":7}`:              true, // twice
		`{"a":1,"b":[2, 3],"A":7}`:              true, // a look-alike
		`{"a":1,"b":[2, 3],}`:                   true,
		`{"a":1,"b":[2, 3],`:                    true,
		`{"a":1,"b":[2, 3],"c":4} {}`:           true,
		`{"a":1,"b":[2, 3],"c":"\ud800"}`:       true,
		"{\"a\":1,\"b\":[2, 3],\"c\":\"\xff\"}": true,
		`{"a":1,"b":[2, 4],"c":4}`:              false,
		`{"a":1,"b":[2, 3]}`:                    false,
		` {"a":1,"b":[2, 3],"c":4}`:             false,
		`{}`:                                    false,
	} {
		if got := sameBehind(t, first, text); got != want {
			t.Errorf("%s: begins like %s: got %t, want %t", text, first, got, want)
		}
	}
	for _, without := range []string{`{}`, `{"a":1}`, `{"c":1,"a":2}`, `[]`, ``} {
		o := strictjson.OpeningOf(without, common)
		if o.Begins(without) {
			t.Errorf("%s has an opening", without)
		}
	}
}

// FuzzOpening: a text is read behind an opening as it is read from its begin.
func FuzzOpening(f *testing.F) {
	for _, seed := range [][2]string{
		{`{"a":1,"b":[2, 3],"c":4}`, `"d":5}`},
		{`{ "a" : "\u0061" , "b":{"x":1},"c":4}`, ` "b":{}}`},
		{`{"\u0061":1,"c":2}`, `"a":3}`},
		{"{\"\u017f\":1,\"c\":2}", `"s":3}`},
		{`{"a":1,"B":2,"c":3}`, `"b":3}`},
	} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, first, rest string) {
		if len(first) > 500 {
			return // it is quadratic
		}
		sameBehind(t, first, first)
		for i := range first { // some of it is the opening
			if first[i] == ',' {
				sameBehind(t, first, first[:i+1]+rest)
			}
		}
	})
}
