package flaskcompat_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/flaskcompat"
)

// visits are the answers of a route to tokens by name.
type visits map[string]struct {
	status int
	msg    string
}

// tokens are those that the views are tried with.
func tokens(t *testing.T, m *flaskcompat.Manager) map[string]string {
	t.Helper()
	return map[string]string{
		"nothing": "", "access": access(t, m, options{}), "fresh": access(t, m, options{Fresh: true}),
		"fresh for 5 minutes":  access(t, m, options{FreshFor: 5 * time.Minute}),
		"fresh until just now": access(t, m, options{FreshFor: -time.Minute}),
		"refresh":              renewal(t, m, options{}),
		"expired":              access(t, m, options{ExpiresIn: -time.Minute}),
	}
}

func tryView(t *testing.T, p authsdk.Policy, want visits) {
	t.Helper()
	m := manager(t, config{})
	for name, token := range tokens(t, m) {
		w, ok := want[name]
		if !ok {
			continue
		}
		r := bearer(token)
		if token == "" {
			r = request("GET", "/", "")
		}
		send(m, p, r).says(t, name, w.status, w.msg)
	}
}

func TestFJE118_Required(t *testing.T) {
	t.Parallel()
	tryView(t, plain, visits{
		"access": {http.StatusOK, ""}, "fresh": {http.StatusOK, ""},
		"nothing": {http.StatusUnauthorized, noHeader}, "refresh": {http.StatusUnprocessableEntity, notRefresh},
	})
}

func TestFJE119_FreshRequired(t *testing.T) {
	t.Parallel()
	tryView(t, onlyFresh, visits{
		"fresh": {http.StatusOK, ""}, "access": {http.StatusUnauthorized, wantFresh},
		"fresh for 5 minutes": {http.StatusOK, ""}, "fresh until just now": {http.StatusUnauthorized, wantFresh},
		"nothing": {http.StatusUnauthorized, noHeader}, "refresh": {http.StatusUnprocessableEntity, notRefresh},
	})
	m := manager(t, config{Render: own(http.StatusTeapot, authsdk.ErrFreshTokenRequired)})
	send(m, onlyFresh, bearer(access(t, m, options{}))).is(t, "own", http.StatusTeapot,
		`{"header":{"alg":"HS256","typ":"JWT"},"own":"Fresh token required","sub":"username"}`)
}

func TestFJE120_RefreshRequired(t *testing.T) {
	t.Parallel()
	const wantRefresh = "Only refresh tokens are allowed"
	tryView(t, refresh, visits{
		"fresh": {http.StatusUnprocessableEntity, wantRefresh}, "access": {http.StatusUnprocessableEntity, wantRefresh},
		"nothing": {http.StatusUnauthorized, noHeader}, "refresh": {http.StatusOK, ""},
	})
}

func TestFJE121_NoTypeCheck(t *testing.T) {
	t.Parallel()
	tryView(t, anyType, visits{
		"access": {http.StatusOK, ""}, "fresh": {http.StatusOK, ""},
		"refresh": {http.StatusOK, ""}, "nothing": {http.StatusUnauthorized, noHeader},
	})
}

func TestFJE122_Optional(t *testing.T) {
	t.Parallel()
	tryView(t, optional, visits{
		"fresh": {http.StatusOK, ""}, "access": {http.StatusOK, ""},
		"refresh": {http.StatusUnprocessableEntity, notRefresh}, "expired": {http.StatusUnauthorized, expired},
	})
}

func TestFJE123_OptionalWithoutValidToken(t *testing.T) {
	t.Parallel()
	m := manager(t, config{})
	for header, want := range map[string]string{
		"": "", "basic creds": "", "Foo 1, Bar 2, Baz, 3": "",
		"Bearer ": badHeader, "Foo 1, Bearer, Baz, 3": badHeader, "Bearer ,,0": badHeader,
		"Bearer xxx": segments, "Foo 1, Bearer 2, Baz, 3": segments,
	} {
		status := http.StatusUnprocessableEntity
		if want == "" {
			status = http.StatusOK
		}
		send(m, optional, request("GET", "/", "", "Authorization", header)).says(t, header, status, want)
	}
}

// custom sends a request that is refused with 418 by a renderer of one's own.
func custom(t *testing.T, e *authsdk.Error, r func(*flaskcompat.Manager) *http.Request, want string) {
	t.Helper()
	m := manager(t, config{Render: own(http.StatusTeapot, e)})
	send(m, plain, r(m)).is(t, "own", http.StatusTeapot, want)
}

func TestFJE125_InvalidToken(t *testing.T) {
	t.Parallel()
	const rubbish = "aaaaa.bbbbb.ccccc"
	send(manager(t, config{}), plain, bearer(rubbish)).says(t, "rubbish", http.StatusUnprocessableEntity, "Invalid header padding")
	custom(t, authsdk.ErrTokenMalformed, func(*flaskcompat.Manager) *http.Request { return bearer(rubbish) }, `{"own":"Invalid header padding"}`)
}

func TestFJE126_MissingClaims(t *testing.T) {
	t.Parallel()
	token := foreign(t, object{"foo": "bar"})
	send(manager(t, config{}), plain, bearer(token)).says(t, "no sub", http.StatusUnprocessableEntity, "Missing claim: sub")
}

func TestFJE127_InvalidAudience(t *testing.T) {
	t.Parallel()
	m := manager(t, config{})
	send(m, plain, bearer(access(t, m, options{Claims: object{"aud": "x"}}))).says(t, "nobody looks", http.StatusOK, "")
	m = manager(t, config{DecodeAudience: []string{"my_audience"}})
	for msg, aud := range map[string]any{
		`Token is missing the "aud" claim`: []string{}, "Audience doesn't match": "different audience", "Invalid claim format in token": []any{1},
	} {
		send(m, plain, bearer(access(t, m, options{Claims: object{"aud": aud}}))).says(t, msg, http.StatusUnprocessableEntity, msg)
	}
	send(m, plain, bearer(access(t, m, options{}))).says(t, "none", http.StatusUnprocessableEntity, `Token is missing the "aud" claim`)
	send(m, plain, bearer(access(t, m, options{Claims: object{"aud": 1}}))).says(t, "number", http.StatusUnprocessableEntity, "Invalid claim format in token")
}

func TestFJE128_InvalidIssuer(t *testing.T) {
	t.Parallel()
	m := manager(t, config{})
	send(m, plain, bearer(access(t, m, options{Claims: object{"iss": "x"}}))).says(t, "nobody looks", http.StatusOK, "")
	m = manager(t, config{DecodeIssuer: []string{"my_issuer"}})
	for msg, o := range map[string]options{
		`Token is missing the "iss" claim`: {}, "Invalid issuer": {Claims: object{"iss": "other"}},
		"Payload Issuer (iss) must be a string": {Claims: object{"iss": 1}},
	} {
		send(m, plain, bearer(access(t, m, o))).says(t, msg, http.StatusUnprocessableEntity, msg)
	}
}

func TestFJE129_MalformedToken(t *testing.T) {
	t.Parallel()
	m := manager(t, config{})
	for _, token := range []string{"foobarbaz", "foo.bar"} {
		send(m, plain, bearer(token)).says(t, token, http.StatusUnprocessableEntity, segments)
	}
}

func TestFJE130_ExpiredToken(t *testing.T) {
	t.Parallel()
	old := options{ExpiresIn: -time.Minute}
	m := manager(t, config{})
	send(m, plain, bearer(access(t, m, old))).says(t, "expired", http.StatusUnauthorized, expired)
	custom(t, authsdk.ErrTokenExpired, func(m *flaskcompat.Manager) *http.Request { return bearer(access(t, m, old)) },
		`{"header":{"alg":"HS256","typ":"JWT"},"own":"Token has expired","sub":"username"}`)
}

// Nothing is caught here: the handler gives the error to Refuse.
func TestFJE131_ExpiredTokenOfDecode(t *testing.T) {
	t.Parallel()
	m := manager(t, config{Render: own(http.StatusTeapot, authsdk.ErrTokenExpired)})
	token := access(t, m, options{ExpiresIn: -time.Minute})
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := m.Decode(r.Context(), token, flaskcompat.DecodeOptions{}); err != nil {
			m.Verifier().Refuse(w, r, err)
		}
	})
	serve(h, request("GET", "/", "")).is(t, "own", http.StatusTeapot,
		`{"header":{"alg":"HS256","typ":"JWT"},"own":"Token has expired","sub":"username"}`)
}

func TestFJE132_NoToken(t *testing.T) {
	t.Parallel()
	nothing := func(*flaskcompat.Manager) *http.Request { return request("GET", "/", "") }
	send(manager(t, config{}), plain, nothing(nil)).says(t, "nothing", http.StatusUnauthorized, noHeader)
	custom(t, authsdk.ErrTokenMissing, nothing, `{"own":"Missing Authorization Header"}`)
}

// verify_jwt_in_request is Verifier.Authenticate.
func TestFJE134_AuthenticateInTheHandler(t *testing.T) {
	t.Parallel()
	m := manager(t, config{})
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := m.Verifier().Authenticate(r, plain)
		if err != nil {
			m.Verifier().Refuse(w, r, err)
			return
		}
		_, _ = w.Write([]byte(string(c.Header) + " " + c.Subject))
	})
	serve(h, bearer(access(t, m, options{}))).is(t, "token", http.StatusOK, `{"alg":"HS256","typ":"JWT"} username`)
	serve(h, request("GET", "/", "")).says(t, "nothing", http.StatusUnauthorized, noHeader)
}

func TestFJE135_NonStringIdentity(t *testing.T) {
	t.Parallel()
	m := manager(t, config{})
	token, err := m.CreateAccessToken(t.Context(), 1234, options{})
	if err != nil {
		t.Fatal(err)
	}
	send(m, plain, bearer(token)).says(t, "number", http.StatusUnprocessableEntity, "Subject must be a string")
}

// A type of the application's own passes wherever no refresh token is wanted.
func TestTypes(t *testing.T) {
	t.Parallel()
	m := manager(t, config{})
	for _, typ := range []any{"app", "REFRESH", nil, 1, []string{"refresh"}} {
		token := access(t, m, options{Claims: object{"type": typ}})
		send(m, plain, bearer(token)).says(t, "access route", http.StatusOK, "")
		send(m, refresh, bearer(token)).says(t, "refresh route", http.StatusUnprocessableEntity, "Only refresh tokens are allowed")
	}
	_, err := m.CreateRefreshToken(t.Context(), "username", options{Fresh: true})
	same(t, "a fresh refresh token", err.Error(), "flaskcompat: refresh tokens are never fresh")
}
