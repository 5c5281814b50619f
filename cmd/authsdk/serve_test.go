package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/client"
)

// process is the command, running as a process of its own on a free port.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	url  string
	out  *buffer
	err  *buffer
	done chan struct{}
}

// buffer is written by the process and read by the test.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

var serving = regexp.MustCompile(`"msg":"serving","addr":"([^"]+)"`)

// serve starts the server in dir and waits until it serves.
func serve(t *testing.T, dir string, args ...string) *process {
	t.Helper()
	p := &process{t: t, out: &buffer{}, err: &buffer{}, done: make(chan struct{})}
	args = append([]string{"serve", "--addr", "127.0.0.1:0", "--issuer", "http://auth.example", "--log-format", "json"}, args...)
	p.cmd = exec.Command("authsdk", args...) // testscript.Main has put it in the path
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = dir, p.out, p.err
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _ = p.cmd.Wait(); close(p.done) }()
	t.Cleanup(p.kill)
	for range 200 {
		if m := serving.FindStringSubmatch(p.err.String()); m != nil {
			p.url = "http://" + m[1]
			return p
		}
		select {
		case <-p.done:
			t.Fatalf("the server ended: %s", p.err)
		case <-time.After(50 * time.Millisecond):
		}
	}
	t.Fatalf("the server does not serve: %s", p.err)
	return nil
}

// kill ends the process as nothing but the kernel can: no handler runs.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

// command runs another command in dir and returns what it prints.
func command(t *testing.T, dir, stdin string, args ...string) string {
	t.Helper()
	cmd := exec.Command("authsdk", args...)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("authsdk %s: %v: %s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// post sends JSON and decodes the answer.
func post(ctx context.Context, url, token, body string) (status int, answer map[string]any, err error) {
	return exchange(ctx, http.MethodPost, url, token, body)
}

// get asks, and decodes the answer if it is JSON.
func get(ctx context.Context, url, token string) (status int, answer map[string]any, err error) {
	return exchange(ctx, http.MethodGet, url, token, "")
}

func exchange(ctx context.Context, method, url, token, body string) (status int, answer map[string]any, err error) {
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, nil, err
	}
	if strings.Contains(res.Header.Get("Content-Type"), "json") {
		err = json.Unmarshal(data, &answer)
	}
	return res.StatusCode, answer, err
}

const aliceLogin = `{"username":"alice","password":"correct horse"}`

// pasted returns the commands among the lines that the demo prints.
func pasted(out string) (lines []string) {
	for line := range strings.SplitSeq(out, "\n") {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, "T=") || strings.HasPrefix(line, "curl ") {
			lines = append(lines, line)
		}
	}
	return lines
}

// TestDemo pastes the printed lines into a shell, twice: the second server
// finds what the first has left.
func TestDemo(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("curl"); err != nil {
		if os.Getenv("AUTHSDK_TEST_REQUIRE") != "" {
			t.Fatal("curl is missing")
		}
		t.Skip("curl is missing")
	}
	dir := t.TempDir()
	for range 2 {
		p := serve(t, dir, "--demo")
		// Standard output and error arrive by pipes of their own, in no order.
		lines := pasted(p.out.String())
		for deadline := time.Now().Add(10 * time.Second); len(lines) < 4 && time.Now().Before(deadline); lines = pasted(p.out.String()) {
			time.Sleep(10 * time.Millisecond)
		}
		if len(lines) != 4 {
			t.Fatalf("%d lines to paste, want 4:\n%s", len(lines), p.out)
		}
		out, err := exec.Command("sh", "-c", strings.Join(lines, "\n")).CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		for what, want := range map[string]string{"me": `"roles":["demo"]`, "refresh": `"access_token"`, "logout": "204 No Content"} {
			if !strings.Contains(string(out), want) {
				t.Errorf("%s: the output has no %s:\n%s", what, want, out)
			}
		}
		p.kill()
	}
	p := serve(t, dir, "--demo", "--demo-password", `it's "mine"\`)
	if status, _, err := post(t.Context(), p.url+"/auth/login", "", `{"username":"demo","password":"it's \"mine\"\\"}`); status != 200 || err != nil {
		t.Errorf("login with a password of one's own: %d, %v", status, err)
	}
}

// TestKill ends the server at random points of refreshes. After each restart
// the client's last token rotates, or gives the same successor.
func TestKill(t *testing.T) {
	t.Parallel()
	kills := 15
	if testing.Short() {
		kills = 3
	}
	dir := t.TempDir()
	command(t, dir, "correct horse\n", "user", "add", "alice", "--password-stdin")
	p := serve(t, dir)
	_, answer, err := post(t.Context(), p.url+"/auth/login", "", aliceLogin)
	if err != nil {
		t.Fatal(err)
	}
	token, generation := fmt.Sprint(answer["refresh_token"]), 0
	refresh := func(ctx context.Context) (bool, error) {
		status, answer, err := post(ctx, p.url+"/auth/refresh", token, "")
		if err != nil {
			return false, err
		}
		if status != http.StatusOK {
			return false, fmt.Errorf("generation %d: %d %v", generation, status, answer)
		}
		token = fmt.Sprint(answer["refresh_token"])
		generation++
		return true, nil
	}
	for n := range kills {
		timer := time.AfterFunc(time.Duration(20+n*7%60)*time.Millisecond, func() { _ = p.cmd.Process.Kill() })
		for {
			if _, err := refresh(t.Context()); err != nil {
				if strings.HasPrefix(err.Error(), "generation") {
					t.Fatal(err)
				}
				break
			}
		}
		timer.Stop()
		<-p.done
		p = serve(t, dir)
		if ok, err := refresh(t.Context()); !ok {
			t.Fatalf("after kill %d: %v", n+1, err)
		}
	}
	if strings.Contains(p.err.String(), "reuse_detected") {
		t.Errorf("taken for reuse: %s", p.err)
	}
	t.Logf("%d kills, %d refreshes", kills, generation)
}

// TestLocked: a store that another process keeps locked is 503, and the token
// is good afterwards.
func TestLocked(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	command(t, dir, "correct horse\n", "user", "add", "alice", "--password-stdin")
	p := serve(t, dir)
	_, answer, err := post(t.Context(), p.url+"/auth/login", "", aliceLogin)
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", filepath.Join(dir, "data", "authsdk.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	refresh := fmt.Sprint(answer["refresh_token"])
	began := time.Now()
	status, problem, err := post(t.Context(), p.url+"/auth/refresh", refresh, "")
	if status != http.StatusServiceUnavailable || problem["code"] != "store_unavailable" {
		t.Errorf("locked: %d %v, %v; want 503", status, problem, err)
	}
	if took := time.Since(began); took > requestTimeout+time.Second {
		t.Errorf("the answer took %s", took)
	}
	if _, err := conn.ExecContext(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	if status, answer, err := post(t.Context(), p.url+"/auth/refresh", refresh, ""); status != http.StatusOK {
		t.Errorf("unlocked: %d %v, %v", status, answer, err)
	}
}

// TestDrain: SIGTERM lets requests under way end, says no at /readyz while the
// listener is open, and ends with 0.
func TestDrain(t *testing.T) {
	t.Parallel()
	p := serve(t, t.TempDir(), "--store", "memory:", "--drain-delay", "1s")
	get := func(path string) (int, string) {
		res, err := http.Get(p.url + path)
		if err != nil {
			return 0, err.Error()
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		return res.StatusCode, string(body)
	}
	for path, want := range map[string]string{
		"/healthz": "ok\n", "/readyz": "ok\n", "/openapi.yaml": "openapi: 3.0.3", "/openapi.json": "{", "/.well-known/jwks.json": "{",
	} {
		if status, body := get(path); status != 200 || !strings.HasPrefix(body, want) {
			t.Errorf("%s: %d %.40s", path, status, body)
		}
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	time.Sleep(200 * time.Millisecond)
	if status, body := get("/readyz"); status != 503 {
		t.Errorf("/readyz while draining: %d %s", status, body)
	}
	if status, body := get("/healthz"); status != 200 {
		t.Errorf("/healthz while draining: %d %s", status, body)
	}
	select {
	case <-p.done:
	case <-time.After(10 * time.Second):
		t.Fatalf("still there: %s", p.err)
	}
	if code := p.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("exit code %d: %s", code, p.err)
	}
	if !strings.Contains(p.err.String(), `"msg":"stopped"`) {
		t.Errorf("the log does not say that it stopped: %s", p.err)
	}
}

// TestManage runs the tools beside a running server.
func TestManage(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p := serve(t, dir)
	command(t, dir, "correct horse\n", "user", "add", "alice", "--password-stdin")
	login := func() (string, string) {
		t.Helper()
		status, answer, err := post(t.Context(), p.url+"/auth/login", "", aliceLogin)
		if status != http.StatusOK {
			t.Fatalf("login: %d %v %v", status, answer, err)
		}
		return fmt.Sprint(answer["access_token"]), fmt.Sprint(answer["session_id"])
	}
	gone := func(access string) {
		t.Helper()
		if status, answer, err := post(t.Context(), p.url+"/auth/logout-all", access, ""); status != 401 || answer["code"] != "token_revoked" {
			t.Errorf("%d %v %v, want token_revoked", status, answer, err)
		}
	}
	access, id := login()
	if out := command(t, dir, "", "token", "inspect", access); !strings.Contains(out, "verdict     good") {
		t.Errorf("token inspect: %s", out)
	}
	if out := command(t, dir, "", "session", "list", "alice"); !strings.Contains(out, id) || !strings.Contains(out, "Go-http-client") {
		t.Errorf("session list: %s", out)
	}
	command(t, dir, "", "session", "revoke", id)
	gone(access)
	access, _ = login()
	command(t, dir, "", "session", "revoke", "--all", "alice")
	gone(access)
	access, _ = login()
	command(t, dir, "correct horse\n", "user", "passwd", "alice", "--password-stdin")
	gone(access)
	access, _ = login()
	command(t, dir, "", "user", "disable", "alice")
	gone(access)
	if status, answer, _ := post(t.Context(), p.url+"/auth/login", "", aliceLogin); status != 401 || answer["code"] != "invalid_credentials" {
		t.Errorf("login of a disabled user: %d %v", status, answer)
	}
}

// TestClientAgainstServer: the client of the SDK with short-lived tokens.
func TestClientAgainstServer(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	command(t, dir, "correct horse\n", "user", "add", "alice", "--password-stdin")
	p := serve(t, dir, "--access-ttl", "1s")
	c, err := client.New(client.Config{BaseURL: p.url, Store: client.NewFileStore(filepath.Join(dir, "tokens", "alice.json"))})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Login(t.Context(), "alice", "correct horse"); err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(3 * time.Second)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for time.Now().Before(deadline) {
				res, err := c.HTTPClient().Get(p.url + "/auth/me")
				if err != nil {
					t.Error(err)
					return
				}
				_ = res.Body.Close()
				if res.StatusCode != http.StatusOK {
					t.Errorf("me: %s", res.Status)
					return
				}
				time.Sleep(20 * time.Millisecond)
			}
		})
	}
	wg.Wait()
	if err := c.Logout(t.Context()); err != nil {
		t.Error(err)
	}
	log := p.err.String()
	if strings.Contains(log, "reuse_detected") || strings.Contains(log, "refresh_replayed") {
		t.Error("the client refreshed twice with one token")
	}
	if n := strings.Count(log, `"msg":"refresh"`); n < 2 || n > 8 {
		t.Errorf("%d refreshes in 3 s with tokens of 1 s", n)
	}
}
