package main

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
)

// world is the service behind a listener, on a clock of the test's.
type world struct {
	t     *testing.T
	url   string
	later atomic.Int64 // than the start
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t}
	start := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	ts := httptest.NewServer(newHandler("http://members.example", func() time.Time {
		return start.Add(time.Duration(w.later.Load()))
	}))
	t.Cleanup(ts.Close)
	w.url = ts.URL
	return w
}

func (w *world) do(method, path, token, body string) (*http.Response, string) {
	w.t.Helper()
	req := must(http.NewRequestWithContext(w.t.Context(), method, w.url+path, strings.NewReader(body)))
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res := must(http.DefaultClient.Do(req))
	defer res.Body.Close()
	return res, strings.TrimSuffix(string(must(io.ReadAll(res.Body))), "\n")
}

// want compares an answer byte for byte.
func (w *world) want(what, method, path, token, body string, status int, want string) {
	w.t.Helper()
	res, got := w.do(method, path, token, body)
	if res.StatusCode != status || got != want {
		w.t.Errorf("%s: %s %s:\n got %d %s\nwant %d %s", what, method, path, res.StatusCode, got, status, want)
	}
	if challenge := res.Header.Get("WWW-Authenticate"); (challenge != "") != (status == 401) {
		w.t.Errorf("%s: WWW-Authenticate %q with %d", what, challenge, status)
	}
}

func (w *world) login(kind, account, secret string) string {
	w.t.Helper()
	res, body := w.do("POST", "/login", "", credentials(kind, account, secret))
	var answer struct {
		Token   string `json:"access_token"`
		Type    string `json:"token_type"`
		Seconds int    `json:"expires_in"`
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil || answer.Type != "Bearer" || answer.Seconds != 7200 {
		w.t.Fatalf("login by %s: %s %s", kind, res.Status, body)
	}
	return answer.Token
}

func credentials(kind, account, secret string) string {
	return `{"type":"` + kind + `","account":"` + account + `","secret":"` + secret + `"}`
}

const (
	phone    = "+4930901820"
	alice    = "alice@example.com"
	password = "correct horse"
)

func TestLogin(t *testing.T) {
	w := newWorld(t)
	mail, call := w.login("email", alice, password), w.login("phone", phone, password)
	w.want("by mail", "GET", "/v1/user", mail, "", 200, `{"ac_type":"email","auth":1,"scope":["profile"],"uid":1}`)
	w.want("by phone", "GET", "/v1/user", call, "", 200, `{"ac_type":"phone","auth":1,"scope":["profile"],"uid":1}`)

	root := w.login("email", "root@example.com", "battery staple")
	w.want("a level", "GET", "/v1/members", root, "", 200, `["alice@example.com","root@example.com"]`)
	w.want("a level that is lacking", "GET", "/v1/members", mail, "", 403,
		`{"error_code":1006,"msg":"the permission level is too low","request":"GET /v1/members"}`)

	wrong := `{"error_code":1004,"msg":"account or secret wrong","request":"POST /login"}`
	for _, tt := range []struct {
		what, body string
		status     int
		want       string
	}{
		{"a wrong secret", credentials("email", alice, "x"), 401, wrong},
		{"a wrong secret by phone", credentials("phone", phone, "x"), 401, wrong},
		{"a phone that nobody has", credentials("phone", "+490", password), 401, wrong},
		{"the phone as a mail address", credentials("email", phone, password), 401, wrong},
		{"an unknown type", credentials("fax", alice, password), 400, `{"error_code":1005,"msg":"the type of client is unknown","request":"POST /login"}`},
		{"no type", `{}`, 400, `{"error_code":1005,"msg":"the type of client is unknown","request":"POST /login"}`},
		{"no JSON", `x`, 400, `{"error_code":400,"msg":"Bad Request","request":"POST /login"}`},
	} {
		w.want(tt.what, "POST", "/login", "", tt.body, tt.status, tt.want)
	}
}

// TestPayload: what stands in the token, member for member.
func TestPayload(t *testing.T) {
	w := newWorld(t)
	var got map[string]any
	segment := strings.Split(w.login("email", alice, password), ".")[1]
	if err := json.Unmarshal(must(base64.RawURLEncoding.DecodeString(segment)), &got); err != nil {
		t.Fatal(err)
	}
	if jti, _ := got["jti"].(string); len(jti) < 16 {
		t.Errorf("jti: %v", got["jti"])
	}
	delete(got, "jti")
	want := `{"ac_type":"email","aud":["http://members.example"],"auth":1,"exp":1795183200,"fresh":true,` +
		`"iat":1795176000,"iss":"http://members.example","nbf":1795176000,"scope":"profile","sub":"1","type":"access","uid":1}`
	if have := string(must(json.Marshal(got))); have != want {
		t.Errorf("payload:\n got %s\nwant %s", have, want)
	}
}

func TestTokens(t *testing.T) {
	w := newWorld(t)
	token := w.login("email", alice, password)
	const invalid = `{"error_code":1002,"msg":"token invalid","request":"GET /v1/user"}`
	w.want("no token", "GET", "/v1/user", "", "", 401, `{"error_code":1001,"msg":"token missing","request":"GET /v1/user"}`)
	w.want("no token", "GET", "/v1/user", "x", "", 401, invalid)
	w.want("a changed token", "GET", "/v1/user", token[:len(token)-4]+"AAAA", "", 401, invalid)
	w.want("no route", "GET", "/v2/user", token, "", 404, `{"error_code":404,"msg":"Not Found","request":"GET /v2/user"}`)
	w.want("no method", "GET", "/login", "", "", 405, `{"error_code":405,"msg":"Method Not Allowed","request":"GET /login"}`)

	w.later.Store(int64(7199 * time.Second))
	w.want("after 7199 s", "GET", "/v1/user", token, "", 200, `{"ac_type":"email","auth":1,"scope":["profile"],"uid":1}`)
	w.later.Store(int64(7200 * time.Second))
	w.want("after 7200 s", "GET", "/v1/user", token, "", 401, `{"error_code":1003,"msg":"token expired","request":"GET /v1/user"}`)
}

// TestKnown: a type that was given up ends the tokens that it gave.
func TestKnown(t *testing.T) {
	t.Parallel()
	s := &service{verify: map[string]verify{"email": (&members{}).byEmail}}
	for raw, want := range map[string]*authsdk.Error{
		`{"ac_type":"email"}`: nil,
		`{"ac_type":"fax"}`:   errType,
		`{"ac_type":1}`:       authsdk.ErrTokenInvalid,
	} {
		err := s.known(t.Context(), &authsdk.Claims{Raw: json.RawMessage(raw)})
		if (want == nil) != (err == nil) || want != nil && !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", raw, err, want)
		}
	}
}
