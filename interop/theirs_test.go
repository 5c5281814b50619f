package interop_test

import (
	"encoding/json"
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	ginjwt "github.com/appleboy/gin-jwt/v3"
	"github.com/appleboy/gin-jwt/v3/core"
	"github.com/go-chi/jwtauth/v5"
	"github.com/go-jose/go-jose/v4"
	"github.com/golang-jwt/jwt/v5"
	"github.com/lestrrat-go/jwx/v2/jwk"

	"github.com/authsdk/authsdk-go/authsdk"
)

// signer is a library that signs any header and claims.
type signer struct {
	name string
	sign func(t *testing.T, f *fixture, header, claims map[string]any) string
}

func signers() []signer {
	return []signer{{"jwx v2", jwx2Sign}, {"golang-jwt v5", golangJWTSign}, {"go-jose v4", goJOSESign}}
}

// acceptable are header and claims that meet our rules.
func (f *fixture) acceptable() (header, claims map[string]any) {
	now := time.Now()
	return map[string]any{"kid": f.keyID(), "typ": "at+jwt"}, map[string]any{
		"iss": issuer, "aud": audience, "sub": subject, "jti": tokenID, "type": "access",
		"iat": now.Add(-time.Minute).Unix(), "exp": now.Add(time.Hour).Unix(),
	}
}

// changed returns m with changes; nil removes a member.
func changed(m, changes map[string]any) map[string]any {
	maps.Copy(m, changes)
	maps.DeleteFunc(m, func(_ string, v any) bool { return v == nil })
	return m
}

// TestWeAccept: the tokens of services that meet our rules are good.
func TestWeAccept(t *testing.T) {
	for _, alg := range all {
		f := newFixture(t, alg)
		for _, s := range signers() {
			for name, change := range map[string]struct{ header, claims map[string]any }{
				"least":         {},
				"not before":    {claims: map[string]any{"nbf": time.Now().Add(-time.Minute).Unix()}},
				"more audience": {claims: map[string]any{"aud": []string{"https://other.example", audience}}},
				"media type":    {header: map[string]any{"typ": "application/AT+JWT"}},
				"own claims":    {claims: map[string]any{"tenant": map[string]any{"id": 7, "name": "acme"}, "scope": "orders:read"}},
			} {
				t.Run(s.name+"/"+string(alg)+"/"+name, func(t *testing.T) {
					header, claims := f.acceptable()
					token := s.sign(t, f, changed(header, change.header), changed(claims, change.claims))
					got, err := f.verify(t.Context(), t, token)
					if err != nil || got.Subject != subject || got.ID != tokenID {
						t.Errorf("got %+v and %v, want the claims of %s", got, err, subject)
					}
				})
			}
		}
	}
}

// TestWeReadTheirKeySets: our verifier takes the key sets that they publish.
func TestWeReadTheirKeySets(t *testing.T) {
	for _, alg := range all[1:] { // no secrets
		f := newFixture(t, alg)
		jwxKey := must[jwk.Key](t)(jwk.FromRaw(f.public))
		for name, value := range map[string]any{jwk.KeyIDKey: f.keyID(), jwk.AlgorithmKey: string(alg), jwk.KeyUsageKey: "sig"} {
			if err := jwxKey.Set(name, value); err != nil {
				t.Fatal(err)
			}
		}
		jwxSet := jwk.NewSet()
		if err := jwxSet.AddKey(jwxKey); err != nil {
			t.Fatal(err)
		}
		joseSet := jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: f.public, KeyID: f.keyID(), Algorithm: string(alg), Use: "sig"}}}
		for name, set := range map[string]any{"jwx v2": jwxSet, "go-jose v4": joseSet} {
			t.Run(name+"/"+string(alg), func(t *testing.T) {
				keys := must[*authsdk.KeySet](t)(authsdk.ParseKeySet(must[[]byte](t)(json.Marshal(set))))
				header, claims := f.acceptable()
				token := golangJWTSign(t, f, header, claims)
				v := must[*authsdk.Verifier](t)(authsdk.NewVerifier(authsdk.VerifierConfig{Issuer: issuer, Audience: []string{audience}, Keys: keys}))
				if _, err := v.Verify(t.Context(), token, authsdk.Policy{}); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// refused fails unless err is the refusal, and its text has the word.
func refused(t *testing.T, err error, refusal *authsdk.Error, word string) {
	t.Helper()
	if !errors.Is(err, refusal) {
		t.Errorf("got %v, want %s", err, refusal.Code)
		return
	}
	if !strings.Contains(err.Error(), word) {
		t.Errorf("got %q, want the reason to name %q", err, word)
	}
}

// TestWeRefuse: where their tokens miss a rule, the error says which.
func TestWeRefuse(t *testing.T) {
	type m = map[string]any
	now := time.Now()
	f := newFixture(t, authsdk.ES256)
	for name, test := range map[string]struct {
		header, claims m
		refusal        *authsdk.Error
		word           string
	}{
		"no kid":              {m{"kid": nil}, nil, authsdk.ErrTokenInvalid, "kid"},
		"kid of another key":  {m{"kid": "2026-01"}, nil, authsdk.ErrTokenInvalid, "kid"},
		"no typ, or JWT":      {m{"typ": nil}, nil, authsdk.ErrTokenInvalid, "typ"},
		"typ of another type": {m{"typ": "rt+jwt"}, nil, authsdk.ErrTokenInvalid, "typ"},
		"cty":                 {m{"cty": "JWT"}, nil, authsdk.ErrTokenInvalid, "header"},
		"no type":             {nil, m{"type": nil}, authsdk.ErrTokenInvalid, "type"},
		"refresh token":       {m{"typ": "rt+jwt"}, m{"type": "refresh"}, authsdk.ErrTokenWrongType, "refresh"},
		"no jti":              {nil, m{"jti": nil}, authsdk.ErrTokenInvalid, "jti"},
		"short jti":           {nil, m{"jti": "4711"}, authsdk.ErrTokenInvalid, "jti"},
		"no sub":              {nil, m{"sub": nil}, authsdk.ErrTokenInvalid, "sub"},
		"no iat":              {nil, m{"iat": nil}, authsdk.ErrTokenInvalid, "iat"},
		"no exp":              {nil, m{"exp": nil}, authsdk.ErrTokenInvalid, "exp"},
		"another issuer":      {nil, m{"iss": "https://other.example"}, authsdk.ErrTokenInvalid, "issuer"},
		"issuer with a slash": {nil, m{"iss": issuer + "/"}, authsdk.ErrTokenInvalid, "issuer"},
		"another audience":    {nil, m{"aud": "https://other.example"}, authsdk.ErrTokenInvalid, "audience"},
		"no aud":              {nil, m{"aud": nil}, authsdk.ErrTokenInvalid, "audience"},
		"ended":               {nil, m{"iat": now.Add(-2 * time.Hour).Unix(), "exp": now.Add(-time.Hour).Unix()}, authsdk.ErrTokenExpired, "expired"},
		"not yet":             {nil, m{"nbf": now.Add(time.Hour).Unix()}, authsdk.ErrTokenInvalid, "not valid yet"},
		"from the future":     {nil, m{"iat": now.Add(time.Hour).Unix()}, authsdk.ErrTokenInvalid, "future"},
		"for a year":          {nil, m{"exp": now.AddDate(1, 0, 0).Unix()}, authsdk.ErrTokenInvalid, "longer"},
		"scope as a list":     {nil, m{"scope": []string{"orders:read"}}, authsdk.ErrTokenInvalid, "scope"},
		"roles as a text":     {nil, m{"roles": "admin"}, authsdk.ErrTokenInvalid, "roles"},
		"bound to a key":      {nil, m{"cnf": m{"jkt": "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"}}, authsdk.ErrTokenInvalid, "claim"},
	} {
		for _, s := range signers() {
			t.Run(name+"/"+s.name, func(t *testing.T) {
				header, claims := f.acceptable()
				token := s.sign(t, f, changed(header, test.header), changed(claims, test.claims))
				_, err := f.verify(t.Context(), t, token)
				refused(t, err, test.refusal, test.word)
			})
		}
	}
}

// TestWeRefuseForms: what one library alone writes.
func TestWeRefuseForms(t *testing.T) {
	f := newFixture(t, authsdk.RS256)
	t.Run("dates in fractions", func(t *testing.T) { // golang-jwt with a finer TimePrecision
		header, claims := f.acceptable()
		claims["exp"] = float64(time.Now().Add(time.Hour).Unix()) + 0.5
		_, err := f.verify(t.Context(), t, golangJWTSign(t, f, header, claims))
		refused(t, err, authsdk.ErrTokenInvalid, "exp")
	})
	t.Run("another algorithm of the key", func(t *testing.T) {
		header, claims := f.acceptable()
		pss := *f
		pss.alg = authsdk.PS256
		_, err := f.verify(t.Context(), t, goJOSESign(t, &pss, header, claims))
		refused(t, err, authsdk.ErrTokenInvalid, "alg")
	})
	t.Run("key in the header", func(t *testing.T) {
		options := (&jose.SignerOptions{EmbedJWK: true}).WithType("at+jwt")
		key := jose.JSONWebKey{Key: f.private, KeyID: f.keyID()}
		s := must[jose.Signer](t)(jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: key}, options))
		_, claims := f.acceptable()
		signed := must[*jose.JSONWebSignature](t)(s.Sign(must[[]byte](t)(json.Marshal(claims))))
		_, err := f.verify(t.Context(), t, must[string](t)(signed.CompactSerialize()))
		refused(t, err, authsdk.ErrTokenInvalid, "header")
		_, err = f.verify(t.Context(), t, signed.FullSerialize())
		refused(t, err, authsdk.ErrTokenMalformed, "")
	})
}

// TestWeRefuseMiddlewares: jwtauth and gin-jwt, which sign as well, set neither
// kid nor typ.
func TestWeRefuseMiddlewares(t *testing.T) {
	f := newFixture(t, authsdk.HS256)
	_, claims := f.acceptable()
	_, token, err := jwtauth.New(string(f.alg), f.private, nil).Encode(claims)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.verify(t.Context(), t, token)
	refused(t, err, authsdk.ErrTokenInvalid, "kid")

	key := must[jwk.Key](t)(jwk.FromRaw(f.private))
	if err := key.Set(jwk.KeyIDKey, f.keyID()); err != nil {
		t.Fatal(err)
	}
	if _, token, err = jwtauth.New(string(f.alg), key, nil).Encode(claims); err != nil { // now with a kid
		t.Fatal(err)
	}
	_, err = f.verify(t.Context(), t, token)
	refused(t, err, authsdk.ErrTokenInvalid, "typ")

	secret, _ := f.private.([]byte)
	m := must[*ginjwt.GinJWTMiddleware](t)(ginjwt.New(&ginjwt.GinJWTMiddleware{
		Realm: "orders", Key: secret, PayloadFunc: func(any) jwt.MapClaims { return claims },
	}))
	pair := must[*core.Token](t)(m.TokenGenerator(t.Context(), subject))
	_, err = f.verify(t.Context(), t, pair.AccessToken)
	refused(t, err, authsdk.ErrTokenInvalid, "kid")
}
