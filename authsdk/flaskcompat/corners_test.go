package flaskcompat_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/flaskcompat"
)

// PyJWT verifies PS256 with a salt of the hash's length alone.
func TestPSSSalt(t *testing.T) {
	key, _ := rsa.GenerateKey(rand.Reader, 2048)
	der, _ := x509.MarshalPKIXPublicKey(&key.PublicKey)
	m, err := flaskcompat.New(flaskcompat.Config{Algorithm: "PS256", PublicKey: pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})})
	if err != nil {
		t.Fatal(err)
	}
	method := &jwt.SigningMethodRSAPSS{
		SigningMethodRSA: &jwt.SigningMethodRSA{Name: "PS256", Hash: crypto.SHA256}, Options: &rsa.PSSOptions{SaltLength: 0},
	}
	token, err := jwt.NewWithClaims(method, jwt.MapClaims{"sub": "alice"}).SignedString(key)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Decode(t.Context(), token, flaskcompat.DecodeOptions{}); err == nil {
		t.Error("a PS256 signature without salt is accepted")
	}
}

func reviewManager(t *testing.T) *flaskcompat.Manager {
	t.Helper()
	m, err := flaskcompat.New(flaskcompat.Config{
		Secret: []byte("0123456789abcdef0123456789abcdef"), Locations: []string{"cookies"}, Cookies: flaskcompat.CookieConfig{InsecureAnyOrigin: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Werkzeug writes methods in upper case: patch needs the CSRF value there.
func TestMethodCase(t *testing.T) {
	m := reviewManager(t)
	token, _ := m.CreateAccessToken(t.Context(), "alice", flaskcompat.TokenOptions{})
	r := httptest.NewRequest("patch", "/", http.NoBody) //nolint:usestdlibvars // in lower case
	r.Header.Set("Cookie", "access_token_cookie="+token)
	if _, err := m.Verifier().Authenticate(r, authsdk.Policy{}); err == nil {
		t.Error("patch without a CSRF value is accepted")
	}
}

// What one forged token without a signature costs in stack.
func TestDeepToken(t *testing.T) {
	m := reviewManager(t)
	enc := base64.RawURLEncoding.EncodeToString
	raw := enc([]byte(strings.Repeat("[", 24000))) + ".e30.e30"
	const n = 50
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var wg sync.WaitGroup
	hold := make(chan bool)
	var ready sync.WaitGroup
	ready.Add(n)
	for range n {
		wg.Go(func() {
			_, _ = m.Decode(t.Context(), raw, flaskcompat.DecodeOptions{})
			ready.Done()
			<-hold
		})
	}
	ready.Wait()
	runtime.ReadMemStats(&after)
	close(hold)
	wg.Wait()
	if per := (after.StackInuse - before.StackInuse) / n; per > 1<<20 {
		t.Errorf("an unsigned token of %d bytes takes a stack of %d KiB", len(raw), per>>10)
	}
}
