package interop_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/jwe"
)

// npmInstall is run once, and before anybody uses what it installs.
var npmInstall = sync.OnceValues(func() ([]byte, error) {
	for _, name := range []string{"jose", "oauth4webapi", "openid-client"} {
		if _, err := os.Stat("node/node_modules/" + name); err != nil {
			install := exec.Command("npm", "ci", "--no-audit", "--no-fund")
			install.Dir = "node"
			return install.CombinedOutput()
		}
	}
	return nil, nil
})

// installNode installs what the programs in node/ need.
func installNode(t *testing.T) {
	t.Helper()
	if out, err := npmInstall(); err != nil {
		missing(t, "npm ci in interop/node: "+err.Error()+"\n"+string(out))
	}
}

// TestNode: a program in JavaScript with the library jose verifies our tokens
// through our key set, decrypts those that are encrypted, and makes tokens that
// we accept. Its dependencies are installed by `npm ci` in node/.
func TestNode(t *testing.T) {
	t.Parallel()
	installNode(t)
	type named struct {
		Name  string          `json:"name"`
		Token string          `json:"token"`
		Key   json.RawMessage `json:"key,omitempty"`
	}
	var input struct {
		JWKS      string            `json:"jwks"`
		Issuer    string            `json:"issuer"`
		Audience  string            `json:"audience"`
		Tokens    []named           `json:"tokens"`
		Encrypted []named           `json:"encrypted"`
		Signers   []json.RawMessage `json:"signers"`
	}
	algorithms := []authsdk.Algorithm{authsdk.RS256, authsdk.PS256, authsdk.ES256, authsdk.ES384, authsdk.EdDSA}
	var all []*authsdk.Key
	for _, a := range algorithms {
		all = append(all, must[*authsdk.Key](t)(authsdk.GenerateKey(a)))
	}
	keys := must[*authsdk.KeySet](t)(authsdk.NewKeySet(all...))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(keys.PublicJWKS())
	}))
	defer server.Close()
	issue := func(cfg authsdk.IssuerConfig, c authsdk.Claims) string {
		cfg.Issuer, cfg.Audience, c.Subject = issuer, []string{audience}, "alice"
		return must[string](t)(must[*authsdk.Issuer](t)(authsdk.NewIssuer(cfg)).Issue(t.Context(), c, nil))
	}
	want := map[string]string{"refresh": "refused: ERR_JWT_CLAIM_VALIDATION_FAILED"}
	for _, k := range all {
		one := must[*authsdk.KeySet](t)(authsdk.NewKeySet(k))
		input.Tokens = append(input.Tokens, named{Name: string(k.Algorithm()), Token: issue(authsdk.IssuerConfig{Keys: one}, authsdk.Claims{})})
		want[string(k.Algorithm())] = "alice"
		var set struct{ Keys []json.RawMessage }
		if err := json.Unmarshal(must[[]byte](t)(one.PrivateJWKS()), &set); err != nil {
			t.Fatal(err)
		}
		input.Signers = append(input.Signers, set.Keys[0])
	}
	input.Tokens = append(input.Tokens, named{Name: "refresh", Token: issue(authsdk.IssuerConfig{Keys: keys}, authsdk.Claims{Type: authsdk.Refresh})})
	for _, a := range []jwe.Algorithm{jwe.RSAOAEP256, jwe.ECDHES, jwe.ECDHESA256KW, jwe.A256KW, jwe.Direct} {
		key := must[*jwe.Key](t)(jwe.GenerateKey(a))
		cipher := must[*jwe.Keys](t)(jwe.NewKeys(key))
		name := "encrypted " + string(a)
		input.Encrypted = append(input.Encrypted, named{name, issue(authsdk.IssuerConfig{Keys: keys, Cipher: cipher}, authsdk.Claims{}), must[[]byte](t)(key.MarshalJWK())})
		want[name] = "alice " + string(a) + " A256GCM"
	}
	input.JWKS, input.Issuer, input.Audience = server.URL, issuer, audience
	text, err := json.Marshal(input)
	if err != nil {
		t.Fatal(err)
	}
	node := exec.CommandContext(t.Context(), "node", "verify.mjs")
	node.Dir, node.Stdin = "node", bytes.NewReader(text)
	var stderr strings.Builder
	node.Stderr = &stderr
	out, err := node.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	var said struct{ Verified, Made map[string]string }
	if err := json.Unmarshal(out, &said); err != nil {
		t.Fatal(err)
	}
	for name, want := range want {
		if got := said.Verified[name]; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	v := must[*authsdk.Verifier](t)(authsdk.NewVerifier(authsdk.VerifierConfig{Issuer: issuer, Audience: []string{audience}, Keys: keys}))
	for _, a := range algorithms {
		token := said.Made[string(a)]
		if c, err := v.Verify(t.Context(), token, authsdk.Policy{}); err != nil || c.Subject != "bob" {
			t.Errorf("%s of theirs: %v, %v", a, c, err)
		}
	}
}
