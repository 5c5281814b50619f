package authsdk_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
)

func TestAuthenticateHeader(t *testing.T) {
	t.Parallel()
	keys := hmacKeys(t)
	token := issue(t, keys, authsdk.Claims{})
	v := newVerifier(t, keys)
	for _, tt := range []struct {
		name    string
		headers []string
		want    error
	}{
		{"none", nil, authsdk.ErrTokenMissing},
		{"good", []string{"Bearer " + token}, nil},
		{"lower case", []string{"bearer " + token}, nil},
		{"upper case", []string{"BEARER " + token}, nil},
		{"two blanks", []string{"Bearer  " + token}, nil},
		{"another scheme", []string{"Basic YTpi"}, authsdk.ErrTokenMissing},
		{"a longer scheme", []string{"BearerX " + token}, authsdk.ErrTokenMissing},
		{"the token alone", []string{token}, authsdk.ErrTokenMissing},
		{"empty value", []string{""}, authsdk.ErrTokenMissing},
		{"the scheme alone", []string{"Bearer"}, authsdk.ErrCredentialsMalformed},
		{"the scheme and a blank", []string{"Bearer "}, authsdk.ErrCredentialsMalformed},
		{"two words", []string{"Bearer " + token + " x"}, authsdk.ErrCredentialsMalformed},
		{"tab as separator", []string{"Bearer\t" + token}, authsdk.ErrTokenMissing},
		{"a list", []string{"Bearer " + token + ",Bearer " + token}, authsdk.ErrCredentialsMalformed},
		{"two headers", []string{"Bearer " + token, "Bearer " + token}, authsdk.ErrCredentialsMalformed},
		{"two headers, one Basic", []string{"Basic YTpi", "Bearer " + token}, authsdk.ErrCredentialsMalformed},
		{"bad token", []string{"Bearer x"}, authsdk.ErrTokenMalformed},
	} {
		r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		r.Header["Authorization"] = tt.headers
		for _, optional := range []bool{false, true} {
			want := tt.want
			if optional && errors.Is(want, authsdk.ErrTokenMissing) {
				want = nil
			}
			c, err := v.Authenticate(r, authsdk.Policy{Optional: optional})
			if !errors.Is(err, want) || (err == nil) != (want == nil) {
				t.Errorf("%s (optional %v): %v, want %v", tt.name, optional, err, want)
			}
			if good := tt.want == nil; (c != nil) != good {
				t.Errorf("%s (optional %v): claims %v", tt.name, optional, c)
			}
		}
	}
}

// place is a location that finds fixed tokens.
func place(access, refresh string, err error) authsdk.Location {
	return authsdk.Location{Name: "test", Find: func(_ *http.Request, t authsdk.TokenType) (string, error) {
		if t == authsdk.Refresh {
			return refresh, err
		}
		return access, err
	}}
}

func TestAuthenticateLocations(t *testing.T) {
	t.Parallel()
	keys := hmacKeys(t)
	good, refresh := issue(t, keys, authsdk.Claims{}), issue(t, keys, authsdk.Claims{Type: authsdk.Refresh})
	expired := issue(t, keys, authsdk.Claims{IssuedAt: start.Add(-time.Hour), Expires: start.Add(-time.Minute)})
	v := newVerifier(t, keys)
	access := []authsdk.TokenType{authsdk.Access}
	either := []authsdk.TokenType{authsdk.Access, authsdk.Refresh}
	broken := authsdk.ErrCredentialsMalformed
	refused := place(good, "", nil)
	refused.Confirm = func(*http.Request, authsdk.TokenType, *authsdk.Claims) error { return authsdk.ErrCSRF }
	// The places of the two types may be read apart, as those of cookies are: an
	// earlier type that has a token decides.
	halfBroken := authsdk.Location{Name: "test", Find: func(_ *http.Request, t authsdk.TokenType) (string, error) {
		if t == authsdk.Refresh {
			return "", broken
		}
		return good, nil
	}}
	for _, tt := range []struct {
		name      string
		locations []authsdk.Location
		types     []authsdk.TokenType
		want      error
	}{
		{"first has it", []authsdk.Location{place(good, "", nil), place("x", "", nil)}, access, nil},
		{"second has it", []authsdk.Location{place("", "", nil), place(good, "", nil)}, access, nil},
		{"a bad token is final", []authsdk.Location{place("x", "", nil), place(good, "", nil)}, access, authsdk.ErrTokenMalformed},
		{"an error is final", []authsdk.Location{place("", "", broken), place(good, "", nil)}, access, broken},
		{"nowhere", []authsdk.Location{place("", "", nil), place("", "", nil)}, access, authsdk.ErrTokenMissing},
		{"not confirmed", []authsdk.Location{refused}, access, authsdk.ErrCSRF},
		{"either: access", []authsdk.Location{place(good, "", nil)}, either, nil},
		{"either: refresh", []authsdk.Location{place("", refresh, nil)}, either, nil},
		{"either: access expired, refresh good", []authsdk.Location{place(expired, refresh, nil)}, either, nil},
		{"either: access expired, no refresh", []authsdk.Location{place(expired, "", nil)}, either, authsdk.ErrTokenExpired},
		{"either: both bad", []authsdk.Location{place(expired, "x", nil)}, either, authsdk.ErrTokenExpired},
		{"either: access good, refresh malformed", []authsdk.Location{halfBroken}, either, nil},
		{"either: the type asked for first is malformed", []authsdk.Location{halfBroken}, []authsdk.TokenType{authsdk.Refresh, authsdk.Access}, broken},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", http.NoBody)
		_, err := v.Authenticate(r, authsdk.Policy{Types: tt.types, Locations: tt.locations})
		if !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}

	down := newVerifier(t, keys, func(c *authsdk.VerifierConfig) {
		c.Revoked = func(context.Context, *authsdk.Claims) (bool, error) { return false, errors.New("timeout") }
	})
	r := httptest.NewRequest(http.MethodPost, "/", http.NoBody)
	_, err := down.Authenticate(r, authsdk.Policy{Types: either, Locations: []authsdk.Location{place(expired, refresh, nil)}})
	if !errors.Is(err, authsdk.ErrStoreUnavailable) {
		t.Errorf("an expired token beside one about which nothing is known: %v, want store_unavailable", err)
	}
}
