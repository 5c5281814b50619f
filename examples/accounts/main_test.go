package main

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/sqlitestore"
)

// world is the service behind a listener, on a clock of the test's.
type world struct {
	t     *testing.T
	url   string
	store *sqlitestore.Store
	later atomic.Int64 // than the start
}

func (w *world) now() time.Time {
	return time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC).Add(time.Duration(w.later.Load()))
}

func (w *world) wait(d time.Duration) { w.later.Add(int64(d)) }

func newWorld(t *testing.T) *world {
	t.Helper()
	store := must(sqlitestore.Open(t.Context(), filepath.Join(t.TempDir(), "accounts.db")))
	t.Cleanup(func() { store.Close() })
	w := &world{t: t, store: store}
	ts := httptest.NewServer(newHandler("http://accounts.example", store, w.now))
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
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res := must(client.Do(req))
	defer res.Body.Close()
	return res, strings.TrimSuffix(string(must(io.ReadAll(res.Body))), "\n")
}

// pair is what everybody who is logged in has, and the account that it is for.
type pair struct {
	ID      string `json:"id"`
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	Seconds int    `json:"expires_in"`
}

// tokens asks for tokens, and checks the envelope around them.
func (w *world) tokens(method, path, token, body string, status int) pair {
	w.t.Helper()
	res, text := w.do(method, path, token, body)
	var answer struct {
		Code           int
		Data           pair
		Message, State string
	}
	err := json.Unmarshal([]byte(text), &answer)
	if err != nil || res.StatusCode != status || answer.Code != status || answer.State != "success" ||
		answer.Message != "You are logged in." || answer.Data.Seconds != 120 {
		w.t.Fatalf("%s %s: %s %s, %v", method, path, res.Status, text, err)
	}
	return answer.Data
}

// want compares an answer byte for byte.
func (w *world) want(what, method, path, token, body string, status int, want string) {
	w.t.Helper()
	res, got := w.do(method, path, token, body)
	if res.StatusCode != status || got != want {
		w.t.Errorf("%s: %s %s:\n got %d %s\nwant %d %s", what, method, path, res.StatusCode, got, status, want)
	}
	if kind := res.Header.Get("Content-Type"); kind != "application/json" {
		w.t.Errorf("%s: Content-Type %q", what, kind)
	}
	if challenge := res.Header.Get("WWW-Authenticate"); (challenge != "") != (status == 401) {
		w.t.Errorf("%s: WWW-Authenticate %q with %d", what, challenge, status)
	}
}

// reads reads one's own account.
func (w *world) reads(what string, p pair, name string) {
	w.t.Helper()
	w.want(what, "GET", "/users/"+p.ID, p.Access, "", 200,
		`{"code":200,"data":{"id":"`+p.ID+`","name":"`+name+`"},"message":"This is your account.","state":"success"}`)
}

func refused(code, message string) string {
	return `{"code":` + code + `,"data":null,"message":"` + message + `","state":"error"}`
}

const (
	alices  = `{"name":"alice","password":"correct horse"}`
	expired = "The token has expired."
)

func TestOwnAccount(t *testing.T) {
	w := newWorld(t)
	alice := w.tokens("POST", "/users", "", alices, 201)
	bob := w.tokens("POST", "/users", "", `{"name":"bob","password":"battery staple"}`, 201)
	own, foreign := "/users/"+alice.ID, "/users/"+bob.ID

	w.reads("one's own", alice, "alice")
	for _, method := range []string{"GET", "PUT", "DELETE"} {
		w.want("somebody else's", method, foreign, alice.Access, `{}`, 403, refused("403", "This account is somebody else's."))
		w.want("nobody", method, own, "", "", 401, refused("401", "A token is required."))
		w.want("a refresh token", method, own, alice.Refresh, "", 401, refused("401", "A token of another type is required."))
	}
	w.want("nobody's", "GET", "/users/x", alice.Access, "", 403, refused("403", "This account is somebody else's."))

	const change = `{"current_password":"correct horse","password":"another horse"}`
	w.want("a wrong password", "PUT", own, alice.Access, `{"current_password":"x","password":"another horse"}`, 401,
		refused("401", "The user name or the password is wrong."))
	w.want("a short password", "PUT", own, alice.Access, `{"current_password":"correct horse","password":"x"}`, 400,
		refused("400", "Not accepted: the password has 1 characters: it must have at least 8."))
	changed := w.tokens("PUT", own, alice.Access, change, 200)
	w.want("from before", "GET", own, alice.Access, "", 401, refused("401", "The token has been revoked."))
	w.want("from before", "POST", "/refresh", alice.Refresh, "", 401, refused("401", "The token has been revoked."))
	w.want("the old password", "POST", "/login", "", alices, 401, refused("401", "The user name or the password is wrong."))
	again := w.tokens("POST", "/login", "", `{"name":"Alice","password":"another horse"}`, 200)

	w.want("the end", "DELETE", own, changed.Access, "", 200,
		`{"code":200,"data":null,"message":"The account is deleted.","state":"success"}`)
	for _, token := range []string{changed.Access, again.Access} {
		w.want("after the end", "GET", own, token, "", 401, refused("401", "The token has been revoked."))
	}
	w.want("after the end", "POST", "/login", "", `{"name":"alice","password":"another horse"}`, 401,
		refused("401", "The user name or the password is wrong."))
	w.tokens("POST", "/users", "", alices, 201) // the name is free again
	w.reads("bob has nothing to do with it", bob, "bob")
}

func TestLifetimes(t *testing.T) {
	w := newWorld(t)
	first := w.tokens("POST", "/users", "", alices, 201)
	own := "/users/" + first.ID
	w.wait(2*time.Minute - time.Second)
	w.reads("after 1:59", first, "alice")
	w.wait(time.Second)
	w.want("after two minutes", "GET", own, first.Access, "", 401, refused("401", expired))

	w.wait(3*time.Minute - time.Second)
	second := w.tokens("POST", "/refresh", first.Refresh, "", 200)
	w.reads("after the refresh", second, "alice")
	w.want("an access token", "POST", "/refresh", second.Access, "", 401, refused("401", "A token of another type is required."))
	w.wait(5 * time.Minute)
	w.want("after five minutes", "POST", "/refresh", second.Refresh, "", 401, refused("401", expired))
}

func TestReuse(t *testing.T) {
	w := newWorld(t)
	first := w.tokens("POST", "/users", "", alices, 201)
	second := w.tokens("POST", "/refresh", first.Refresh, "", 200)
	w.wait(time.Minute)
	w.want("a spent token", "POST", "/refresh", first.Refresh, "", 401, refused("401", "The token has been revoked."))
	w.want("ends the session", "GET", "/users/"+first.ID, second.Access, "", 401, refused("401", "The token has been revoked."))
}

// TestEnvelope: whatever is wrong, the answer looks the same.
func TestEnvelope(t *testing.T) {
	w := newWorld(t)
	w.tokens("POST", "/users", "", alices, 201)
	const (
		malformed = "The request is malformed."
		nothing   = "There is nothing here."
		method    = "The method is not allowed here."
	)
	for _, tt := range []struct {
		what, method, path, token, body string
		status                          int
		want                            string
	}{
		{"no JSON", "POST", "/users", "", "x", 400, refused("400", malformed)},
		{"no body", "POST", "/users", "", "", 400, refused("400", malformed)},
		{"another type", "POST", "/login", "", `{"name":1}`, 400, refused("400", malformed)},
		{"too large", "POST", "/users", "", `{"name":"` + strings.Repeat("x", 5000) + `"}`, 400, refused("400", malformed)},
		{"no name", "POST", "/users", "", `{}`, 400, refused("400", "Not accepted: the name is empty.")},
		{
			"a short password", "POST", "/users", "", `{"name":"bob","password":"short"}`, 400,
			refused("400", "Not accepted: the password has 5 characters: it must have at least 8."),
		},
		{"taken", "POST", "/users", "", `{"name":"ALICE","password":"battery staple"}`, 409, refused("409", "The name is taken.")},
		{"unknown", "POST", "/login", "", `{"name":"bob","password":"x"}`, 401, refused("401", "The user name or the password is wrong.")},
		{"forged", "GET", "/users/x", "x", "", 401, refused("401", "The token is malformed.")},
		{"no refresh token", "POST", "/refresh", "", "", 401, refused("401", "A token is required.")},
		{"no route", "GET", "/nothing", "", "", 404, refused("404", nothing)},
		{"a slash", "POST", "/users/", "", alices, 404, refused("404", nothing)},
		{"no method", "GET", "/users", "", "", 405, refused("405", method)},
		{"no method", "PATCH", "/users/x", "", "", 405, refused("405", method)},
	} {
		w.want(tt.what, tt.method, tt.path, tt.token, tt.body, tt.status, tt.want)
	}
	req := must(http.NewRequestWithContext(t.Context(), http.MethodGet, w.url+"/users/x", http.NoBody))
	req.Header.Add("Authorization", "Bearer a")
	req.Header.Add("Authorization", "Bearer b")
	res := must(http.DefaultClient.Do(req))
	defer res.Body.Close()
	want := refused("400", "The credentials are sent in a malformed way.") + "\n"
	if body := string(must(io.ReadAll(res.Body))); res.StatusCode != http.StatusBadRequest || body != want {
		t.Errorf("two credentials: %s %s", res.Status, body)
	}
}

func TestStoreAway(t *testing.T) {
	w := newWorld(t)
	alice := w.tokens("POST", "/users", "", alices, 201)
	w.store.Close()
	const away = "A service behind this one does not answer. Try again."
	for _, route := range []string{"GET /users/" + alice.ID, "DELETE /users/" + alice.ID, "POST /login", "POST /users"} {
		method, path, _ := strings.Cut(route, " ")
		w.want("no store", method, path, alice.Access, alices, 503, refused("503", away))
	}
	w.want("no store", "POST", "/refresh", alice.Refresh, "", 503, refused("503", away))
}
