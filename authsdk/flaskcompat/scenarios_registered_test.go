package flaskcompat_test

import (
	"encoding/json"
	"testing"

	"github.com/authsdk/authsdk-go/authsdk/flaskcompat"
)

func TestAudience(t *testing.T) {
	expecting := func(aud ...string) *flaskcompat.Manager { return manager(t, config{DecodeAudience: aud}) }
	for _, tt := range []struct {
		name string
		m    *flaskcompat.Manager
		auds []any
		msg  string
	}{
		{"FJE-061 valid aud", expecting("foo", "bar"), []any{"foo", []string{"bar"}, []string{"foo", "bar", "baz"}}, ""},
		{"FJE-062 invalid aud", expecting("foo"), []any{"bar", []string{"bar"}, []string{"bar", "baz"}}, "Audience doesn't match"},
		{"FJE-063 nobody looks at aud", expecting(), []any{"bar", []string{"bar"}, []string{"bar", "baz"}}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, aud := range tt.auds {
				c := decoding(t, tt.name, tt.m, access(t, tt.m, options{Claims: object{"aud": aud}}), flaskcompat.DecodeOptions{}, tt.msg)
				if tt.msg == "" {
					got, _ := json.Marshal(parsed(t, c.Raw)["aud"])
					want, _ := json.Marshal(aud)
					same(t, "aud", string(got), string(want))
				}
			}
		})
	}
}

func TestSubjects(t *testing.T) {
	subjects := map[string]any{"123": 123, "{}": object{}, "[]": []any{}, "false": false}
	for _, tt := range []struct {
		name string
		any  bool
		msg  string
	}{
		{"FJE-064 sub that is no string", false, "Subject must be a string"},
		{"FJE-065 sub that is no string where nobody looks", true, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := manager(t, config{InsecureAnySubject: tt.any})
			for text, sub := range subjects {
				c := decoding(t, text, m, access(t, m, options{Claims: object{"sub": sub}}), flaskcompat.DecodeOptions{}, tt.msg)
				if tt.any {
					got, _ := json.Marshal(parsed(t, c.Raw)["sub"])
					same(t, "sub", string(got), text)
				}
			}
		})
	}
}

func TestIssuers(t *testing.T) {
	for _, tt := range []struct {
		name, encode string
		decode       []string
		msg          string
	}{
		{"FJE-066 issuer put in", "foobar", nil, ""},
		{"FJE-067 another issuer expected than put in", "foobar", []string{"baz"}, "Invalid issuer"},
		{"FJE-068 issuer expected and there", "foobar", []string{"baz", "foobar"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := manager(t, config{EncodeIssuer: tt.encode, DecodeIssuer: tt.decode})
			c := decoding(t, tt.name, m, access(t, m, options{}), flaskcompat.DecodeOptions{}, tt.msg)
			if tt.msg == "" {
				same(t, "iss", c.Issuer, tt.encode)
			}
		})
	}
}

func TestFJE069_InvalidIssuer(t *testing.T) {
	t.Parallel()
	m := manager(t, config{DecodeIssuer: []string{"baz"}})
	decoding(t, "other", m, access(t, m, options{Claims: object{"iss": "bar"}}), flaskcompat.DecodeOptions{}, "Invalid issuer")
}

func TestFJE070_MalformedToken(t *testing.T) {
	t.Parallel()
	decoding(t, "text", manager(t, config{}), "foobarbaz", flaskcompat.DecodeOptions{}, segments)
}
