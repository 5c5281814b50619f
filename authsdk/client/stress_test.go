package client_test

import (
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/client"
)

// TestProcessStress lets four processes with 64 goroutines each share a file on
// tokens that live for a second: no answer but the right one, and one refresh
// for each life of a token. AUTHSDK_CLIENT_STRESS=30s makes it longer.
func TestProcessStress(t *testing.T) {
	server, rotated := stress(t, nil, "")
	for name, want := range map[string]int{"/auth/refresh": rotated, "replayed": 0, "reused": 0} {
		if got := server.count(name); got != want {
			t.Errorf("%s: got %d, want %d", name, got, want)
		}
	}
}

// TestProcessDrops is that with a tenth of the answers to a refresh lost after
// the server has rotated: calls may fail while both answers to one attempt were
// lost, and nobody is logged out.
func TestProcessDrops(t *testing.T) {
	var dropped atomic.Int64
	server, _ := stress(t, func(s *contract, r *http.Request) {
		if r.URL.Path == "/auth/refresh" && rand.IntN(10) == 0 {
			dropped.Add(1)
			s.mu.Lock()
			s.refresh(httptest.NewRecorder(), r, nil)
			s.mu.Unlock()
			panic(http.ErrAbortHandler) // cuts the connection
		}
	}, "EOF")
	t.Logf("%d answers dropped, %d asked for again", dropped.Load(), server.count("replayed"))
	if got := server.count("reused"); got != 0 {
		t.Errorf("reused: got %d, want 0", got)
	}
}

// stress runs the processes. They may print nothing but how many answers were
// good, and lines that contain lost, if it is set.
func stress(t *testing.T, drop func(*contract, *http.Request), lost string) (server *contract, rotated int) {
	t.Helper()
	d, err := time.ParseDuration(os.Getenv("AUTHSDK_CLIENT_STRESS"))
	if err != nil {
		d = 3 * time.Second
	}
	server, url, file := newTown(t)
	server.mu.Lock()
	server.accessTTL = time.Second
	server.mu.Unlock()
	if drop != nil {
		server.setFault(func(_ http.ResponseWriter, r *http.Request) bool { drop(server, r); return false })
	}
	var all []*process
	for range 4 {
		all = append(all, startProcess(t, url, file, processFor+"="+d.String()))
	}
	for _, p := range all {
		p.start()
	}
	for i, p := range all {
		failed := 0
		for _, line := range p.end(t) {
			switch {
			case strings.HasPrefix(line, "good "):
				t.Logf("process %d: %s", i, line)
			case lost != "" && strings.Contains(line, lost) && !strings.Contains(line, client.ErrLoggedOut.Error()):
				failed++
			default:
				t.Errorf("process %d: got %q", i, line)
			}
		}
		if failed > 0 {
			t.Logf("process %d: %d calls while no answer came", i, failed)
		}
	}
	rotated = server.count("rotated")
	t.Logf("%d rotations in %s, %d requests", rotated, d, server.count("/me"))
	if lives := int(d/(750*time.Millisecond)) + 2; rotated > lives { // a quarter ahead of the end
		t.Errorf("%d rotations, want at most %d", rotated, lives)
	}
	return server, rotated
}
