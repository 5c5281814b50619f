package authsdk_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/authsdk/authsdk-go/authsdk"
)

func TestErrorOf(t *testing.T) {
	t.Parallel()
	if got := authsdk.ErrorOf(nil); got != nil {
		t.Errorf("ErrorOf(nil) = %v", got)
	}
	cause := errors.New("dial tcp: connection refused")
	err := fmt.Errorf("handler: %w", authsdk.Unknown("session", cause))
	if got := authsdk.ErrorOf(err); got != authsdk.ErrStoreUnavailable || !errors.Is(err, cause) {
		t.Errorf("ErrorOf(%v) = %v", err, got)
	}
	if got := authsdk.ErrorOf(cause); got.Code != "server_error" || got.Status != 500 {
		t.Errorf("ErrorOf of a foreign error = %v", got)
	}
	if err := authsdk.Unknown("x", fmt.Errorf("y: %w", authsdk.ErrUserNotFound)); !errors.Is(err, authsdk.ErrUserNotFound) || errors.Is(err, authsdk.ErrStoreUnavailable) {
		t.Errorf("Unknown of a refusal = %v", err)
	}
	if errors.Is(fmt.Errorf("%w", authsdk.ErrTokenExpired), authsdk.ErrTokenInvalid) || errors.Is(fmt.Errorf("%w", authsdk.ErrTokenExpired), cause) {
		t.Error("different codes compare as equal")
	}
}

// TestWriteProblem compares whole answers: they are the contract.
func TestWriteProblem(t *testing.T) {
	t.Parallel()
	const docs = "https://github.com/authsdk/authsdk-go/blob/main/docs/errors.md#"
	throttled := *authsdk.ErrTooManyAttempts
	throttled.RetryAfter = 1500 * time.Millisecond
	scoped := *authsdk.ErrInsufficientScope
	scoped.Scope = `orders:read "x"`
	for _, tt := range []struct {
		err       error
		status    int
		challenge []string
		retry     string
		body      string
	}{
		{
			authsdk.ErrTokenMissing, 401,
			[]string{`Bearer realm="api"`},
			"",
			`{"type":"` + docs + `token_missing","title":"Unauthorized","status":401,"detail":"A token is required.","code":"token_missing"}`,
		},
		{
			authsdk.ErrTokenExpired, 401,
			[]string{`Bearer realm="api", error="invalid_token", error_description="The token has expired."`},
			"",
			`{"type":"` + docs + `token_expired","title":"Unauthorized","status":401,"detail":"The token has expired.","code":"token_expired"}`,
		},
		{
			authsdk.ErrInvalidCredentials, 401,
			[]string{`Bearer realm="api"`},
			"",
			`{"type":"` + docs + `invalid_credentials","title":"Unauthorized","status":401,"detail":"The user name or the password is wrong.","code":"invalid_credentials"}`,
		},
		{
			authsdk.ErrCredentialsMalformed, 400,
			[]string{`Bearer realm="api", error="invalid_request", error_description="The credentials are sent in a malformed way."`},
			"",
			`{"type":"` + docs + `credentials_malformed","title":"Bad Request","status":400,"detail":"The credentials are sent in a malformed way.","code":"credentials_malformed"}`,
		},
		{
			&scoped, 403,
			[]string{`Bearer realm="api", error="insufficient_scope", scope="orders:read x"`},
			"",
			`{"type":"` + docs + `insufficient_scope","title":"Forbidden","status":403,"detail":"The token does not grant what this request needs.","code":"insufficient_scope"}`,
		},
		{
			authsdk.ErrInsufficientScope, 403,
			[]string{`Bearer realm="api", error="insufficient_scope"`},
			"",
			`{"type":"` + docs + `insufficient_scope","title":"Forbidden","status":403,"detail":"The token does not grant what this request needs.","code":"insufficient_scope"}`,
		},
		{
			authsdk.ErrCSRF, 403, nil, "",
			`{"type":"` + docs + `csrf_failed","title":"Forbidden","status":403,"detail":"The request could not be told from a cross-site forgery.","code":"csrf_failed"}`,
		},
		{
			&throttled, 429, nil, "2",
			`{"type":"` + docs + `too_many_attempts","title":"Too Many Requests","status":429,"detail":"Too many failed attempts. Try again later.","code":"too_many_attempts"}`,
		},
		{
			authsdk.ErrStoreUnavailable, 503, nil, "2",
			`{"type":"` + docs + `store_unavailable","title":"Service Unavailable","status":503,"detail":"A service behind this one does not answer. Try again.","code":"store_unavailable"}`,
		},
		{
			&authsdk.Error{Code: "own", Status: 401, Detail: `a "b" ü`, Challenges: []string{"Own x=1", "Bearer"}}, 401,
			[]string{"Own x=1", "Bearer"},
			"",
			`{"type":"` + docs + `own","title":"Unauthorized","status":401,"detail":"a \"b\" ü","code":"own"}`,
		},
		{
			errors.New("secret"), 500, nil, "",
			`{"type":"` + docs + `server_error","title":"Internal Server Error","status":500,"detail":"Something went wrong.","code":"server_error"}`,
		},
	} {
		w := httptest.NewRecorder()
		authsdk.WriteProblem(w, httptest.NewRequest(http.MethodGet, "/", http.NoBody), authsdk.ErrorOf(tt.err))
		if w.Code != tt.status || w.Body.String() != tt.body+"\n" {
			t.Errorf("%v: %d %s, want %d %s", tt.err, w.Code, w.Body, tt.status, tt.body)
		}
		h := w.Header()
		if diff := cmp.Diff(tt.challenge, h.Values("WWW-Authenticate")); diff != "" {
			t.Errorf("%v: challenge (-want +got):\n%s", tt.err, diff)
		}
		if h.Get("Retry-After") != tt.retry || h.Get("Cache-Control") != "no-store" || h.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%v: headers %v", tt.err, h)
		}
	}
}

// TestPairIsSilent prints tokens in every way Go has.
func TestPairIsSilent(t *testing.T) {
	t.Parallel()
	p := testPair()
	for _, text := range []string{p.String(), fmt.Sprintf("%+v %#v %s", p, p, p), fmt.Sprintf("%+v %#v", *p, *p), p.LogValue().String()} {
		for _, secret := range []string{p.AccessToken, p.RefreshToken, p.AccessCSRF, p.RefreshCSRF} {
			if strings.Contains(text, secret) {
				t.Errorf("the pair shows its tokens: %s", text)
			}
		}
	}
}

// TestStatus: an error that an application defined without a status, or with
// one that does not refuse, is answered as a mistake of the server.
func TestStatus(t *testing.T) {
	t.Parallel()
	for _, status := range []int{0, 200, 302, 399, 600} {
		e := &authsdk.Error{Code: "own", Status: status}
		if got := authsdk.ErrorOf(e); got.Status != http.StatusInternalServerError || got.Code != "own" {
			t.Errorf("ErrorOf with status %d = %+v", status, got)
		}
		w := httptest.NewRecorder()
		authsdk.WriteProblem(w, nil, e)
		if w.Code != http.StatusInternalServerError {
			t.Errorf("WriteProblem with status %d answers %d", status, w.Code)
		}
		if e.Status != status {
			t.Error("the error was changed")
		}
	}
}

// TestEmptyKeys: the zero values of keys and key sets are refused, not used.
func TestEmptyKeys(t *testing.T) {
	t.Parallel()
	if _, err := authsdk.NewKeySet(&authsdk.Key{}); err == nil {
		t.Error("NewKeySet takes an empty key")
	}
	var none *authsdk.KeySet
	if _, err := authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: testIssuer, Keys: none}); err == nil {
		t.Error("NewIssuer takes a nil key set")
	}
	if _, err := authsdk.NewVerifier(authsdk.VerifierConfig{Issuer: testIssuer, Keys: none}); err == nil {
		t.Error("NewVerifier takes a nil key set")
	}
}

// TestRendererExcept leaves some refusals to another renderer.
func TestRendererExcept(t *testing.T) {
	t.Parallel()
	teapot := func(w http.ResponseWriter, _ *http.Request, _ *authsdk.Error) { w.WriteHeader(http.StatusTeapot) }
	gone := func(w http.ResponseWriter, _ *http.Request, _ *authsdk.Error) { w.WriteHeader(http.StatusGone) }
	render := authsdk.Renderer(authsdk.WriteProblem).
		Except(teapot, authsdk.ErrTokenExpired, authsdk.ErrTokenRevoked).
		Except(gone, authsdk.ErrTokenRevoked)
	for e, want := range map[*authsdk.Error]int{
		authsdk.ErrTokenExpired: http.StatusTeapot, authsdk.ErrTokenRevoked: http.StatusGone, authsdk.ErrTokenMissing: http.StatusUnauthorized,
	} {
		w := httptest.NewRecorder()
		render(w, httptest.NewRequest(http.MethodGet, "/", http.NoBody), e)
		if w.Code != want {
			t.Errorf("%s: %d, want %d", e.Code, w.Code, want)
		}
	}
}
