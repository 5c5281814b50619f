package peers_test

import (
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/bench/internal/peers"
)

// bad returns tokens that everybody must refuse, by what is wrong with them.
func bad(t *testing.T, f *peers.Fixture) map[string]string {
	t.Helper()
	good := authsdk.IssuerConfig{Issuer: peers.Issuer, Audience: []string{peers.Audience}}
	issue := func(change func(*authsdk.IssuerConfig, *authsdk.Claims)) string {
		t.Helper()
		cfg, c := good, f.Claims()
		change(&cfg, &c)
		token, err := f.Issue(t.Context(), cfg, c)
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	hour := time.Hour
	part := strings.Split(f.Token, ".")
	other := strings.Split(issue(func(_ *authsdk.IssuerConfig, c *authsdk.Claims) { c.Subject = "mallory" }), ".")
	return map[string]string{
		"issuer":   issue(func(cfg *authsdk.IssuerConfig, _ *authsdk.Claims) { cfg.Issuer = "https://other.example" }),
		"audience": issue(func(cfg *authsdk.IssuerConfig, _ *authsdk.Claims) { cfg.Audience = []string{"https://other.example"} }),
		"expired": issue(func(_ *authsdk.IssuerConfig, c *authsdk.Claims) {
			c.IssuedAt = f.Issued.Add(-2 * hour)
			c.Expires = f.Issued.Add(-hour)
		}),
		"early":        issue(func(_ *authsdk.IssuerConfig, c *authsdk.Claims) { c.NotBefore = f.Issued.Add(hour / 2) }),
		"future":       issue(func(_ *authsdk.IssuerConfig, c *authsdk.Claims) { c.IssuedAt = f.Issued.Add(hour / 2) }),
		"endless":      foreign(t, f, jwt.MapClaims{"exp": nil}),
		"no subject":   foreign(t, f, jwt.MapClaims{"sub": nil}),
		"payload":      part[0] + "." + other[1] + "." + part[2],
		"no signature": part[0] + "." + part[1] + ".",
	}
}

// foreign signs what we would not sign; nil removes a claim.
func foreign(t *testing.T, f *peers.Fixture, changes jwt.MapClaims) string {
	t.Helper()
	claims := jwt.MapClaims{
		"iss": peers.Issuer, "aud": peers.Audience, "sub": peers.Subject, "type": "access", "jti": "0123456789abcdef",
		"iat": f.Issued.Unix(), "nbf": f.Issued.Unix(), "exp": f.Issued.Add(time.Hour).Unix(),
	}
	for name, value := range changes {
		if value == nil {
			delete(claims, name)
		}
	}
	token := jwt.NewWithClaims(jwt.GetSigningMethod(string(f.Algorithm)), claims)
	token.Header["kid"], token.Header["typ"] = f.KeyID, "at+jwt"
	signed, err := token.SignedString(f.Private)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// TestPeers: what is compared does the same. Every library accepts the token
// and refuses the bad ones, and what it signs is accepted.
func TestPeers(t *testing.T) {
	for _, alg := range peers.Algorithms() {
		f, err := peers.NewFixture(t.Context(), alg)
		if err != nil {
			t.Fatal(err)
		}
		tokens := bad(t, f)
		accept, err := peers.GolangJWT(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range peers.All() {
			t.Run(string(alg)+"/"+p.Name, func(t *testing.T) {
				verify, err := p.Verify(f)
				if err != nil {
					t.Fatal(err)
				}
				if got, err := verify(f.Token); got != peers.Subject || err != nil {
					t.Errorf("got %q and %v, want %q", got, err, peers.Subject)
				}
				for what, token := range tokens {
					if got, err := verify(token); err == nil {
						t.Errorf("%s: got %q, want a refusal", what, got)
					}
				}
				sign, err := p.Sign(f)
				if err != nil {
					t.Fatal(err)
				}
				token, err := sign()
				if err != nil {
					t.Fatal(err)
				}
				if got, err := accept(token); got != peers.Subject || err != nil {
					t.Errorf("what it signs gives %q and %v, want %q", got, err, peers.Subject)
				}
			})
		}
	}
}

// TestFloor: the floor of each algorithm is that of a good signature.
func TestFloor(t *testing.T) {
	for _, alg := range peers.Algorithms() {
		f, err := peers.NewFixture(t.Context(), alg)
		if err != nil {
			t.Fatal(err)
		}
		floor, err := peers.NewFloor(f)
		if err != nil {
			t.Fatalf("%s: %v", alg, err)
		}
		for name, do := range map[string]func() error{
			"Verify": floor.Verify, "VerifyNew": floor.VerifyNew, "Naive": floor.Naive, "Sign": floor.Sign, "SignPooled": floor.SignPooled,
		} {
			if do == nil {
				continue
			}
			if err := do(); err != nil {
				t.Errorf("%s: %s: %v", alg, name, err)
			}
		}
		f.Token = f.Token[:len(f.Token)-6] + "AAAAAA"
		if _, err := peers.NewFloor(f); err == nil {
			t.Errorf("%s: the floor accepts a wrong signature", alg)
		}
	}
}
