package client_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/client"
)

// The variables that make the test binary a process of a user.
const (
	processServer = "AUTHSDK_CLIENT_TEST_SERVER"
	processFile   = "AUTHSDK_CLIENT_TEST_FILE"
	processFor    = "AUTHSDK_CLIENT_TEST_FOR"
)

// beProcess is the main of such a process: it says that it is there, waits
// until its input ends, and then lets goroutines use the session. What they
// got, or why not, is its output.
func beProcess() int {
	c, err := client.New(client.Config{
		BaseURL: os.Getenv(processServer), Store: client.NewFileStore(os.Getenv(processFile)),
	})
	if err != nil {
		fmt.Println("New:", err)
		return 1
	}
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin)
	if d, err := time.ParseDuration(os.Getenv(processFor)); err == nil {
		return beBusy(c, d)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			tok, err := c.Token(context.Background())
			if err != nil {
				fmt.Println("Token:", err)
				return
			}
			fmt.Println(tok.AccessToken, get(c))
		})
	}
	wg.Wait()
	return 0
}

// beBusy asks for the guarded route from 64 goroutines for a while, and prints
// each answer that is not the right one, and how many were.
func beBusy(c *client.Client, d time.Duration) int {
	var good atomic.Int64
	var wg sync.WaitGroup
	end := time.Now().Add(d)
	for range 64 {
		wg.Go(func() {
			for time.Now().Before(end) {
				if got := get(c); got != "200 OK" {
					fmt.Println(got)
				} else {
					good.Add(1)
				}
				time.Sleep(rand.N(200 * time.Millisecond))
			}
		})
	}
	wg.Wait()
	fmt.Println("good", good.Load())
	return 0
}

func get(c *client.Client) string {
	res, err := c.HTTPClient().Get(os.Getenv(processServer) + "/me")
	if err != nil {
		return err.Error()
	}
	defer res.Body.Close()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.Status
}

// process is one that the test has started and that is ready.
type process struct {
	cmd *exec.Cmd
	in  io.Closer
	out *bufio.Reader
}

func startProcess(t *testing.T, url, file string, env ...string) *process {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), must[string](t)(os.Executable()))
	cmd.Env = append(os.Environ(), processServer+"="+url, processFile+"="+file)
	cmd.Env = append(cmd.Env, env...)
	cmd.Stderr = os.Stderr
	in := must[io.WriteCloser](t)(cmd.StdinPipe())
	out := must[io.ReadCloser](t)(cmd.StdoutPipe())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: cmd, in: in, out: bufio.NewReader(out)}
	if line := must[string](t)(p.out.ReadString('\n')); line != "ready\n" {
		t.Fatalf("got %q, want that it is ready", line)
	}
	return p
}

// start lets it begin.
func (p *process) start() { _ = p.in.Close() }

// end returns what it printed until its end.
func (p *process) end(t *testing.T) []string {
	t.Helper()
	out := string(must[[]byte](t)(io.ReadAll(p.out)))
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("process: %v", err)
	}
	return strings.Split(strings.TrimSpace(out), "\n")
}

// kill is kill -9.
func (p *process) kill(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = p.cmd.Wait()
}

// newTown is a server, and a file with an access token that has expired.
func newTown(t *testing.T) (server *contract, url, file string) {
	t.Helper()
	server = newContract(time.Now)
	srv := httptest.NewServer(server)
	t.Cleanup(srv.Close)
	file = filepath.Join(t.TempDir(), "tokens.json")
	store := client.NewFileStore(file)
	c := must[*client.Client](t)(client.New(client.Config{BaseURL: srv.URL, Store: store, HTTPClient: srv.Client()}))
	if err := c.Login(t.Context(), username, password); err != nil {
		t.Fatal(err)
	}
	tok := must[client.Token](t)(store.Load(t.Context()))
	tok.IssuedAt, tok.AccessExpires = tok.IssuedAt.Add(-time.Hour), tok.AccessExpires.Add(-time.Hour)
	if err := store.Save(t.Context(), tok); err != nil {
		t.Fatal(err)
	}
	return server, srv.URL, file
}

// TestProcesses lets eight processes with eight goroutines each meet one
// expired token at once: one refresh, and all go on with its pair.
func TestProcesses(t *testing.T) {
	server, url, file := newTown(t)
	server.setFault(func(_ http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path == "/auth/refresh" {
			time.Sleep(300 * time.Millisecond) // so that all are there before it ends
		}
		return false
	})
	var all []*process
	for range 8 {
		all = append(all, startProcess(t, url, file))
	}
	for _, p := range all {
		p.start()
	}
	for i, p := range all {
		lines := p.end(t)
		if len(lines) != 8 {
			t.Errorf("process %d: got %d lines, want 8", i, len(lines))
		}
		for _, line := range lines {
			if want := "access.session-1.2 200 OK"; line != want {
				t.Errorf("process %d: got %q, want %q", i, line, want)
			}
		}
	}
	for name, want := range map[string]int{"/auth/refresh": 1, "rotated": 1, "replayed": 0, "reused": 0} {
		if got := server.count(name); got != want {
			t.Errorf("%s: got %d, want %d", name, got, want)
		}
	}
}

// TestProcessKilled kills -9 the process that refreshes, before and after the
// server has rotated, while another one waits for it.
func TestProcessKilled(t *testing.T) {
	for name, tt := range map[string]struct {
		rotate   bool // before the kill
		replayed int
	}{
		"before the server rotated": {false, 0},
		"after the server rotated":  {true, 1},
	} {
		t.Run(name, func(t *testing.T) {
			server, url, file := newTown(t)
			entered := make(chan struct{})
			var first sync.Once
			server.setFault(func(_ http.ResponseWriter, r *http.Request) bool {
				mine := false
				if r.URL.Path == "/auth/refresh" {
					first.Do(func() { mine = true })
				}
				if !mine {
					return false
				}
				if tt.rotate {
					server.mu.Lock()
					server.refresh(httptest.NewRecorder(), r, nil)
					server.mu.Unlock()
				}
				close(entered)
				<-r.Context().Done() // the answer reaches nobody
				return true
			})
			holder, waiter := startProcess(t, url, file), startProcess(t, url, file)
			holder.start()
			<-entered
			waiter.start()
			time.Sleep(200 * time.Millisecond)
			if got := server.count("/auth/refresh"); got != 1 {
				t.Errorf("%d refreshes while the lock is held, want 1", got)
			}
			holder.kill(t)
			for _, line := range waiter.end(t) {
				if !strings.HasSuffix(line, " 200 OK") {
					t.Errorf("got %q, want that it goes on", line)
				}
			}
			for name, want := range map[string]int{"/auth/refresh": 2, "rotated": 1, "replayed": tt.replayed, "reused": 0} {
				if got := server.count(name); got != want {
					t.Errorf("%s: got %d, want %d", name, got, want)
				}
			}
		})
	}
}
