package authsdk

import (
	"fmt"
	"strings"
	"sync"
	"testing"
)

// TestHeadersAreBounded: more spellings of headers than are remembered are
// judged all the same, by all who come at once; and only those of good tokens
// are remembered.
func TestHeadersAreBounded(t *testing.T) {
	t.Parallel()
	key, err := GenerateKey(HS256)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := NewKeySet(key)
	if err != nil {
		t.Fatal(err)
	}
	v, err := NewVerifier(VerifierConfig{Issuer: "https://auth.example", Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	b := newBase64url()
	seal := func(header string) string {
		signed := append(b.appendTo(nil, []byte(header)), '.')
		signed = b.appendTo(signed, []byte(`{"type":"access","iss":"https://auth.example"}`))
		sig, err := key.sign(nil, signed)
		if err != nil {
			t.Fatal(err)
		}
		return string(b.appendTo(append(signed, '.'), sig))
	}
	header := func(i int) string {
		return fmt.Sprintf(`{"alg":"HS256",%s"kid":%q,"typ":"at+jwt"}`, strings.Repeat(" ", i), key.id)
	}
	count := func() int {
		if known := keys.headers.known.Load(); known != nil {
			return len(*known)
		}
		return 0
	}
	for i := range 10 {
		token := seal(header(i))
		last := token[len(token)-2]
		forged := token[:len(token)-2] + string(rune('A'+(last-'A'+1)%26)) + token[len(token)-1:]
		if _, _, err := v.open(t.Context(), forged, false); err == nil {
			t.Fatal("a forged token was accepted")
		}
	}
	if n := count(); n != 0 {
		t.Errorf("%d headers of forged tokens are remembered", n)
	}
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 2 * maxHeaders {
				o, _, err := v.open(t.Context(), seal(header(i)), false)
				if err != nil || o.typ != "at+jwt" || o.KeyID != key.id {
					t.Errorf("header %d: %v, %v", i, o, err)
				}
			}
		})
	}
	wg.Wait()
	if n := count(); n != maxHeaders {
		t.Errorf("%d headers are remembered, want %d", n, maxHeaders)
	}
}
