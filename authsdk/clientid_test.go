package authsdk_test

import (
	"strings"
	"testing"

	"github.com/authsdk/authsdk-go/authsdk"
)

// TestClientID: the client_id of RFC 9068 goes through, is no custom claim, and is
// a text.
func TestClientID(t *testing.T) {
	t.Parallel()
	key, err := authsdk.GenerateKey(authsdk.EdDSA)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := authsdk.NewKeySet(key)
	if err != nil {
		t.Fatal(err)
	}
	const name = "https://auth.example"
	issuer, err := authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: name, Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	for _, audience := range [][]string{nil, {"https://a.example", "https://b.example"}} {
		other, err := issuer.For(audience...)
		if err != nil {
			t.Fatal(err)
		}
		token, err := other.Issue(t.Context(), authsdk.Claims{Subject: "reports", ClientID: `a:b "c"`}, map[string]any{"tenant": "acme"})
		if err != nil {
			t.Fatal(err)
		}
		v, err := authsdk.NewVerifier(authsdk.VerifierConfig{Issuer: name, Keys: keys, Audience: audience})
		if err != nil {
			t.Fatal(err)
		}
		c, err := v.Verify(t.Context(), token, authsdk.Policy{})
		if err != nil || c.ClientID != `a:b "c"` || c.Clone().ClientID != c.ClientID || len(c.Extra()) != 1 || other.Name() != name {
			t.Errorf("for %q: got %+v, beside it %v, and error %v", audience, c, c.Extra(), err)
		}
	}
	for _, custom := range []map[string]any{{"client_id": "x"}, {"Client_ID": "x"}} {
		if _, err := issuer.Issue(t.Context(), authsdk.Claims{Subject: "a"}, custom); err == nil || !strings.Contains(err.Error(), "belongs to this package") {
			t.Errorf("the custom claims %v: got %v", custom, err)
		}
	}
	for _, bad := range []string{"\x00", " ", strings.Repeat("x", 256)} {
		if _, err := issuer.Issue(t.Context(), authsdk.Claims{Subject: "a", ClientID: bad}, nil); err == nil || !strings.Contains(err.Error(), "ClientID must have 1 to 255 bytes") {
			t.Errorf("the client %.10q: got %v", bad, err)
		}
	}
	for _, bad := range [][]string{{""}, make([]string, 33)} {
		if _, err := issuer.For(bad...); err == nil {
			t.Errorf("an issuer for %q", bad)
		}
	}
}
