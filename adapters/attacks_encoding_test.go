package adapters_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"unicode/utf16"
)

// TestAttacksEncoding is section A: structure and encoding. There is one
// spelling of a token.
func TestAttacksEncoding(t *testing.T) {
	t.Parallel()
	f := newForge(t)
	good := f.good()
	parts := strings.Split(good, ".")
	h, p, s := parts[0], parts[1], parts[2]
	// each puts something into each part.
	each := func(change func(part string) string) []string {
		var out []string
		for i := range parts {
			changed := []string{h, p, s}
			changed[i] = change(changed[i])
			out = append(out, strings.Join(changed, "."))
		}
		return out
	}
	around := func(marks ...string) (out []string) {
		for _, m := range marks {
			out = append(out, m+good, good+m)
		}
		return out
	}
	jsons := func(format ...string) (out []string) {
		for _, text := range format {
			out = append(out, strings.NewReplacer("$H", h, "$P", p, "$S", s, "$C", b64(claims("sub", `"mallory"`))).Replace(text))
		}
		return out
	}
	f.refuse(f.verifier(), []attack{
		{"ATK-001 nothing but dots", []string{"", " ", ".", "..", "...", "....", "\t"}},
		{"ATK-002 not three parts", []string{h, h + "." + p, good + "." + s, good + "." + s + "." + s, good + ".", "." + good, p + "." + s}},
		{"ATK-003 an empty part", []string{h + "." + p + ".", h + ".." + s, "." + p + "." + s}},
		{"ATK-004 cut short", []string{good[:len(good)-1], good[:len(good)-3], good[:len(good)/2], good[1:]}},
		{"ATK-005 something around it", append(around(" ", "\t", "\n", "\r\n", "\x00", "\u00a0", "\u200b", "\ufeff", "'"), `"`+good+`"`)},
		{"ATK-006 padding", append(each(func(part string) string { return part + "=" }), each(func(part string) string { return part + "==" })...)},
		{"ATK-007 unused bits of the last character", unusedBits(f)},
		{"ATK-008 the other alphabet", otherAlphabet(f)},
		{"ATK-009 a line break inside", append(append(
			each(func(part string) string { return part[:4] + "\n" + part[4:] }),
			each(func(part string) string { return part[:4] + "\r\n" + part[4:] })...),
			macked(secret, h+"."+p[:4]+"\n"+p[4:]), macked(secret, h[:4]+"\n"+h[4:]+"."+p))},
		{"ATK-010 JSON serialization", jsons(
			`{"protected":"$H","payload":"$P","signature":"$S"}`,
			`{"payload":"$P","signatures":[{"protected":"$H","signature":"$S"}]}`)},
		{"ATK-011 JSON serialization with other members beside", jsons(
			`{"sub":"mallory","protected":"$H","payload":"$P","signature":"$S"}`,
			`{"payload":"$P","claims":"$C","protected":"$H","signature":"$S"}`)},
		{"ATK-012 JSON serialization that says things twice", jsons(
			`{"payload":"$P","signatures":[{"protected":"$H","signature":"$S"},{"protected":"$H","signature":"AAAA"}]}`,
			`{"payload":"$P","header":{"alg":"none","kid":"x"},"protected":"$H","signature":"$S"}`,
			`{"payload":"$P","payload":"$C","protected":"$H","signature":"$S"}`,
			`{"payload":"$P","Payload":"$C","protected":"$H","signature":"$S"}`)},
		{"ATK-013 claims alone", []string{claims(), b64(claims())}},
		{"ATK-014 more than one token, or disguised dots", []string{
			"Bearer " + good, good + "," + good, good + ", " + good, strings.ReplaceAll(good, ".", "%2E"), strings.ReplaceAll(good, ".", "．"),
		}},
		{"ATK-015 other character sets", []string{
			f.sealed(utf16Text(f.header()), claims()), f.sealed(f.header(), utf16Text(claims())),
			f.sealed("\ufeff"+f.header(), claims()), f.sealed(f.header(), "\ufeff"+claims()),
			f.sealed(f.header(), claims("sub", "\"a\xff\"")), f.sealed(f.header(), claims("sub", "\"a\xc3(\"")),
			f.sealed(f.header("kid", "\"a\xff\""), claims()),
		}},
	})
}

// unusedBits are second spellings of good tokens, by the bits of a last
// character that nothing is decoded from.
func unusedBits(f *forge) (out []string) {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for pad := range 3 {
		for part := range 3 {
			parts := strings.Split(f.sealed(f.header(), claims("x", quote(strings.Repeat("x", pad)))), ".")
			if len(parts[part])%4 == 0 {
				continue
			}
			last := len(parts[part]) - 1
			value := strings.IndexByte(alphabet, parts[part][last])
			parts[part] = parts[part][:last] + string(alphabet[value^1])
			out = append(out, strings.Join(parts, "."))
			if part < 2 { // the same, signed over that spelling
				out = append(out, macked(secret, parts[0]+"."+parts[1]))
			}
		}
	}
	return out
}

// otherAlphabet are tokens in standard base64.
func otherAlphabet(f *forge) (out []string) {
	swap := strings.NewReplacer("-", "+", "_", "/")
	for i := 0; len(out) < 6 && i < 1000; i++ {
		token := f.sealed(f.header(), claims("x", fmt.Sprintf(`"%d"`, i)))
		cut := strings.LastIndexByte(token, '.') + 1
		if signature := swap.Replace(token[cut:]); signature != token[cut:] {
			out = append(out, token[:cut]+signature)
		}
	}
	payload := base64.RawStdEncoding.EncodeToString([]byte(claims("x", `"???>>>"`)))
	return append(out, macked(secret, b64(f.header())+"."+payload))
}

func utf16Text(s string) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		b.WriteByte(byte(u >> 8))
		b.WriteByte(byte(u))
	}
	return b.String()
}
