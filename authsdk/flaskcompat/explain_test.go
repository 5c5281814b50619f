package flaskcompat_test

import (
	"encoding/base64"
	"runtime"
	"strings"
	"testing"

	"github.com/authsdk/authsdk-go/authsdk/flaskcompat"
)

// withHeader is a token whose header is this text.
func withHeader(text string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(text)) + ".e30.AAAA"
}

// TestWhyNoJSON: the messages are those of Python 3.11's json module.
func TestWhyNoJSON(t *testing.T) {
	t.Parallel()
	m := manager(t, config{})
	for _, tt := range []struct{ header, want string }{
		{"", `Expecting value: line 1 column 1 (char 0)`},
		{"x", `Expecting value: line 1 column 1 (char 0)`},
		{"{", `Expecting property name enclosed in double quotes: line 1 column 2 (char 1)`},
		{"{\"a\"", `Expecting ':' delimiter: line 1 column 5 (char 4)`},
		{"{\"a\":", `Expecting value: line 1 column 6 (char 5)`},
		{"{\"a\":1", `Expecting ',' delimiter: line 1 column 7 (char 6)`},
		{"{\"a\":1,", `Expecting property name enclosed in double quotes: line 1 column 8 (char 7)`},
		{"{\"a\":1,}", `Expecting property name enclosed in double quotes: line 1 column 8 (char 7)`},
		{"{\"a\":1 \"b\":2}", `Expecting ',' delimiter: line 1 column 8 (char 7)`},
		{"{\"a\" 1}", `Expecting ':' delimiter: line 1 column 6 (char 5)`},
		{"{a:1}", `Expecting property name enclosed in double quotes: line 1 column 2 (char 1)`},
		{"{\"a\":[1", `Expecting ',' delimiter: line 1 column 8 (char 7)`},
		{"{\"a\":[1,]}", `Expecting value: line 1 column 9 (char 8)`},
		{"{\"a\":[1 2]}", `Expecting ',' delimiter: line 1 column 9 (char 8)`},
		{"{\"a\":\"b", `Unterminated string starting at: line 1 column 6 (char 5)`},
		{"{\"a\":\"b\\", `Unterminated string starting at: line 1 column 6 (char 5)`},
		{"{\"a\":\"\n\"}", `Invalid control character at: line 1 column 7 (char 6)`},
		{"{\"a\":\"\\x\"}", `Invalid \escape: line 1 column 7 (char 6)`},
		{"{\"a\":\"\\u12\"}", `Invalid \uXXXX escape: line 1 column 8 (char 7)`},
		{"{\"a\":\"\\u12G4\"}", `Invalid \uXXXX escape: line 1 column 8 (char 7)`},
		{"{\"a\":1}x", `Extra data: line 1 column 8 (char 7)`},
		{"{\"a\":01}", `Expecting ',' delimiter: line 1 column 7 (char 6)`},
		{"{\"a\":-}", `Expecting value: line 1 column 6 (char 5)`},
		{"{\"a\":1.}", `Expecting ',' delimiter: line 1 column 7 (char 6)`},
		{"{\"a\":.5}", `Expecting value: line 1 column 6 (char 5)`},
		{"{\"a\":nul}", `Expecting value: line 1 column 6 (char 5)`},
		{"{\"a\":-Inf}", `Expecting value: line 1 column 6 (char 5)`},
		{"{\"a\":NaN}x", `Extra data: line 1 column 10 (char 9)`},
		{"{\"ä\":1,\n \"b\":\n}", `Expecting value: line 3 column 1 (char 14)`},
		{"[1]x", `Extra data: line 1 column 4 (char 3)`},
		{"  ", `Expecting value: line 1 column 3 (char 2)`},
		{"\"abc", `Unterminated string starting at: line 1 column 1 (char 0)`},
		{`{"ab`, `Unterminated string starting at: line 1 column 2 (char 1)`},
		{`{"\n":x}`, `Expecting value: line 1 column 7 (char 6)`},
		{`{"\u00e9":x}`, `Expecting value: line 1 column 11 (char 10)`},
		{"\xff", "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"},
		{"{\"\xc3", "'utf-8' codec can't decode byte 0xc3 in position 2: unexpected end of data"},
		{"ab\xe2\x82", "'utf-8' codec can't decode bytes in position 2-3: unexpected end of data"},
		{"\xe0\x80\x80", "'utf-8' codec can't decode byte 0xe0 in position 0: invalid continuation byte"},
		{"\xed\xa0\x80", "'utf-8' codec can't decode byte 0xed in position 0: invalid continuation byte"},
		{"\xf0\x80", "'utf-8' codec can't decode byte 0xf0 in position 0: invalid continuation byte"},
		{"\xf4\x90", "'utf-8' codec can't decode byte 0xf4 in position 0: invalid continuation byte"},
		{"\xf1\x80\x80x", "'utf-8' codec can't decode bytes in position 0-2: invalid continuation byte"},
		{"\ufffd\xc0", "'utf-8' codec can't decode byte 0xc0 in position 3: invalid start byte"},
		{"{\"a\":\"\x00\"}", `Invalid control character at: line 1 column 7 (char 6)`},
		{"{\"a b\":x}", `Expecting value: line 1 column 8 (char 7)`},
		{"{\"a\":\"\\\x00\"}", `Invalid \escape: line 1 column 7 (char 6)`},
		{"{\"a\":\"\\u123G\"}", `Invalid \uXXXX escape: line 1 column 8 (char 7)`},
		{"\"\\u11e5", `Invalid \uXXXX escape: line 1 column 3 (char 2)`},
		{"\"\\u11e5\"x", `Extra data: line 1 column 9 (char 8)`},
		{"\xc2", `'utf-8' codec can't decode byte 0xc2 in position 0: unexpected end of data`},
		{"\xdfA", `'utf-8' codec can't decode byte 0xdf in position 0: invalid continuation byte`},
		{"\xe0\xa0", `'utf-8' codec can't decode bytes in position 0-1: unexpected end of data`},
		{"\xe2\xbf", `'utf-8' codec can't decode bytes in position 0-1: unexpected end of data`},
		{"\xef\xbf", `'utf-8' codec can't decode bytes in position 0-1: unexpected end of data`},
		{"\xef\x80A", `'utf-8' codec can't decode bytes in position 0-1: invalid continuation byte`},
		{"\xf0\x90\x80", `'utf-8' codec can't decode bytes in position 0-2: unexpected end of data`},
		{"\xf4\x8f", `'utf-8' codec can't decode bytes in position 0-1: unexpected end of data`},
		{"\xf4\x8f\xbf\xc0", `'utf-8' codec can't decode bytes in position 0-2: invalid continuation byte`},
		{"\xf5\x80", `'utf-8' codec can't decode byte 0xf5 in position 0: invalid start byte`},
		{"\xc1\x80", `'utf-8' codec can't decode byte 0xc1 in position 0: invalid start byte`},
		{"\xed\x9f", `'utf-8' codec can't decode bytes in position 0-1: unexpected end of data`},
		{"\xf0\x9f\x98\x80\x80", `'utf-8' codec can't decode byte 0x80 in position 4: invalid start byte`},
		{"\xf3\xbf\xbf", `'utf-8' codec can't decode bytes in position 0-2: unexpected end of data`},
		{"[]", "must be a json object"},
		{`{"a":[] "b"}`, "Expecting ',' delimiter: line 1 column 9 (char 8)"},
		{"[Infinity]", "must be a json object"},
	} {
		_, err := m.Decode(t.Context(), withHeader(tt.header), flaskcompat.DecodeOptions{})
		same(t, tt.header, reason(err), "Invalid header string: "+tt.want)
	}
	_, err := m.Decode(t.Context(), withHeader(strings.Repeat("[", 11000)+strings.Repeat("]", 11000)), flaskcompat.DecodeOptions{})
	same(t, "deep", reason(err), "Invalid header string: it is nested too deeply: line 1 column 1001 (char 1000)") // where Python's recursion ends
}

// NaN and Infinity are numbers for Python, and null here.
func TestOddNumbers(t *testing.T) {
	t.Parallel()
	m := manager(t, config{})
	const claims = `{"sub":"username","list":[NaN,-Infinity,1,"NaN"],"end":Infinity}`
	token := signed(t, []byte(`{"alg":"HS256","x":NaN}`), []byte(claims))
	c := decoding(t, "odd", m, token, flaskcompat.DecodeOptions{}, "")
	same(t, "header", string(c.Header), `{"alg":"HS256","x":null}`)
	same(t, "claims", string(c.Raw), `{"end":null,"fresh":false,"jti":null,"list":[null,null,1,"NaN"],"sub":"username","type":"access"}`)
	decoding(t, "exp", m, signed(t, []byte(`{"alg":"HS256"}`), []byte(`{"sub":"username","exp":Infinity}`)),
		flaskcompat.DecodeOptions{}, "Expiration Time claim (exp) must be an integer.")
}

// TestWhyNoJSONIsCheap: nobody has signed what is explained, so that four times
// the text must not cost sixteen times the work.
func TestWhyNoJSONIsCheap(t *testing.T) { // not parallel: it counts what is allocated
	m := manager(t, config{})
	cost := func(n int) uint64 {
		token := withHeader("[" + strings.Repeat("1,NaN,", n) + "x")
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range 5 {
			_, _ = m.Decode(t.Context(), token, flaskcompat.DecodeOptions{})
		}
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	if small, large := cost(750), cost(3000); large > 8*small {
		t.Errorf("%d bytes, and %d for four times the text", small, large)
	}
}
