package interop_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/authsdk/authsdk-go/authsdk"
)

func libraries() []library {
	return []library{
		{"jwx v2", jwx2Accept},
		{"golang-jwt v5", golangJWTAccept},
		{"go-jose v4", goJOSEAccept},
		{"jwtauth v5", jwtauthAccept},
		{"echo-jwt v4", echoJWTAccept},
		{"gin-jwt v3", ginJWTAccept},
		{"go-jwt-middleware v3", auth0Accept},
	}
}

// TestTheyAccept: services on other libraries accept our access tokens, with the
// key set that we publish or with the shared secret, and know the caller. They
// refuse one of another issuer's key.
func TestTheyAccept(t *testing.T) {
	for _, alg := range all {
		f, other := newFixture(t, alg), newFixture(t, alg)
		token := f.issue(t)
		part := strings.Split(token, ".")
		forged := part[0] + "." + part[1] + "." + strings.Split(other.issue(t), ".")[2]
		for _, l := range libraries() {
			t.Run(l.name+"/"+string(alg), func(t *testing.T) {
				accept := l.accept(t, f)
				if got, err := accept(token); got != subject || err != nil {
					t.Errorf("got %q and %v, want %q", got, err, subject)
				}
				if got, err := accept(forged); err == nil {
					t.Errorf("a forged token: got %q, want a refusal", got)
				}
			})
		}
	}
}

// TestTheyTakeRefreshTokens: what a token is for stands in its typ and its type,
// and no library looks at either unless it is told to. A service that our tokens
// are for must check one of them, or a refresh token opens its routes.
func TestTheyTakeRefreshTokens(t *testing.T) {
	f := newFixture(t, authsdk.ES256)
	token := f.issue(t, func(_ *authsdk.IssuerConfig, c *authsdk.Claims) { c.Type = authsdk.Refresh })
	for _, l := range libraries() {
		t.Run(l.name, func(t *testing.T) {
			if got, err := l.accept(t, f)(token); got != subject || err != nil {
				t.Errorf("got %q and %v: it tells the types of tokens apart now; mend this test", got, err)
			}
		})
	}
	t.Run("golang-jwt v5, told to", func(t *testing.T) {
		options := []jwt.ParserOption{jwt.WithIssuer(issuer), jwt.WithAudience(audience)}
		for want, token := range map[bool]string{true: f.issue(t), false: token} {
			parsed, err := jwt.ParseWithClaims(token, &accessClaims{}, keyfunc(t, f), options...)
			if got := err == nil && parsed.Valid; got != want {
				t.Errorf("got %v and %v, want %v", got, err, want)
			}
		}
	})
}

// accessClaims are how a service on golang-jwt accepts access tokens alone.
type accessClaims struct {
	jwt.RegisteredClaims

	Type string `json:"type"`
}

var errNoAccess = errors.New("not an access token")

// Validate is called by golang-jwt.
func (c *accessClaims) Validate() error {
	if c.Type != "access" {
		return errNoAccess
	}
	return nil
}
