package keyring_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/keyring"
)

// TestPublished (ATK-217, ATK-226, ATK-229): what is published has no private
// member, names that say nothing, and no secret; and a ring does not show its
// keys where it is printed.
func TestPublished(t *testing.T) {
	t.Parallel()
	now := start
	ring := &keyring.Ring{}
	for _, a := range []authsdk.Algorithm{authsdk.RS256, authsdk.PS256, authsdk.ES256, authsdk.ES384, authsdk.EdDSA, authsdk.HS256} {
		key := must[*authsdk.Key](t)(authsdk.GenerateKey(a))
		if len(key.ID()) != 43 {
			t.Errorf("%s: the name %q is no thumbprint", a, key.ID())
		}
		ring = must[*keyring.Ring](t)(ring.Rotate(key, now, keyring.Timing{AtOnce: true}))
		now = now.Add(1e9)
	}
	keys, _, err := ring.KeySet(now)
	if err != nil {
		t.Fatal(err)
	}
	var set struct{ Keys []map[string]any }
	if err := json.Unmarshal(keys.PublicJWKS(), &set); err != nil || len(set.Keys) != 5 {
		t.Fatalf("%d keys are published, %v", len(set.Keys), err)
	}
	for _, k := range set.Keys {
		for _, member := range []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"} {
			if _, ok := k[member]; ok {
				t.Errorf("%s: %s is published", k["kty"], member)
			}
		}
	}
	var private struct{ Keys []struct{ D, K string } }
	if err := json.Unmarshal(must[[]byte](t)(ring.Marshal()), &private); err != nil {
		t.Fatal(err)
	}
	printed := fmt.Sprintf("%v %+v %#v %s", ring, ring.Entries(), ring.Entries(), keys.Signer())
	for i, k := range private.Keys {
		secret := k.D + k.K
		if secret != "" && strings.Contains(printed, secret) {
			t.Error("a key shows itself")
		}
		// The one that signs is kept, and the one that it was made in the place of.
		if (secret != "") != (i < 2) {
			t.Errorf("key %d is kept: %v", i, secret != "")
		}
	}
}
