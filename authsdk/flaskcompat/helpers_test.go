package flaskcompat_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/adapters/authhttp"
	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/flaskcompat"
	"github.com/authsdk/authsdk-go/authsdk/security"
)

// secret is long enough for HS512.
const secret = "scenario-secret-0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMN"

// start is the time that it is in the tests.
var start = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func fixedClock() time.Time { return start }

type (
	config  = flaskcompat.Config
	cookies = flaskcompat.CookieConfig
	options = flaskcompat.TokenOptions
	object  = map[string]any
)

// The policies, as jwt_required spells them.
var (
	plain     = authsdk.Policy{}
	onlyFresh = authsdk.Policy{Fresh: true}
	optional  = authsdk.Policy{Optional: true}
	refresh   = authsdk.Policy{Types: []authsdk.TokenType{authsdk.Refresh}}
	anyType   = authsdk.Policy{Types: []authsdk.TokenType{authsdk.AnyType}}
)

// The messages that many scenarios want.
const (
	noHeader   = "Missing Authorization Header"
	noBearer   = "Missing 'Bearer' type in 'Authorization' header. Expected 'Authorization: Bearer <JWT>'"
	badHeader  = "Bad Authorization header. Expected 'Authorization: Bearer <JWT>'"
	noCookie   = `Missing cookie "access_token_cookie"`
	noCSRF     = "Missing CSRF token"
	otherCSRF  = "CSRF double submit tokens do not match"
	notRefresh = "Only non-refresh tokens are allowed"
	wantFresh  = "Fresh token required"
	revoked    = "Token has been revoked"
	expired    = "Token has expired"
	segments   = "Not enough segments"
	foreignAlg = "The specified alg value is not allowed"
	badSign    = "Signature verification failed"
)

// manager makes a manager with the secret and the time of the tests.
func manager(t testing.TB, cfg config) *flaskcompat.Manager {
	t.Helper()
	if cfg.Secret == nil && (cfg.Algorithm == "" || strings.HasPrefix(cfg.Algorithm, "HS")) {
		cfg.Secret = []byte(secret)
	}
	if cfg.Now == nil {
		cfg.Now = fixedClock
	}
	m, err := flaskcompat.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// access makes an access token of the user "username".
func access(t testing.TB, m *flaskcompat.Manager, o options) string {
	t.Helper()
	token, err := m.CreateAccessToken(t.Context(), "username", o)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// renewal makes a refresh token of the same user.
func renewal(t testing.TB, m *flaskcompat.Manager, o options) string {
	t.Helper()
	token, err := m.CreateRefreshToken(t.Context(), "username", o)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// signed makes an HS256 token of header and claims as they are.
func signed(t testing.TB, header, claims any) string {
	t.Helper()
	part := func(v any) string {
		data, ok := v.([]byte)
		if !ok {
			var err error
			if data, err = json.Marshal(v); err != nil {
				t.Fatal(err)
			}
		}
		return base64.RawURLEncoding.EncodeToString(data)
	}
	input := part(header) + "." + part(claims)
	return input + "." + base64.RawURLEncoding.EncodeToString(mac(input))
}

func mac(input string) []byte {
	h := hmac.New(sha256.New, []byte(secret))
	h.Write([]byte(input))
	return h.Sum(nil)
}

// foreign makes a token with the claims alone, as others make them.
func foreign(t testing.TB, claims object) string {
	t.Helper()
	return signed(t, object{"alg": "HS256", "typ": "JWT"}, claims)
}

// claimsOf are the claims of a token as they are written.
func claimsOf(t testing.TB, token string) object { t.Helper(); return part(t, token, 1) }

// headerOf is the header of a token as it is written.
func headerOf(t testing.TB, token string) object { t.Helper(); return part(t, token, 0) }

func part(t testing.TB, token string, i int) (members object) {
	t.Helper()
	data, err := base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[i])
	if err != nil {
		t.Fatal(err)
	}
	return parsed(t, data)
}

// parsed reads an object whose numbers keep their digits.
func parsed(t testing.TB, data []byte) (members object) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	if err := dec.Decode(&members); err != nil {
		t.Fatalf("%q: %v", data, err)
	}
	return members
}

// request makes a request; headers are names and values in turn.
func request(method, target, body string, headers ...string) *http.Request {
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	return r
}

// bearer is a GET with a token in the header.
func bearer(token string) *http.Request {
	return request(http.MethodGet, "/", "", "Authorization", "Bearer "+token)
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
}

func serve(h http.Handler, r *http.Request) answer {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return answer{w.Code, w.Header(), w.Body.String()}
}

// send sends a request to a route with a policy, whose handler tells the claims,
// the header and the location of the token.
func send(m *flaskcompat.Manager, p authsdk.Policy, r *http.Request) answer {
	return serve(authhttp.Require(m.Verifier(), p)(http.HandlerFunc(show)), r)
}

func show(w http.ResponseWriter, r *http.Request) {
	body := object{"claims": object{}, "header": object{}, "location": nil}
	if p, ok := security.PrincipalFrom(r.Context()); ok {
		c, _ := authsdk.ClaimsFrom(r.Context())
		body = object{"claims": c.Raw, "header": c.Header, "location": p.Location}
	}
	_ = json.NewEncoder(w).Encode(body)
}

// says fails the test unless the answer has the status, and for a refusal the
// message under "msg" and nothing else.
func (a answer) says(t testing.TB, what string, status int, msg string) {
	t.Helper()
	if a.status != status {
		t.Errorf("%s: %d %swant %d %s", what, a.status, a.body, status, msg)
		return
	}
	if status == http.StatusOK {
		return
	}
	if got := parsed(t, []byte(a.body)); len(got) != 1 || got["msg"] != msg {
		t.Errorf("%s: %swant %q", what, a.body, msg)
	}
	if got := a.header.Get("Content-Type"); got != "application/json" {
		t.Errorf("%s: Content-Type %q", what, got)
	}
}

// is fails the test unless status and body are these.
func (a answer) is(t testing.TB, what string, status int, body string) {
	t.Helper()
	if a.status != status || strings.TrimSpace(a.body) != body {
		t.Errorf("%s: %d %s, want %d %s", what, a.status, a.body, status, body)
	}
}

// member returns a member of the object that show wrote under a name.
func (a answer) member(t testing.TB, name, member string) any {
	t.Helper()
	if a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	members, _ := parsed(t, []byte(a.body))[name].(object)
	return members[member]
}

// location returns where the token was found.
func (a answer) location(t testing.TB) any {
	t.Helper()
	if a.status != http.StatusOK {
		t.Fatalf("%d %s", a.status, a.body)
	}
	return parsed(t, []byte(a.body))["location"]
}

// reason is the message of a refusal that a function returned.
func reason(err error) string {
	if err == nil {
		return ""
	}
	return flaskcompat.Message(authsdk.ErrorOf(err))
}

// same fails the test unless got is want.
func same(t testing.TB, what string, got, want any) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// own is a renderer that answers some refusals in the way of the application.
func own(status int, errs ...*authsdk.Error) authsdk.Renderer {
	return flaskcompat.Renderer("msg").Except(func(w http.ResponseWriter, _ *http.Request, e *authsdk.Error) {
		body := object{"own": flaskcompat.Message(e)}
		if e.Claims != nil { // the loader gets header and claims
			body["sub"], body["header"] = e.Claims.Subject, e.Claims.Header
		}
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(body)
	}, errs...)
}

// replaceToken puts a token where a table has TOKEN.
func replaceToken(s, token string) string { return strings.ReplaceAll(s, "TOKEN", token) }
