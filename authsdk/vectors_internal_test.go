package authsdk

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/authsdk/authsdk-go/internal/strictjson"
)

// jws is a vector: a token that key signed, or did not.
type jws struct {
	id, compact string
	key         json.RawMessage
	valid       bool
}

// unsupported are the algorithms of vectors that no key here can have.
var unsupported = []string{"RS384", "RS512", "PS384", "PS512", "ES512", "ES521"}

// accepted reports whether the front and the signature of v pass: form, one
// algorithm, the key's. Claims are not looked at, for a vector has none of ours.
func (v *jws) accepted(t *testing.T) bool {
	t.Helper()
	keys := keysOf(v.key)
	if keys == nil {
		return false
	}
	tok, err := split(v.compact)
	if err != nil {
		return false
	}
	d := decoder{base64url: newBase64url()}
	header, headerErr := d.segment(tok.header)
	_, payloadErr := d.segment(tok.payload)
	signature, signatureErr := d.segment(tok.signature)
	if headerErr != nil || payloadErr != nil || signatureErr != nil {
		return false
	}
	if _, err := strictjson.Object(header); err != nil {
		return false
	}
	var names struct{ Alg, Kid string }
	if err := json.Unmarshal(header, &names); err != nil {
		return false
	}
	key := keys.byID[names.Kid]
	if key == nil && len(keys.keys) == 1 {
		key = keys.keys[0]
	}
	return key != nil && string(key.alg) == names.Alg && key.verify(tok.signed, signature) == nil
}

// keysOf reads a key without its ID, which may not look like ours, or a set; it
// returns nil for what is refused. A secret of zeros is let through here: with
// it vectors show other things than that such a secret is weak.
func keysOf(raw json.RawMessage) *KeySet {
	var members map[string]any
	if err := json.Unmarshal(raw, &members); err != nil {
		return nil
	}
	if members["k"] == strings.Repeat("A", 43) {
		secret := make([]byte, 32)
		return &KeySet{keys: []*Key{{alg: HS256, public: secret, private: secret}}}
	}
	delete(members, "kid")
	raw, err := json.Marshal(members)
	if err != nil {
		return nil
	}
	keys, err := ParseKeySet(raw)
	if err != nil {
		return nil
	}
	return keys
}

func readVectors(t *testing.T, into any, path ...string) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(append([]string{"testdata", "vectors"}, path...)...))
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// hold runs vectors and wants so many accepted and refused.
func hold(t *testing.T, vectors []jws, accepted, refused int) {
	t.Helper()
	got := map[bool]int{}
	for _, v := range vectors {
		got[v.valid]++
		if v.accepted(t) != v.valid {
			t.Errorf("%s: got accepted %v, want %v", v.id, !v.valid, v.valid)
		}
	}
	if got[true] != accepted || got[false] != refused {
		t.Errorf("got %d vectors to accept and %d to refuse, want %d and %d", got[true], got[false], accepted, refused)
	}
}

func TestRFC7515Vectors(t *testing.T) {
	t.Parallel()
	var file struct {
		Vectors []struct {
			ID, Alg, Compact, Result string
			JWK                      json.RawMessage
		}
	}
	readVectors(t, &file, "rfc7515", "rfc_examples.json")
	var vectors []jws
	for _, v := range file.Vectors {
		if strings.Count(v.Compact, ".") != 2 || slices.Contains(unsupported, v.Alg) {
			continue
		}
		vectors = append(vectors, jws{v.ID, v.Compact, v.JWK, v.Result == "valid" && v.Alg != "none"})
	}
	hold(t, vectors, 4, 1)
}

func TestRFC7520Vectors(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("testdata", "vectors", "rfc7520", "jws", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	var vectors []jws
	for _, path := range files {
		var file struct {
			Input struct {
				Alg any
				Key json.RawMessage
			}
			Output struct{ Compact string }
		}
		readVectors(t, &file, "rfc7520", "jws", filepath.Base(path))
		alg, _ := file.Input.Alg.(string)
		if alg == "" || file.Output.Compact == "" || slices.Contains(unsupported, alg) {
			continue
		}
		var key map[string]any // the cookbook's do not all say their algorithm
		if err := json.Unmarshal(file.Input.Key, &key); err != nil {
			t.Fatal(err)
		}
		key["alg"] = alg
		raw, err := json.Marshal(key)
		if err != nil {
			t.Fatal(err)
		}
		detached := strings.Contains(file.Output.Compact, "..") // RFC 7515 appendix F: no token
		vectors = append(vectors, jws{filepath.Base(path), file.Output.Compact, raw, !detached})
	}
	hold(t, vectors, 3, 1)
}

// wycheproof are the vectors of a file. Those of keys of algorithms that are
// not supported must be refused like the invalid ones.
func wycheproof(t *testing.T, name string, change map[int]bool) []jws {
	t.Helper()
	var file struct {
		TestGroups []struct {
			Public, Private json.RawMessage
			Tests           []struct {
				TcID            int
				Comment, Result string
				JWS             string
			}
		}
	}
	readVectors(t, &file, "wycheproof", name)
	var vectors []jws
	for _, g := range file.TestGroups {
		key := g.Public
		if key == nil {
			key = g.Private
		}
		var alg struct{ Alg string }
		_ = json.Unmarshal(key, &alg)
		for _, v := range g.Tests {
			valid, changed := change[v.TcID]
			if !changed {
				valid = v.Result == "valid" && !slices.Contains(unsupported, alg.Alg)
			}
			vectors = append(vectors, jws{name + " " + v.Comment + " " + strconv.Itoa(v.TcID), v.JWS, key, valid})
		}
	}
	return vectors
}

func TestWycheproofSignatures(t *testing.T) {
	t.Parallel()
	hold(t, wycheproof(t, "json_web_signature_test.json", map[int]bool{
		259: false, 272: false, // an empty payload is no token
		346: false, 350: false, // RFC 7520 figure 20 has PS384, the key says PS256
		367: true, 370: true, // said to have padding; the text is that of 357, which is valid
		372: false, 373: false, // said to be valid, with a '?' in the token
	}), 24, 377)
}

func TestWycheproofKeys(t *testing.T) {
	t.Parallel()
	hold(t, wycheproof(t, "json_web_key_test.json", map[int]bool{
		1: true, // own keys may be of several kinds: each has one algorithm
		7: true, // the fingerprint of CVE-2017-15361 is not looked for
	}), 7, 19)
}
