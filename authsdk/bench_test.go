package authsdk_test

import (
	"testing"

	"github.com/authsdk/authsdk-go/authsdk"
)

var algorithms = []authsdk.Algorithm{authsdk.HS256, authsdk.RS256, authsdk.PS256, authsdk.ES256, authsdk.ES384, authsdk.EdDSA}

func benchmarkKeys(b *testing.B, alg authsdk.Algorithm) *authsdk.KeySet {
	b.Helper()
	return must[*authsdk.KeySet](b)(authsdk.NewKeySet(must[*authsdk.Key](b)(authsdk.GenerateKey(alg))))
}

var benchmarkClaims = authsdk.Claims{
	Subject: "3f0e8a52", Fresh: true, AuthTime: start, Scopes: []string{"orders:read", "orders:write"},
	Roles: []string{"user", "editor", "admin"}, SessionID: "XINRCN4EWCM2JWRC55NEPZJ53D",
}

// BenchmarkVerify is a whole verification: form, signature, claims, policy.
func BenchmarkVerify(b *testing.B) {
	for _, alg := range algorithms {
		b.Run(string(alg), func(b *testing.B) {
			keys := benchmarkKeys(b, alg)
			v, token := newVerifier(b, keys), issue(b, keys, benchmarkClaims)
			policy := authsdk.Policy{Scopes: []string{"orders:read"}}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := v.Verify(b.Context(), token, policy); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkVerifyForged refuses a token whose signature is wrong.
func BenchmarkVerifyForged(b *testing.B) {
	keys := benchmarkKeys(b, authsdk.HS256)
	v, token := newVerifier(b, keys), issue(b, benchmarkKeys(b, authsdk.HS256), benchmarkClaims)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := v.Verify(b.Context(), token, authsdk.Policy{}); err == nil {
			b.Fatal("accepted")
		}
	}
}

func BenchmarkIssue(b *testing.B) {
	for _, alg := range algorithms {
		b.Run(string(alg), func(b *testing.B) {
			i := newIssuer(b, benchmarkKeys(b, alg))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := i.Issue(b.Context(), benchmarkClaims, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
