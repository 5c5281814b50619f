//go:build unix

package loopback

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/bench/internal/measure"
	"github.com/authsdk/authsdk-go/bench/internal/peers"
	"github.com/authsdk/authsdk-go/bench/internal/routes"
)

// role is the environment variable that makes a program the server.
const role = "AUTHSDK_BENCH_SERVER"

// hello is the first line that the server writes.
type hello struct {
	Address string `json:"address"`
	Token   string `json:"token"`
}

// ServeIfAsked is the first thing that a program does which calls [Start]: where
// it was started as the server it serves, until its standard input ends, and
// does not return.
func ServeIfAsked() {
	if os.Getenv(role) == "" {
		return
	}
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bench server:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// serve serves all routes with HS256, each below its number, and its own CPU time.
func serve(in io.Reader, out io.Writer) error {
	f, err := peers.NewFixture(context.Background(), authsdk.HS256)
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	for i, r := range routes.All() {
		h, err := r.Build(f)
		if err != nil {
			return fmt.Errorf("%s with %s: %w", r.Router, r.Guard, err)
		}
		prefix := fmt.Sprintf("/%d", i)
		mux.Handle(prefix+"/", http.StripPrefix(prefix, h))
	}
	mux.HandleFunc("/cpu", func(w http.ResponseWriter, _ *http.Request) {
		used, err := measure.CPUTime()
		if err != nil {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		fmt.Fprint(w, int64(used))
	})
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	if err := json.NewEncoder(out).Encode(hello{l.Addr().String(), f.Token}); err != nil {
		return fmt.Errorf("hello: %w", err)
	}
	server := &http.Server{Handler: mux, ReadHeaderTimeout: time.Minute}
	go func() {
		_, _ = io.Copy(io.Discard, in)
		_ = server.Close()
	}()
	if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}

// Server is the other process.
type Server struct {
	hello

	cmd     *exec.Cmd
	stdin   io.Closer
	control *connection
}

// Start runs this program once more, as the server.
func Start(ctx context.Context) (*Server, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	s := &Server{cmd: exec.CommandContext(ctx, program)} //nolint:gosec // this very program
	s.cmd.Env = append(os.Environ(), role+"=1")
	s.cmd.Stderr = os.Stderr
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	if s.stdin, err = s.cmd.StdinPipe(); err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("server: %w", err)
	}
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &s.hello)
	}
	if err == nil {
		s.control, err = dial(ctx, s.Address, "GET /cpu HTTP/1.1\r\nHost: bench\r\n\r\n")
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("server did not start: %w", err), s.Close())
	}
	return s, nil
}

// Close ends the server.
func (s *Server) Close() error {
	if s.control != nil {
		_ = s.control.conn.Close()
	}
	_ = s.stdin.Close()
	if err := s.cmd.Wait(); err != nil {
		return fmt.Errorf("server: %w", err)
	}
	return nil
}

// CPUTime is what the server has used.
func (s *Server) CPUTime() (time.Duration, error) {
	body, err := s.control.send(http.StatusOK)
	if err != nil {
		return 0, err
	}
	var used int64
	_, err = fmt.Sscan(strings.TrimSpace(body), &used)
	return time.Duration(used), err
}
