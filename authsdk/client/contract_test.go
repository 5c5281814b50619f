package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/authsdk/authsdk-go/authsdk/client"
)

func TestMain(m *testing.M) {
	if os.Getenv(processServer) != "" {
		os.Exit(beProcess())
	}
	goleak.VerifyTestMain(m)
}

const (
	username = "alice"
	password = "correct-horse-battery-staple"
	grace    = 30 * time.Second
)

var errLost = errors.New("the connection was cut")

// must returns v, or ends the test.
func must[T any](t testing.TB) func(v T, err error) T {
	t.Helper()
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// clock is one that a test moves.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// contract is a server that behaves like openapi.yaml says, with rotation,
// and a guarded route beside it. Its counters are read with count.
type contract struct {
	now       func() time.Time
	accessTTL time.Duration

	mu       sync.Mutex // guards all below
	sessions map[string]*session
	access   map[string]accessToken
	counts   map[string]int
	// fault answers in place of the server, where it returns true.
	fault func(w http.ResponseWriter, r *http.Request) bool
	// seen is what each Authorization header and each body held, by path.
	seen map[string][]string
}

type session struct {
	generation int
	rotated    time.Time
	revoked    bool
}

type accessToken struct {
	session *session
	id      string
	expires time.Time
}

func newContract(now func() time.Time) *contract {
	return &contract{
		now: now, accessTTL: 15 * time.Minute,
		sessions: map[string]*session{}, access: map[string]accessToken{}, counts: map[string]int{}, seen: map[string][]string{},
	}
}

// count returns a counter: a path, or rotated, replayed or reused.
func (s *contract) count(name string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.counts[name]
}

func (s *contract) received(path string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.seen[path]...)
}

// setFault sets the fault; nil mends it.
func (s *contract) setFault(f func(http.ResponseWriter, *http.Request) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

// failing answers requests for path with a problem, and with headers given as
// name and value.
func failing(path string, status int, code string, header ...string) func(http.ResponseWriter, *http.Request) bool {
	return func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != path {
			return false
		}
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		problem(w, status, code)
		return true
	}
}

// revoke ends all sessions behind the clients' backs.
func (s *contract) revoke() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for v := range maps.Values(s.sessions) {
		v.revoked = true
	}
}

// expire makes all access tokens so far expired, whatever the clients think.
func (s *contract) expire() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.access)
}

func (s *contract) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	s.mu.Lock()
	s.counts[r.URL.Path]++
	s.seen[r.URL.Path] = append(s.seen[r.URL.Path], r.Header.Get("Authorization")+" "+string(body))
	fault := s.fault
	s.mu.Unlock()
	if fault != nil && fault(w, r) {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch r.Method + " " + r.URL.Path {
	case "POST /auth/login":
		s.login(w, r, body)
	case "POST /auth/refresh":
		s.refresh(w, r, body)
	case "POST /auth/logout":
		s.logout(w, r)
	default:
		if a, ok := s.authorized(r); ok {
			fmt.Fprintf(w, "%s %s by %s", r.Method, body, a.id)
			return
		}
		problem(w, http.StatusUnauthorized, "token_expired", "invalid_token")
	}
}

func (s *contract) login(w http.ResponseWriter, r *http.Request, body []byte) {
	var in struct{ Username, Password, Delivery, Label string }
	if r.Header.Get("Content-Type") != "application/json" || json.Unmarshal(body, &in) != nil || in.Delivery != "body" {
		problem(w, http.StatusBadRequest, "request_malformed")
		return
	}
	if in.Username != username || in.Password != password {
		problem(w, http.StatusUnauthorized, "invalid_credentials", "")
		return
	}
	id := "session-" + strconv.Itoa(len(s.sessions)+1)
	s.sessions[id] = &session{generation: 1}
	s.issue(w, id, 1)
}

func (s *contract) refresh(w http.ResponseWriter, r *http.Request, body []byte) {
	if _, typed := r.Header["Content-Type"]; typed || len(body) > 0 || len(r.Cookies()) > 0 {
		problem(w, http.StatusBadRequest, "request_malformed")
		return
	}
	id, generation, ok := refreshToken(r)
	v := s.sessions[id]
	switch {
	case !ok:
		problem(w, http.StatusUnauthorized, "token_wrong_type", "invalid_token")
	case v == nil || v.revoked:
		problem(w, http.StatusUnauthorized, "token_revoked", "invalid_token")
	case generation == v.generation:
		s.counts["rotated"]++
		v.generation++
		v.rotated = s.now()
		s.issue(w, id, v.generation)
	case generation == v.generation-1 && s.now().Sub(v.rotated) <= grace:
		s.counts["replayed"]++
		s.issue(w, id, v.generation)
	default:
		s.counts["reused"]++
		v.revoked = true
		problem(w, http.StatusUnauthorized, "token_revoked", "invalid_token")
	}
}

func (s *contract) logout(w http.ResponseWriter, r *http.Request) {
	if a, ok := s.authorized(r); ok {
		a.session.revoked = true
		w.WriteHeader(http.StatusNoContent)
		return
	}
	id, _, ok := refreshToken(r)
	if v := s.sessions[id]; ok && v != nil && !v.revoked {
		v.revoked = true
		w.WriteHeader(http.StatusNoContent)
		return
	}
	problem(w, http.StatusUnauthorized, "token_revoked", "invalid_token")
}

func (s *contract) authorized(r *http.Request) (accessToken, bool) {
	a, ok := s.access[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	return a, ok && !a.session.revoked && s.now().Before(a.expires)
}

// refreshToken reads refresh.<session>.<generation>.
func refreshToken(r *http.Request) (id string, generation int, ok bool) {
	parts := strings.Split(strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "), ".")
	if len(parts) != 3 || parts[0] != "refresh" {
		return "", 0, false
	}
	generation, err := strconv.Atoi(parts[2])
	return parts[1], generation, err == nil
}

// issue answers with the pair of a generation: always the same refresh token,
// always another access token.
func (s *contract) issue(w http.ResponseWriter, id string, generation int) {
	s.counts["issued"]++
	access := fmt.Sprintf("access.%s.%d", id, s.counts["issued"])
	s.access[access] = accessToken{session: s.sessions[id], id: id, expires: s.now().Add(s.accessTTL)}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"access_token": access, "token_type": "Bearer", "expires_in": int(s.accessTTL.Seconds()),
		"refresh_token": fmt.Sprintf("refresh.%s.%d", id, generation), "refresh_expires_in": 86400,
		"scope": "notes:read", "session_id": id,
	})
}

// problem writes one, with a challenge if there is a value for it.
func problem(w http.ResponseWriter, status int, code string, challenge ...string) {
	for _, c := range challenge {
		if c != "" {
			c = `, error="` + c + `"`
		}
		w.Header().Set("WWW-Authenticate", `Bearer realm="api"`+c)
	}
	body, _ := json.Marshal(map[string]any{
		"type": "about:blank", "title": http.StatusText(status), "status": status, "code": code, "detail": "What happened.",
	})
	w.Header().Set("Content-Type", "application/problem+json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// wire is a connection that a test can cut. Without next it calls the handler
// itself, which needs no network.
type wire struct {
	next    http.RoundTripper
	handler http.Handler

	mu     sync.Mutex
	before func(*http.Request) error // its error is that of the connection
	after  func(*http.Request) error // as before, and the answer is lost
}

// cut sets what happens on the way there and back.
func (w *wire) cut(before, after func(*http.Request) error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.before, w.after = before, after
}

func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	w.mu.Lock()
	before, after := w.before, w.after
	w.mu.Unlock()
	if before != nil {
		if err := before(req); err != nil {
			if req.Body != nil {
				_ = req.Body.Close()
			}
			return nil, err
		}
	}
	res, err := w.pass(req)
	if err == nil && after != nil {
		if err = after(req); err != nil {
			_ = res.Body.Close()
			return nil, err
		}
	}
	return res, err
}

func (w *wire) pass(req *http.Request) (*http.Response, error) {
	if w.next != nil {
		return w.next.RoundTrip(req)
	}
	if err := req.Context().Err(); err != nil {
		return nil, err
	}
	in := req.Clone(req.Context())
	if in.Body == nil {
		in.Body = http.NoBody
	}
	defer in.Body.Close()
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, in)
	res := rec.Result()
	res.Request = req
	return res, nil
}

func (w *wire) CloseIdleConnections() {
	if t, ok := w.next.(*http.Transport); ok {
		t.CloseIdleConnections()
	}
}

// only applies f to requests for path.
func only(path string, f func(*http.Request) error) func(*http.Request) error {
	return func(r *http.Request) error {
		if r.URL.Path != path {
			return nil
		}
		return f(r)
	}
}

// lost loses everything, n times.
func lost(n int) func(*http.Request) error {
	var mu sync.Mutex
	return func(*http.Request) error {
		mu.Lock()
		defer mu.Unlock()
		n--
		if n < 0 {
			return nil
		}
		return errLost
	}
}

// hang waits for the end of the request.
func hang(r *http.Request) error {
	<-r.Context().Done()
	return r.Context().Err()
}

// world is a client, its server and what is between them.
type world struct {
	*client.Client

	server *contract
	wire   *wire
	clock  *clock
	url    string
	http   *http.Client // the client's, with tokens
}

// newWorld starts a server on loopback, with a clock that the test moves, and
// logs in.
func newWorld(t *testing.T, change ...func(*client.Config)) *world {
	t.Helper()
	c := newClock()
	server := newContract(c.Now)
	srv := httptest.NewServer(server)
	t.Cleanup(srv.Close)
	w := &wire{next: srv.Client().Transport}
	return enter(t, &world{server: server, wire: w, clock: c, url: srv.URL}, c.Now, change...)
}

// newBubble is newWorld without a network and on the clock of synctest.
func newBubble(t *testing.T, change ...func(*client.Config)) *world {
	t.Helper()
	server := newContract(time.Now)
	return enter(t, &world{server: server, wire: &wire{handler: server}, url: "http://localhost"}, time.Now, change...)
}

func enter(t *testing.T, w *world, now func() time.Time, change ...func(*client.Config)) *world {
	t.Helper()
	w.Client = w.another(t, func(cfg *client.Config) {
		cfg.Now = now
		for _, f := range change {
			f(cfg)
		}
	})
	w.http = w.HTTPClient()
	if err := w.Login(t.Context(), username, password); err != nil {
		t.Fatal(err)
	}
	return w
}

// another returns one more client of the same server.
func (w *world) another(t *testing.T, change ...func(*client.Config)) *client.Client {
	t.Helper()
	cfg := client.Config{BaseURL: w.url, HTTPClient: &http.Client{Transport: w.wire}}
	if w.clock != nil {
		cfg.Now = w.clock.Now
	}
	for _, f := range change {
		f(&cfg)
	}
	return must[*client.Client](t)(client.New(cfg))
}

// me asks for the guarded route.
func (w *world) me(ctx context.Context) (status int, body string, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.url+"/me", http.NoBody)
	if err != nil {
		return 0, "", err
	}
	return do(w.http, req)
}

func do(h *http.Client, req *http.Request) (status int, body string, err error) {
	res, err := h.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	return res.StatusCode, string(data), err
}

// wantMe asks for the guarded route and wants it.
func (w *world) wantMe(t *testing.T) {
	t.Helper()
	if status, body, err := w.me(t.Context()); err != nil || status != http.StatusOK {
		t.Fatalf("GET /me: got %d %s %v, want 200", status, body, err)
	}
}

// wantCount wants a counter of the server.
func (w *world) wantCount(t *testing.T, name string, want int) {
	t.Helper()
	if got := w.server.count(name); got != want {
		t.Errorf("%s: got %d, want %d", name, got, want)
	}
}

// wantError wants err to be an answer of the server.
func wantError(t *testing.T, err error, status int, code string) {
	t.Helper()
	_ = answer(t, err, status, code)
}

// answer returns the answer of the server in err, which has to be this one.
func answer(t *testing.T, err error, status int, code string) *client.Error {
	t.Helper()
	var e *client.Error
	if !errors.As(err, &e) {
		t.Fatalf("got %v, want an Error %d %s", err, status, code)
	}
	if e.Status != status || e.Code != code {
		t.Fatalf("got %d %s, want %d %s", e.Status, e.Code, status, code)
	}
	return e
}
