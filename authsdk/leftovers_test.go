package authsdk_test

import (
	"strings"
	"testing"

	"github.com/authsdk/authsdk-go/authsdk"
)

// TestNothingIsLeftOver: tokens are decoded where others were before. A token
// with parts of which nothing, or less, comes out must not pass with what the
// one before it has left there.
func TestNothingIsLeftOver(t *testing.T) {
	t.Parallel()
	for _, alg := range algorithms {
		t.Run(string(alg), func(t *testing.T) {
			t.Parallel()
			keys := must[*authsdk.KeySet](t)(authsdk.NewKeySet(must[*authsdk.Key](t)(authsdk.GenerateKey(alg))))
			v := newVerifier(t, keys, func(c *authsdk.VerifierConfig) { c.CacheSize = -1 })
			good := issue(t, keys, authsdk.Claims{})
			seg := strings.Split(good, ".")
			for i := range seg {
				for name, part := range map[string]string{
					"LF": strings.Repeat("\n", len(seg[i])), "CR": strings.Repeat("\r", len(seg[i])), "one LF": "\n", "blanks": strings.Repeat(" ", len(seg[i])),
					"padding": strings.Repeat("=", len(seg[i])), "half": seg[i][:len(seg[i])/2], "half and LF": seg[i][:len(seg[i])/2] + strings.Repeat("\n", len(seg[i])-len(seg[i])/2),
					"LF in front": "\n" + seg[i], "LF behind": seg[i] + "\n", "one character": seg[i][:1],
				} {
					if _, err := v.Verify(t.Context(), good, authsdk.Policy{}); err != nil {
						t.Fatal(err)
					}
					parts := append([]string(nil), seg...)
					parts[i] = part
					if c, err := v.Verify(t.Context(), strings.Join(parts, "."), authsdk.Policy{}); err == nil {
						t.Errorf("segment %d, %s: accepted as %v", i+1, name, c)
					}
				}
			}
		})
	}
}
