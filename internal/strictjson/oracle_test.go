package strictjson_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/authsdk/authsdk-go/internal/strictjson"
)

// FuzzObject holds the reader against one that is built on encoding/json: both
// accept the same, and read the same members.
func FuzzObject(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"a":1}`, `{"a":1,"A":2}`, `{"a":"\ud800"}`, `{"a":"\ud83d\ude00"}`, `{"a":[{},[]]} `, `{"a":1}{}`,
		`{"a":-0.5e+7,"b":[1,-2,3E9],"c":{"d":"\u00e9\n","D":null}}`, `{"\u0061":1,"a":2}`, "{\"ſ\":1,\"S\":2}",
		`{"a":01}`, `{"a":1.}`, `{"a":tru}`, `{"a":"b}`, "{\"a\":\"\x1f\"}", "{\"a\":\"\x7f\"}", `{"a":"12345678\"90"}`,
		`{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9,"j":1,"k":2,"l":3,"m":4,"n":5,"o":6,"p":7,"q":8,"r":9,"K":1}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got, err := strictjson.Object(data)
		want, wantErr := object(data)
		if (err == nil) != (wantErr == nil) {
			t.Fatalf("Object(%q): got error %v, encoding/json gives %v", data, err, wantErr)
		}
		if len(got) != len(want) {
			t.Fatalf("Object(%q): got %d members, encoding/json reads %d", data, len(got), len(want))
		}
		for name, value := range want {
			if !bytes.Equal(got[name], value) {
				t.Fatalf("Object(%q): got %q for %q, encoding/json reads %q", data, got[name], name, value)
			}
		}
		if err == nil {
			each(t, string(data), want)
		}
	})
}

// each holds the values of good data against those that encoding/json reads.
func each(t *testing.T, data string, want map[string]json.RawMessage) {
	t.Helper()
	err := strictjson.Members(data, func(name string, at int) (int, error) {
		value := want[name]
		var text *string
		if json.Unmarshal(value, &text) != nil {
			text = nil
		}
		s, end, plain := strictjson.String(data, at)
		if (end != 0) != (text != nil) || end != 0 && (s != *text || end != at+len(value)) {
			t.Fatalf("String at %s: got %q, %d", value, s, end)
		}
		if wantPlain := text != nil && string(value) == `"`+*text+`"` && strings.Trim(*text, printable) == ""; plain != wantPlain {
			t.Fatalf("String at %s: plain is %v", value, plain)
		}
		var elements, wantElements []json.RawMessage
		end, err := strictjson.Elements(data, at, func(at int) (int, error) {
			end, err := strictjson.Skip(data, at)
			elements = append(elements, json.RawMessage(data[at:max(at, end)]))
			return end, err
		})
		isArray := value[0] == '[' && json.Unmarshal(value, &wantElements) == nil
		if (err == nil) != isArray || err == nil && end != at+len(value) ||
			!slices.EqualFunc(elements, wantElements, func(a, b json.RawMessage) bool { return bytes.Equal(a, b) }) {
			t.Fatalf("Elements at %s: got %q, %d, %v", value, elements, end, err)
		}
		return strictjson.Skip(data, at)
	})
	if err != nil {
		t.Fatalf("Members(%q): got %v", data, err)
	}
}

// printable is ASCII without control characters, quote and backslash.
const printable = " !#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~"

// object is Object by means of encoding/json.
func object(data []byte) (map[string]json.RawMessage, error) {
	members := make(map[string]json.RawMessage)
	trimmed := bytes.TrimLeft(data, " \t\r\n")
	if !utf8.Valid(data) || len(trimmed) == 0 || trimmed[0] != '{' {
		return nil, errors.New("not an object in UTF-8")
	}
	var value any // for numbers that are beyond float64
	if err := cmp.Or(json.Unmarshal(data, &members), json.Unmarshal(data, &value)); err != nil {
		return nil, err
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := cmp.Or(walk(dec, 0), surrogates(data)); err != nil {
		return nil, err
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("something follows")
	}
	return members, nil
}

// walk refuses look-alike names and what is nested too deeply.
func walk(dec *json.Decoder, depth int) error {
	tok, err := dec.Token()
	delim, ok := tok.(json.Delim)
	if err != nil || !ok {
		return err
	}
	if depth == strictjson.MaxDepth {
		return strictjson.ErrDepth
	}
	seen := map[string]bool{}
	for dec.More() {
		if delim == '{' {
			name, err := dec.Token()
			if err != nil {
				return err
			}
			folded := strictjson.Fold(name.(string))
			if seen[folded] {
				return strictjson.ErrDuplicate
			}
			seen[folded] = true
		}
		if err := walk(dec, depth+1); err != nil {
			return err
		}
	}
	_, err = dec.Token()
	return err
}

// surrogates refuses what encoding/json replaces: an escape that stands alone
// gives U+FFFD, which is no escape of that very text.
func surrogates(data []byte) error {
	for i := 0; i+6 <= len(data); i++ {
		if data[i] != '\\' {
			continue
		}
		if data[i+1] != 'u' {
			i++
			continue
		}
		var text string
		n, _ := strconv.ParseUint(string(data[i+2:i+6]), 16, 32)
		end := i + 6
		if 0xD800 <= n && n < 0xDC00 {
			end = min(i+12, len(data))
		}
		err := json.Unmarshal([]byte(`"`+string(data[i:end])+`"`), &text)
		if err != nil || utf8.RuneCountInString(text) != 1 || text == "\uFFFD" && n != 0xFFFD {
			return strictjson.ErrText
		}
		i = end - 1
	}
	return nil
}
