package flaskcompat_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/authsdk/authsdk-go/authsdk/flaskcompat"
)

// vectorKey is a key of testdata/pyjwt.json.
type vectorKey struct{ Secret, Private, Public string }

// vectors are the tokens that PyJWT has made, see testdata/README.md.
type vectors struct {
	Keys   map[string]vectorKey
	Tokens []struct {
		Alg, Key, Token string
		Header, Claims  json.RawMessage
	}
}

func readVectors(t testing.TB) *vectors {
	t.Helper()
	data, err := os.ReadFile("testdata/pyjwt.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Tokens) != 26 {
		t.Fatalf("%d tokens, want 26", len(v.Tokens))
	}
	return &v
}

// vectorKeys returns the key of an algorithm.
func vectorKeys(t testing.TB, algorithm string) vectorKey {
	t.Helper()
	v := readVectors(t)
	for i := range v.Tokens {
		if v.Tokens[i].Alg == algorithm {
			return v.Keys[v.Tokens[i].Key]
		}
	}
	t.Fatalf("no key for %s", algorithm)
	return vectorKey{}
}

// with is the configuration that has the key for an algorithm.
func (k vectorKey) with(algorithm string) config {
	return config{Algorithm: algorithm, Secret: []byte(k.Secret), PrivateKey: []byte(k.Private), PublicKey: []byte(k.Public)}
}

// TestPyJWT: what PyJWT has made is good here, and says the same.
func TestPyJWT(t *testing.T) {
	t.Parallel()
	v := readVectors(t)
	for i, vector := range v.Tokens {
		m := manager(t, v.Keys[vector.Key].with(vector.Alg))
		c := decoding(t, vector.Alg, m, vector.Token, flaskcompat.DecodeOptions{}, "")
		same(t, vector.Alg+" claims", compact(t, c.Raw), compact(t, vector.Claims))
		same(t, vector.Alg+" header", compact(t, c.Header), compact(t, vector.Header))

		kind := kinds[i%2] // access and refresh in turn
		send(m, kind.policy, bearer(vector.Token)).says(t, vector.Alg, 200, "")
		// Ours have the same header, and are good for the manager, too.
		ours := kind.make(t, m, options{})
		same(t, vector.Alg+" header of ours", strings.Split(ours, ".")[0], strings.Split(vector.Token, ".")[0])
		decoding(t, vector.Alg+" ours", m, ours, flaskcompat.DecodeOptions{}, "")

		// One character of the signature, another algorithm, another key.
		last := strings.LastIndexByte(vector.Token, '.') + 1
		flipped := byte('A')
		if vector.Token[last] == flipped {
			flipped = 'B'
		}
		decoding(t, vector.Alg+" signature", m, vector.Token[:last]+string(flipped)+vector.Token[last+1:], flaskcompat.DecodeOptions{}, badSign)
		for _, other := range v.Tokens {
			if other.Alg != vector.Alg {
				decoding(t, vector.Alg+" for "+other.Alg, m, other.Token, flaskcompat.DecodeOptions{}, foreignAlg)
			}
		}
	}
}

// compact writes JSON with its members in the order of their names.
func compact(t testing.TB, data []byte) string {
	t.Helper()
	text, err := json.Marshal(parsed(t, data))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
