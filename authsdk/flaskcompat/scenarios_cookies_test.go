package flaskcompat_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/authsdk/authsdk-go/adapters/authhttp"
	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/flaskcompat"
)

// kind is what differs between access and refresh tokens.
type kind struct {
	name, cookie, csrf string
	policy             authsdk.Policy
	make               func(testing.TB, *flaskcompat.Manager, options) string
	t                  authsdk.TokenType
}

var kinds = []kind{
	{"access", "access_token_cookie", "csrf_access_token", plain, access, authsdk.Access},
	{"refresh", "refresh_token_cookie", "csrf_refresh_token", refresh, renewal, authsdk.Refresh},
}

// set sets the cookies of a token.
func (k kind) set(t testing.TB, m *flaskcompat.Manager, w http.ResponseWriter, token string, o flaskcompat.CookieOptions) {
	t.Helper()
	f := m.SetAccessCookies
	if k.t == authsdk.Refresh {
		f = m.SetRefreshCookies
	}
	if err := f(t.Context(), w, token, o); err != nil {
		t.Error(err)
	}
}

// login returns the Set-Cookie lines of a token by the names of the cookies.
func (k kind) login(t testing.TB, m *flaskcompat.Manager, o flaskcompat.CookieOptions) map[string]string {
	t.Helper()
	w := httptest.NewRecorder()
	k.set(t, m, w, k.make(t, m, options{}), o)
	return linesOf(w.Header())
}

// linesOf are the Set-Cookie lines by name, the attributes alone.
func linesOf(h http.Header) map[string]string {
	lines := map[string]string{}
	for _, line := range h.Values("Set-Cookie") {
		name, rest, _ := strings.Cut(line, "=")
		_, lines[name], _ = strings.Cut(rest, "; ")
	}
	return lines
}

// post sends a token in its cookie with a method; headers are names and values.
func (k kind) post(m *flaskcompat.Manager, method, token, body string, headers ...string) answer {
	return send(m, k.policy, request(method, "/", body, append([]string{"Cookie", k.cookie + "=" + token}, headers...)...))
}

// csrfOf is the CSRF value of a token.
func csrfOf(t testing.TB, token string) string {
	t.Helper()
	value, _ := claimsOf(t, token)["csrf"].(string)
	return value
}

// inCookies is the configuration of cookies alone.
func inCookies(c cookies) config { return config{Locations: []string{"cookies"}, Cookies: c} }

func TestFJE034_CookiesSetAndUnset(t *testing.T) {
	t.Parallel()
	m := manager(t, config{Locations: []string{"cookies"}, Cookies: cookies{InsecureHTTP: true}})
	mux := http.NewServeMux()
	for _, k := range kinds {
		mux.Handle("GET /"+k.name, authhttp.Require(m.Verifier(), k.policy)(http.HandlerFunc(show)))
		mux.HandleFunc("/login/"+k.name, func(w http.ResponseWriter, _ *http.Request) {
			k.set(t, m, w, k.make(t, m, options{}), flaskcompat.CookieOptions{})
		})
		mux.HandleFunc("/unset/"+k.name, func(w http.ResponseWriter, _ *http.Request) {
			m.UnsetCookies(w, flaskcompat.CookieOptions{}, k.t)
		})
	}
	mux.HandleFunc("/unset/all", func(w http.ResponseWriter, _ *http.Request) { m.UnsetCookies(w, flaskcompat.CookieOptions{}) })
	ts := httptest.NewServer(mux)
	defer ts.Close()
	for _, k := range kinds {
		browser := *ts.Client()
		browser.Jar, _ = cookiejar.New(nil)
		for i, step := range []struct {
			path   string
			status int
		}{
			{k.name, http.StatusUnauthorized},
			{"login/" + k.name, http.StatusOK},
			{k.name, http.StatusOK},
			{"unset/" + k.name, http.StatusOK},
			{k.name, http.StatusUnauthorized},
			{"login/" + k.name, http.StatusOK},
			{"unset/all", http.StatusOK},
			{k.name, http.StatusUnauthorized},
		} {
			res, err := browser.Get(ts.URL + "/" + step.path)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			if res.StatusCode != step.status {
				t.Errorf("%s, step %d, %s: %d, want %d", k.name, i, step.path, res.StatusCode, step.status)
			}
		}
		send(m, k.policy, request(http.MethodGet, "/", "")).says(t, k.name, http.StatusUnauthorized, `Missing cookie "`+k.cookie+`"`)
	}
}

// attempt is a request with the cookie of a token. CSRF in a header or a body
// stands for the CSRF value of the token.
type attempt struct {
	what, method, body string
	headers            []string
	status             int
	msg                string
}

func tryCookies(t *testing.T, c cookies, k kind, attempts []attempt) {
	t.Helper()
	m := manager(t, inCookies(c))
	token := k.make(t, m, options{})
	for _, a := range attempts {
		fill := strings.NewReplacer("CSRF", csrfOf(t, token))
		headers := make([]string, 0, len(a.headers)+2)
		for i := 0; i < len(a.headers); i += 2 {
			headers = append(headers, a.headers[i], fill.Replace(a.headers[i+1]))
		}
		if a.body != "" {
			headers = append(headers, "Content-Type", "application/x-www-form-urlencoded")
		}
		k.post(m, a.method, token, fill.Replace(a.body), headers...).says(t, k.name+": "+a.what, a.status, a.msg)
	}
}

func TestFJE035_DefaultCSRFProtection(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		tryCookies(t, cookies{}, k, []attempt{
			{"without", "POST", "", nil, http.StatusUnauthorized, noCSRF},
			{"with", "POST", "", []string{"X-CSRF-TOKEN", "CSRF"}, http.StatusOK, ""},
			{"GET", "GET", "", nil, http.StatusOK, ""},
		})
	}
}

func TestFJE036_NonMatchingCSRF(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		tryCookies(t, cookies{}, k, []attempt{{"wrong", "POST", "", []string{"X-CSRF-TOKEN", "bad"}, http.StatusUnauthorized, otherCSRF}})
	}
}

func TestFJE037_CSRFDisabled(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		tryCookies(t, cookies{InsecureNoCSRF: true}, k, []attempt{{"without", "POST", "", nil, http.StatusOK, ""}})
	}
}

func TestFJE038_CustomCSRFHeaders(t *testing.T) {
	t.Parallel()
	c := cookies{Access: authsdk.CookieNames{CSRFHeader: "FOO"}, Refresh: authsdk.CookieNames{CSRFHeader: "FOO"}}
	for _, k := range kinds {
		tryCookies(t, c, k, []attempt{
			{"own header", "POST", "", []string{"FOO", "CSRF"}, http.StatusOK, ""},
			{"default header", "POST", "", []string{"X-CSRF-TOKEN", "CSRF"}, http.StatusUnauthorized, noCSRF},
		})
	}
}

func TestFJE039_DefaultFormField(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		tryCookies(t, cookies{CSRFForm: true}, k, []attempt{
			{"without", "POST", "", nil, http.StatusUnauthorized, noCSRF},
			{"field", "POST", "csrf_token=CSRF", nil, http.StatusOK, ""},
			{"wrong header, right field", "POST", "csrf_token=CSRF", []string{"X-CSRF-TOKEN", "bad"}, http.StatusUnauthorized, otherCSRF},
		})
		tryCookies(t, cookies{}, k, []attempt{{"field, forms off", "POST", "csrf_token=CSRF", nil, http.StatusUnauthorized, noCSRF}})
	}
}

func TestFJE040_CustomFormField(t *testing.T) {
	t.Parallel()
	c := cookies{CSRFForm: true, Access: authsdk.CookieNames{CSRFField: "FOO"}, Refresh: authsdk.CookieNames{CSRFField: "FOO"}}
	for _, k := range kinds {
		tryCookies(t, c, k, []attempt{
			{"own field", "POST", "FOO=CSRF", nil, http.StatusOK, ""},
			{"default field", "POST", "csrf_token=CSRF", nil, http.StatusUnauthorized, noCSRF},
		})
	}
}

func TestFJE041_CustomCSRFMethods(t *testing.T) {
	t.Parallel()
	for _, k := range kinds {
		tryCookies(t, cookies{InsecureCSRFMethods: []string{"GET"}}, k, []attempt{
			{"POST without", "POST", "", nil, http.StatusOK, ""},
			{"GET without", "GET", "", nil, http.StatusUnauthorized, noCSRF},
			{"GET with", "GET", "", []string{"X-CSRF-TOKEN", "CSRF"}, http.StatusOK, ""},
		})
	}
}

func TestFJE047_OptionalWithCSRF(t *testing.T) {
	t.Parallel()
	m := manager(t, inCookies(cookies{}))
	send(m, optional, request(http.MethodPost, "/", "")).says(t, "no cookie", http.StatusOK, "")
	k := kinds[0]
	k.policy = optional
	k.post(m, http.MethodPost, access(t, m, options{}), "").says(t, "no CSRF value", http.StatusUnauthorized, noCSRF)
}
