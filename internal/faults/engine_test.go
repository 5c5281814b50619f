//go:build linux

package faults_test

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// engine is a server of the test's own, or none: SQLite and memory need none.
type engine struct {
	t             *testing.T
	dir, address  string
	as            *syscall.SysProcAttr // as whom it runs
	command       func() *exec.Cmd
	ready         func(ctx context.Context) error
	url           func(address string) string
	stops         []syscall.Signal // the ways in which it ends
	cmd           *exec.Cmd
	ended         chan struct{} // nil where none runs
	withUsersFile bool          // users cannot be kept in it
}

// engines start one server of each kind; a missing program skips the test, or
// fails it where everything is required.
var engines = []struct {
	name  string
	start func(t *testing.T, base string, settings ...string) *engine
}{{"postgres", startPostgres}, {"mysql", startMySQL}, {"redis", startRedis}}

// missing ends a test for which a program is missing.
func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("AUTHSDK_TEST_REQUIRE") != "" {
		t.Fatalf("%s is missing, and AUTHSDK_TEST_REQUIRE is set", what)
	}
	t.Skip(what + " is missing: a server of its own cannot be started")
}

// newEngine finds a free port and, as root, somebody else to run as.
func newEngine(t *testing.T, base, owner string) *engine {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	e := &engine{t: t, dir: filepath.Join(base, owner), address: listener.Addr().String()}
	_ = listener.Close()
	if err := os.MkdirAll(e.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() != 0 {
		return e
	}
	account, err := user.Lookup(owner)
	if err != nil {
		missing(t, "the user "+owner)
	}
	uid, _ := strconv.Atoi(account.Uid)
	gid, _ := strconv.Atoi(account.Gid)
	e.as = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	if err := errors.Join(os.Chown(e.dir, uid, gid), os.Chmod(base, 0o755), os.Chmod(filepath.Dir(base), 0o755)); err != nil {
		t.Fatal(err)
	}
	return e
}

func (e *engine) exec(name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(context.WithoutCancel(e.t.Context()), name, args...)
	cmd.SysProcAttr, cmd.Dir = e.as, e.dir
	return cmd
}

// data is where it keeps its files.
func (e *engine) data() string { return filepath.Join(e.dir, "db") }

// port returns the port of its address.
func (e *engine) port() string {
	_, port, _ := net.SplitHostPort(e.address)
	return port
}

// start starts the server and waits for it; again, while what was killed is about
// to end. It returns how long that took.
func (e *engine) start() time.Duration {
	e.t.Helper()
	begun := time.Now()
	var err error
	for time.Since(begun) < time.Minute {
		if e.ended == nil {
			e.launch()
		}
		select {
		case <-e.ended:
			e.ended = nil
			continue
		default:
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(e.t.Context()), time.Second)
		err = e.ready(ctx)
		cancel()
		if err == nil {
			return time.Since(begun)
		}
		time.Sleep(10 * time.Millisecond)
	}
	e.t.Fatalf("the server did not start: %v", err)
	return 0
}

func (e *engine) launch() {
	e.cmd = e.command()
	if err := e.cmd.Start(); err != nil {
		e.t.Fatal(err)
	}
	ended := make(chan struct{})
	e.ended = ended
	go func(cmd *exec.Cmd) {
		_ = cmd.Wait()
		close(ended)
	}(e.cmd)
}

// stop ends the server by a signal, and waits for that.
func (e *engine) stop(signal syscall.Signal) {
	if e.ended == nil {
		return
	}
	_ = e.cmd.Process.Signal(signal)
	select {
	case <-e.ended:
	case <-time.After(20 * time.Second):
		_ = e.cmd.Process.Kill()
		<-e.ended
		e.t.Errorf("the server did not end by %s", signal)
	}
	e.ended = nil
}

func (e *engine) kill() { e.stop(syscall.SIGKILL) }

// flags are the stores' flags of the server that uses the engine at an address.
func (e *engine) flags(address string) []string {
	flags := []string{"--store", e.url(address)}
	if e.withUsersFile {
		flags = append(flags, "--users", "sqlite:users.db")
	}
	return flags
}

// programOf finds a program beside the path, too.
func programOf(t *testing.T, name string, places ...string) string {
	t.Helper()
	for _, place := range places {
		if found, _ := filepath.Glob(filepath.Join(place, name)); len(found) > 0 {
			return found[len(found)-1]
		}
	}
	path, err := exec.LookPath(name)
	if err != nil {
		missing(t, name)
	}
	return path
}

func output(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", strings.Join(cmd.Args, " "), err, out)
	}
}
