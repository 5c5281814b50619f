package flaskcompat

import (
	"encoding/base64"
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// TestSignaturesOfPyJWT: over the header and payload of a token of PyJWT our
// signature is the same, byte for byte, where an algorithm has only one.
func TestSignaturesOfPyJWT(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile("testdata/pyjwt.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors struct {
		Keys   map[string]struct{ Secret, Private, Public string }
		Tokens []struct{ Alg, Key, Token string }
	}
	if err := json.Unmarshal(data, &vectors); err != nil {
		t.Fatal(err)
	}
	compared := 0
	for _, v := range vectors.Tokens {
		key := vectors.Keys[v.Key]
		m, err := New(Config{Algorithm: v.Alg, Secret: []byte(key.Secret), PrivateKey: []byte(key.Private), PublicKey: []byte(key.Public)})
		if err != nil {
			t.Fatal(err)
		}
		last := strings.LastIndexByte(v.Token, '.')
		sig, err := m.sign(t.Context(), v.Alg, v.Token[:last], "alice")
		if err != nil {
			t.Fatal(err)
		}
		same := base64.RawURLEncoding.EncodeToString(sig) == v.Token[last+1:]
		random := strings.HasPrefix(v.Alg, "ES") || strings.HasPrefix(v.Alg, "PS")
		if same == random {
			t.Errorf("%s: the signature is the same: %t", v.Alg, same)
		}
		if !random {
			compared++
		}
	}
	if compared != 14 {
		t.Errorf("%d signatures were compared, want 14", compared)
	}
}
