//go:build linux

package faults_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is the server, as a process of its own on a free port.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	url  string
	log  *buffer
	done chan struct{}
	http *http.Client
}

// buffer is written by a process and read by the test.
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
func serve(t *testing.T, dir string, flags ...string) *process {
	t.Helper()
	p := &process{t: t, log: &buffer{}, done: make(chan struct{}), http: &http.Client{
		Transport: &http.Transport{MaxIdleConnsPerHost: 64}, Timeout: 30 * time.Second,
	}}
	flags = append([]string{
		"serve", "--addr", "127.0.0.1:0", "--issuer", "http://auth.example", "--log-format", "json", "--drain-delay", "0s",
	}, flags...)
	p.cmd = exec.CommandContext(context.WithoutCancel(t.Context()), program, flags...)
	p.cmd.Dir, p.cmd.Stdout, p.cmd.Stderr = dir, p.log, p.log
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { _ = p.cmd.Wait(); close(p.done) }()
	t.Cleanup(p.kill)
	for range 1000 {
		if m := serving.FindStringSubmatch(p.log.String()); m != nil {
			p.url = "http://" + m[1]
			return p
		}
		select {
		case <-p.done:
			t.Fatalf("the server ended: %s", p.log)
		case <-time.After(10 * time.Millisecond):
		}
	}
	t.Fatalf("the server does not serve: %s", p.log)
	return nil
}

func (p *process) signal(s syscall.Signal) { _ = p.cmd.Process.Signal(s) }

// kill ends the process as nothing but the kernel can: no handler runs.
func (p *process) kill() {
	p.signal(syscall.SIGKILL)
	<-p.done
	p.http.CloseIdleConnections()
}

// addUser runs the command that adds alice.
func addUser(t *testing.T, dir string, flags []string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, append([]string{"user", "add", "alice", "--password-stdin"}, flags...)...)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(password)
	output(t, cmd)
}

const password = "correct horse battery"

// answer is what the server said; status 0 means that it did not.
type answer struct {
	status int
	header http.Header
	body   map[string]any
	took   time.Duration
	err    error
}

func (a answer) String() string {
	return fmt.Sprintf("%d %v %v in %s", a.status, a.body["code"], a.err, a.took)
}

// text returns a member of the answer.
func (a answer) text(name string) string {
	text, _ := a.body[name].(string)
	return text
}

func (p *process) call(ctx context.Context, method, path, token string, body any) answer {
	var text []byte
	if body != nil {
		text, _ = json.Marshal(body)
	}
	begun := time.Now()
	req, err := http.NewRequestWithContext(ctx, method, p.url+path, bytes.NewReader(text))
	if err != nil {
		return answer{err: err}
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := p.http.Do(req)
	if err != nil {
		return answer{err: err, took: time.Since(begun)}
	}
	defer func() { _ = res.Body.Close() }()
	a := answer{status: res.StatusCode, header: res.Header}
	data, err := io.ReadAll(res.Body)
	a.took = time.Since(begun)
	if a.err = err; err == nil && len(data) > 0 {
		a.err = json.Unmarshal(data, &a.body)
	}
	return a
}

func (p *process) login(ctx context.Context) answer {
	return p.call(ctx, http.MethodPost, "/auth/login", "", map[string]string{"username": "alice", "password": password})
}

func (p *process) refresh(ctx context.Context, token string) answer {
	return p.call(ctx, http.MethodPost, "/auth/refresh", token, nil)
}

func (p *process) me(ctx context.Context, token string) answer {
	return p.call(ctx, http.MethodGet, "/auth/me", token, nil)
}

// want ends the test unless the answer has a status.
func want(t *testing.T, what string, a answer, status int) answer {
	t.Helper()
	if a.status != status {
		t.Fatalf("%s: got %s, want %d", what, a, status)
	}
	return a
}

// generation returns the generation of a refresh token.
func generation(t *testing.T, token string) int64 {
	t.Helper()
	var claims struct {
		Generation int64 `json:"gen"`
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("%q is no token", token)
	}
	data, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err == nil {
		err = json.Unmarshal(data, &claims)
	}
	if err != nil {
		t.Fatal(err)
	}
	return claims.Generation
}

// events counts the lines of a log with a message.
func events(log, message string) int { return strings.Count(log, `"msg":"`+message+`"`) }

// within repeats do until it reports true, and fails after a while. It returns how
// long that took.
func within(t *testing.T, d time.Duration, what string, do func() bool) time.Duration {
	t.Helper()
	for begun := time.Now(); ; time.Sleep(5 * time.Millisecond) {
		if do() {
			return time.Since(begun)
		}
		if time.Since(begun) > d {
			t.Fatalf("%s: not within %s", what, d)
		}
	}
}

// goroutines ends the process by the signal that makes it print them, and counts.
func (p *process) goroutines() int {
	p.signal(syscall.SIGQUIT)
	<-p.done
	return strings.Count("\n"+p.log.String(), "\ngoroutine ")
}
