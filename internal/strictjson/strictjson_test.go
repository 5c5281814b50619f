package strictjson_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/authsdk/authsdk-go/internal/strictjson"
)

func TestObject(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40)
	tests := []struct {
		name, in string
		want     error
	}{
		{"empty object", `{}`, nil},
		{"white space around", " \n{ \"a\" : 1 }\t ", nil},
		{"all kinds", `{"s":"x","n":1.5e3,"b":true,"z":null,"a":[1,{"k":2}],"o":{"k":1}}`, nil},
		{"surrogate pair", `{"s":"\ud83d\ude00"}`, nil},
		{"escaped backslash before u", `{"s":"\\ud800"}`, nil},
		{"same name in different objects", `{"a":{"k":1},"b":{"k":1}}`, nil},
		{"nothing", ``, strictjson.ErrSyntax},
		{"null", `null`, strictjson.ErrSyntax},
		{"array", `[]`, strictjson.ErrSyntax},
		{"string", `"a"`, strictjson.ErrSyntax},
		{"truncated", `{"a":1`, strictjson.ErrSyntax},
		{"second object", `{"a":1}{"a":2}`, strictjson.ErrSyntax},
		{"garbage behind", `{"a":1}x`, strictjson.ErrSyntax},
		{"object in front", `{}{"a":1}`, strictjson.ErrSyntax},
		{"trailing comma", `{"a":1,}`, strictjson.ErrSyntax},
		{"comment", `{"a":1/*x*/}`, strictjson.ErrSyntax},
		{"single quotes", `{'a':1}`, strictjson.ErrSyntax},
		{"raw control character", "{\"a\":\"\x01\"}", strictjson.ErrSyntax},
		{"byte order mark", "\uFEFF{}", strictjson.ErrSyntax},
		{"number beyond float64", `{"a":1e400}`, strictjson.ErrSyntax},
		{"long number beyond float64", `{"a":` + strings.Repeat("9", 310) + `}`, strictjson.ErrSyntax},
		{"number next to nothing", `{"a":[1e-400,1.7e308,` + strings.Repeat("9", 308) + `]}`, nil},
		{"missing colon", `{"a" 1}`, strictjson.ErrSyntax},
		{"number as name", `{1:2}`, strictjson.ErrSyntax},
		{"duplicate", `{"a":1,"a":2}`, strictjson.ErrDuplicate},
		{"escaped duplicate", `{"a":1,"\u0061":2}`, strictjson.ErrDuplicate},
		{"other case", `{"exp":1,"EXP":2}`, strictjson.ErrDuplicate},
		{"long s", `{"sub":"a","ſub":"b"}`, strictjson.ErrDuplicate},
		{"Kelvin sign", "{\"kid\":1,\"\u212Aid\":2}", strictjson.ErrDuplicate},
		{"duplicate inside", `{"o":{"k":1,"K":2}}`, strictjson.ErrDuplicate},
		{"duplicate inside an array", `{"o":[{"k":1,"k":2}]}`, strictjson.ErrDuplicate},
		{"invalid UTF-8", "{\"a\":\"\xff\"}", strictjson.ErrText},
		{"lone high surrogate", `{"a":"\ud800"}`, strictjson.ErrText},
		{"lone high surrogate at the end", `{"a":"\ud800`, strictjson.ErrText},
		{"lone low surrogate", `{"a":"\udc00"}`, strictjson.ErrText},
		{"two high surrogates", `{"a":"\ud800\ud800"}`, strictjson.ErrText},
		{"too deep", deep, strictjson.ErrDepth},
		{"too deep in arrays", `{"a":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + "}", strictjson.ErrDepth},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := strictjson.Object([]byte(tt.in))
			if !errors.Is(err, tt.want) {
				t.Fatalf("Object(%q) error = %v, want %v", tt.in, err, tt.want)
			}
			if (got == nil) != (tt.want != nil) {
				t.Errorf("Object(%q) = %v with error %v", tt.in, got, err)
			}
		})
	}
}
