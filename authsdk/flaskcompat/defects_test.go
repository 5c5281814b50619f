package flaskcompat_test

import (
	"context"
	"errors"
	"html/template"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/authsdk/authsdk-go/adapters/authhttp"
	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/flaskcompat"
)

// The tests of this file and of defects_tokens_test.go show what is done here
// where Flask-JWT-Extended 4.7.1 has a defect or a trap.

// D-01: a lifetime of zero makes a token there that never ends.
func TestDefectD01_ZeroIsNotForEver(t *testing.T) {
	t.Parallel()
	m := manager(t, config{AccessExpires: 0})
	same(t, "configuration", claimsOf(t, access(t, m, options{}))["exp"], any(number(start.Add(15*time.Minute))))
	same(t, "call", claimsOf(t, access(t, m, options{ExpiresIn: 0}))["exp"], any(number(start.Add(15*time.Minute))))
	if _, ok := claimsOf(t, access(t, m, options{InsecureNoExpiry: true}))["exp"]; ok {
		t.Error("a token without an end is made by InsecureNoExpiry alone")
	}
}

// D-02: the maps of the loaders are changed there, and one user's claims get
// into the tokens of all.
func TestDefectD02_LoadersMapsAreLeftAlone(t *testing.T) {
	t.Parallel()
	claims, headers := object{"tenant": "acme"}, object{"kid": "k"}
	m := manager(t, config{AdditionalClaims: yields(claims), AdditionalHeaders: yields(headers)})
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				token := access(t, m, options{Claims: object{"admin": true}, Headers: object{"x": 1}})
				same(t, "given", claimsOf(t, token)["admin"], any(true))
			}
		})
	}
	wg.Wait()
	if len(claims) != 1 || len(headers) != 1 {
		t.Errorf("the maps became %v and %v", claims, headers)
	}
	if _, ok := claimsOf(t, access(t, m, options{}))["admin"]; ok {
		t.Error("claims of one token are in another")
	}
}

// D-03: a header of commas breaks the request there.
func TestDefectD03_HeaderOfCommas(t *testing.T) {
	t.Parallel()
	m := manager(t, config{})
	for _, value := range []string{", ,", ",", " , , ,", ",,,"} {
		send(m, plain, request("GET", "/", "", "Authorization", value)).says(t, value, http.StatusUnauthorized, noHeader)
		send(m, optional, request("GET", "/", "", "Authorization", value)).says(t, value, http.StatusOK, "")
	}
}

// D-04: a body that is JSON and no object breaks the request there.
func TestDefectD04_BodyThatIsNoObject(t *testing.T) {
	t.Parallel()
	for _, body := range []string{"[1]", `"x"`, "5", `["access_token"]`, "true"} {
		kinds[0].inBody(t, config{}, asJSON, body).says(t, body, http.StatusUnauthorized, `Missing "access_token" key in json data.`)
	}
}

// D-05: fresh of another type breaks the request there.
func TestDefectD05_FreshOfAnotherType(t *testing.T) {
	t.Parallel()
	m := manager(t, config{})
	for _, fresh := range []any{nil, "true", "9999999999", []int{1}, object{}} {
		token := foreign(t, object{"sub": "username", "fresh": fresh})
		send(m, onlyFresh, bearer(token)).says(t, "fresh", http.StatusUnauthorized, wantFresh)
		send(m, plain, bearer(token)).says(t, "plain", http.StatusOK, "")
	}
}

// D-06: dates of another type break the request there.
func TestDefectD06_DatesOfAnotherType(t *testing.T) {
	t.Parallel()
	m := manager(t, config{})
	for claim, name := range map[string]string{"iat": "Issued At", "nbf": "Not Before", "exp": "Expiration Time"} {
		for _, value := range []string{"null", "[1]", "1e400", "Infinity", "{}", `"1.5"`} {
			token := signed(t, object{"alg": "HS256"}, []byte(`{"sub":"username","`+claim+`":`+value+`}`))
			send(m, plain, bearer(token)).says(t, claim+" "+value, http.StatusUnprocessableEntity, name+" claim ("+claim+") must be an integer.")
		}
	}
}

// D-07: tokens of another family of algorithms break the request there. Here
// New asks for a DecodeKey, and a key is used for its own algorithm alone.
func TestDefectD07_KeyOfAnotherFamily(t *testing.T) {
	t.Parallel()
	cfg := asymmetric()
	both := cfg
	both.DecodeAlgorithms = []string{"HS256"}
	refuses(t, both, "DecodeAlgorithms: the key of RS256 does not fit HS256: set DecodeKey, which is told the alg of a token")

	rs := access(t, manager(t, cfg), options{})
	for name, key := range map[string]any{"the public key": cfg.PublicKey, "another secret": []byte("x"), "none": nil, "text": "x", "empty": []byte{}} {
		both.DecodeKey = func(context.Context, map[string]any, map[string]any) (any, error) { return key, nil }
		m := manager(t, both)
		for _, token := range []string{forge(t, cfg.PublicKey), forge(t, []byte{}), access(t, manager(t, config{}), options{}), rs} {
			decoding(t, name, m, token, flaskcompat.DecodeOptions{}, badSign)
		}
	}
}

// forge signs with what everybody knows: the text of a public key, or nothing.
func forge(t testing.TB, known []byte) string {
	t.Helper()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"sub": "username"}).SignedString(known)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// D-08: a token has several spellings there. TestStrictBase64 has the last bits.
func TestDefectD08_OneSpellingOfAToken(t *testing.T) {
	t.Parallel()
	m := manager(t, config{})
	token := access(t, m, options{})
	for what, other := range map[string]string{
		"foreign characters": token + "!!!!", "padding": token + "==", "line break": token + "\n", "blank": token[:len(token)-1] + " " + token[len(token)-1:],
	} {
		decoding(t, what, m, other, flaskcompat.DecodeOptions{}, "Invalid crypto padding")
	}
	for { // until a signature has a character that the two alphabets spell differently
		token = access(t, m, options{})
		if i := strings.LastIndexByte(token, '.'); strings.ContainsAny(token[i:], "-_") {
			token = token[:i] + strings.NewReplacer("-", "+", "_", "/").Replace(token[i:])
			break
		}
	}
	decoding(t, "the other alphabet", m, token, flaskcompat.DecodeOptions{}, "Invalid crypto padding")
}

// D-09: CSRF values of another kind break the request there.
func TestDefectD09_CSRFOfAnotherType(t *testing.T) {
	t.Parallel()
	m := manager(t, inCookies(cookies{}))
	token := access(t, m, options{})
	kinds[0].post(m, "POST", token, "", "X-CSRF-TOKEN", "\xe9").says(t, "non-ASCII", http.StatusUnauthorized, otherCSRF)
	kinds[0].post(m, "POST", token, "", "X-CSRF-TOKEN", csrfOf(t, token), "X-CSRF-TOKEN", "x").says(t, "twice", http.StatusUnauthorized, otherCSRF)
	for _, csrf := range []any{1, nil, []string{"x"}, ""} {
		token := access(t, m, options{Claims: object{"csrf": csrf}})
		for _, sent := range []string{"1", "null", "None", "x"} {
			kinds[0].post(m, "POST", token, "", "X-CSRF-TOKEN", sent).says(t, sent, http.StatusUnauthorized, otherCSRF)
		}
	}
	bare := foreign(t, object{"sub": "username"})
	kinds[0].post(m, "POST", bare, "", "X-CSRF-TOKEN", "x").says(t, "no claim", http.StatusUnprocessableEntity, "Missing claim: csrf")
}

// D-10: an error of the application's own use of its library is caught there,
// and breaks the handler. Here nothing is caught, and what is handed over is
// answered without its text.
func TestDefectD10_ForeignErrors(t *testing.T) {
	t.Parallel()
	var told error
	m := manager(t, config{OnError: func(_ *http.Request, err error) { told = err }})
	h := authhttp.Require(m.Verifier(), plain)(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/own" {
			http.Error(w, jwt.ErrTokenExpired.Error(), http.StatusConflict)
			return
		}
		m.Verifier().Refuse(w, r, jwt.ErrTokenExpired)
	}))
	token := access(t, m, options{})
	serve(h, request("GET", "/own", "", "Authorization", "Bearer "+token)).is(t, "its own answer", http.StatusConflict, "token is expired")
	serve(h, bearer(token)).is(t, "handed over", http.StatusInternalServerError, `{"msg":"Something went wrong."}`)
	if !errors.Is(told, jwt.ErrTokenExpired) {
		t.Errorf("the log is told %v", told)
	}
}

// D-11: a page without a guard breaks there if templates know the user.
func TestDefectD11_PageWithoutGuard(t *testing.T) {
	t.Parallel()
	page := template.Must(template.New("").Parse("{{with .User}}{{.}}{{else}}nobody{{end}}"))
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, _ := authsdk.User[string](r.Context())
		if err := page.Execute(w, object{"User": user}); err != nil {
			t.Error(err)
		}
	})
	serve(h, request("GET", "/", "")).is(t, "page", http.StatusOK, "nobody")
}
