package remotekeys

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
)

func set(t *testing.T) (*authsdk.KeySet, *authsdk.Key) {
	t.Helper()
	k, err := authsdk.GenerateKey(authsdk.ES256)
	if err != nil {
		t.Fatal(err)
	}
	ks, _ := authsdk.NewKeySet(k)
	return ks, k
}

func jsonOf(w http.ResponseWriter, data []byte) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(data)
}

// "a token whose key is unknown causes a fetch": nothing calls FindKey.
func TestUnknownKey(t *testing.T) {
	var current atomic.Pointer[authsdk.KeySet]
	first, _ := set(t)
	current.Store(first)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { jsonOf(w, current.Load().PublicJWKS()) }))
	defer srv.Close()
	now := time.Now()
	s, err := New(t.Context(), Config{URL: srv.URL, InsecureHTTP: true, InsecurePrivateAddresses: true, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	second, _ := set(t)
	current.Store(second)      // an emergency: the issuer signs at once
	now = now.Add(time.Minute) // beyond the cool-down
	i, _ := authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: "https://i", Keys: second})
	v, _ := authsdk.NewVerifier(authsdk.VerifierConfig{Issuer: "https://i", Keys: s})
	token, _ := i.Issue(t.Context(), authsdk.Claims{Subject: "a"}, nil)
	if _, err := v.Verify(t.Context(), token, authsdk.Policy{}); err != nil {
		t.Errorf("a good token of an unknown key: %v", err)
	}
}

// jwks_uri is asked for once, and never again while the old place answers 200.
func TestMovedKeys(t *testing.T) {
	keys, _ := set(t)
	var moved atomic.Bool
	var srv *httptest.Server
	srv = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch place := map[bool]string{false: "/old", true: "/new"}[moved.Load()]; {
		case r.URL.Path == "/old" && moved.Load():
			jsonOf(w, []byte(`{"keys":[]}`)) // what is left there
		case r.URL.Path == "/old" || r.URL.Path == "/new":
			jsonOf(w, keys.PublicJWKS())
		default:
			jsonOf(w, fmt.Appendf(nil, `{"issuer":%q,"jwks_uri":%q}`, srv.URL, srv.URL+place))
		}
	}))
	defer srv.Close()
	now := time.Now()
	s, err := New(t.Context(), Config{Issuer: srv.URL, InsecureHTTP: true, InsecurePrivateAddresses: true, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	moved.Store(true)
	for range 200 {
		now = now.Add(20 * time.Minute)
		_, err = s.KeySet(t.Context())
	}
	if err != nil {
		t.Errorf("after 66 hours of fetches: %v", err)
	}
}

// The wall clock steps back (NTP at boot): no fetch until it has caught up.
func TestClockStepsBack(t *testing.T) {
	keys, _ := set(t)
	var fetches atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fetches.Add(1)
		jsonOf(w, keys.PublicJWKS())
	}))
	defer srv.Close()
	now := time.Now().Add(48 * time.Hour)
	s, err := New(t.Context(), Config{URL: srv.URL, InsecureHTTP: true, InsecurePrivateAddresses: true, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	now = now.Add(-48 * time.Hour)
	for range 94 { // 47 hours
		now = now.Add(30 * time.Minute)
		_, _ = s.FindKey(t.Context(), "x")
	}
	if n := fetches.Load(); n < 2 {
		t.Errorf("%d fetches in 47 hours: neither Every, nor FindKey, nor MaxAge did anything", n)
	}
}

// Addresses that lead into one's own network, or to metadata of clouds.
func TestAddresses(t *testing.T) {
	for _, a := range []string{
		"192.0.0.192:443",          // metadata of Oracle Cloud, RFC 6890 192.0.0.0/24
		"[64:ff9b::a9fe:a9fe]:443", // NAT64 of 169.254.169.254
		"[64:ff9b::7f00:1]:443", "[::7f00:1]:443", "[2002:7f00:1::]:443", "[fec0::1]:443",
		"198.18.0.1:443", "240.0.0.1:443", "0.1.2.3:443",
	} {
		if publicOnly("tcp", a, nil) == nil {
			t.Errorf("%s counts as public", a)
		}
	}
}

// A key set whose one key has a kid of another alphabet (AWS Cognito's end with =) is refused as a whole.
func TestForeignKid(t *testing.T) {
	keys, k := set(t)
	data := string(keys.PublicJWKS())
	_ = k
	other := data[:len(data)-len("\n  ]\n}\n")] + `, {"kty":"RSA","alg":"RS256","kid":"JOO1gLK1vD1Qa9DSnPgSrfS8rxlBL7KOe3/w2GYw3vE=","e":"AQAB","n":"` + rsaN + `"}]}`
	if got, err := parse([]byte(other), ""); err != nil {
		t.Errorf("parse: %v, %v", got, err)
	}
}

const rsaN = "xvOY0x4egowrD3FTJcJrqYUCPdsMQpcR18M3md_IsjAhYfTUM68yVgmUF7oD4JLqmpgAlnv49Fh92DOcoXUJrNhFWf2pUlfMKbQhb8iyz2dNax1jc5mAGUez_vTOxhhJXhj5iHcbe5tkXSOn2vC5eZUe2IUFQPlgS8VZHMpfIBmg_pllAsT23X_Z2jsgLLf7VApYx7s05Ur9z9lB-7ubtORRXdx_Pfg_kTA0fuSbeIbUZd0v41ZZsK2Y73jV3M67Bzz-SQknCQ1fap7oeL_gc5SXZQEuYdHyVkS9L3fRh239AhPAHvNcw2ecbMlLbwmLoOIhgjcWimSCGLOd87-BOw"
