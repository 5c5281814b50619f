//go:build linux

package pgstore_test

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/session"
)

// server is a PostgreSQL of the test's own, which acknowledges before it has
// written unless it is told otherwise.
type server struct {
	program, dir, address, port string
	as                          *syscall.SysProcAttr
	cmd                         *exec.Cmd
	ended                       chan struct{} // nil where none runs
}

// start makes a database and starts a server, where the programs are there.
func start(t *testing.T) *server {
	t.Helper()
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	if len(found) == 0 {
		t.Skip("no PostgreSQL in /usr/lib/postgresql: a server of its own cannot be started")
	}
	s := &server{program: found[len(found)-1]}
	base := t.TempDir()
	s.dir = filepath.Join(base, "db")
	if os.Geteuid() == 0 { // as whom PostgreSQL refuses to run
		postgres, err := user.Lookup("postgres")
		if err != nil {
			t.Skip("no user postgres: a server cannot be run by root")
		}
		uid, _ := strconv.Atoi(postgres.Uid)
		gid, _ := strconv.Atoi(postgres.Gid)
		s.as = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
		if err := errors.Join(os.Chown(base, uid, gid), os.Chmod(filepath.Dir(base), 0o755)); err != nil {
			t.Fatal(err)
		}
	}
	initdb := exec.CommandContext(t.Context(), filepath.Join(s.program, "initdb"),
		"--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C", "--pgdata="+s.dir)
	initdb.SysProcAttr, initdb.Dir = s.as, base
	if out, err := initdb.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v: %s", err, out)
	}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.address = listener.Addr().String()
	_, s.port, _ = net.SplitHostPort(s.address)
	_ = listener.Close()
	s.run(t)
	t.Cleanup(s.kill)
	return s
}

func (s *server) url() string {
	return "postgres://postgres@" + s.address + "/postgres?sslmode=disable"
}

// run starts the server; again, while processes of one that was killed are still
// about to end.
func (s *server) run(t *testing.T) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if s.ended == nil {
			s.launch(t)
		}
		select {
		case <-s.ended:
			s.ended = nil
			continue
		default:
		}
		conn, err := pgx.Connect(ctx, s.url())
		if err == nil {
			_ = conn.Close(ctx)
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the server did not start: %v", err)
		}
	}
}

func (s *server) launch(t *testing.T) {
	t.Helper()
	s.cmd = exec.CommandContext(context.WithoutCancel(t.Context()), filepath.Join(s.program, "postgres"), "-D", s.dir,
		"-h", "127.0.0.1", "-p", s.port, "-k", s.dir,
		"-c", "synchronous_commit=off", "-c", "wal_writer_delay=10s", "-c", "wal_writer_flush_after=0")
	s.cmd.SysProcAttr, s.cmd.Dir = s.as, s.dir
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	s.ended = ended
	go func(cmd *exec.Cmd) {
		_ = cmd.Wait()
		close(ended)
	}(s.cmd)
}

// kill ends the server as a crash does: its children see that it has gone.
func (s *server) kill() {
	if s.ended == nil {
		return
	}
	_ = s.cmd.Process.Kill()
	<-s.ended
	s.ended = nil
}

// TestServerKilled kills the server under load. What was acknowledged is there
// after its start, though the server's own setting would lose it, and the store
// goes on without being opened anew.
func TestServerKilled(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("a server of its own takes seconds to make")
	}
	s := start(t)
	store := open(t, s.url())
	var refreshes, revocations atomic.Int64
	for range 3 {
		var (
			working sync.WaitGroup
			begun   = make(chan struct{}, 100)
			lost    = make(chan string, 1<<16)
			checks  = make(chan func(), 100)
		)
		for range 8 {
			kept, generation := create(t, store, newSession("alice")), int64(0)
			working.Go(func() {
				var revoked []string
				for {
					gone := newSession("bob")
					if _, err := store.CreateSession(t.Context(), gone, 0); err != nil {
						break
					}
					if _, err := store.RevokeSessions(t.Context(), session.Match{ID: gone.ID}, time.Now(), session.ReasonLogout); err != nil {
						break
					}
					revoked = append(revoked, gone.ID)
					revocations.Add(1)
					stored, _, err := store.RotateSession(t.Context(), newRotation(kept.ID, generation))
					if err != nil {
						if !errors.Is(err, authsdk.ErrStoreUnavailable) {
							t.Errorf("RotateSession when the server was killed: got error %v, want that the store is unavailable", err)
						}
						break
					}
					generation = stored.Generation
					refreshes.Add(1)
					select {
					case begun <- struct{}{}:
					default:
					}
				}
				checks <- func() {
					stored, verdict, err := store.RotateSession(t.Context(), newRotation(kept.ID, generation))
					if err != nil || stored.Generation != generation+1 || verdict != session.VerdictRotated && verdict != session.VerdictReplayed {
						lost <- "a refresh: " + verdict.String()
					}
					for _, id := range revoked {
						if got, err := store.Session(t.Context(), id); err != nil || got.RevokedAt.IsZero() {
							lost <- "a revocation"
						}
					}
				}
			})
		}
		for range 100 {
			<-begun
		}
		s.kill()
		working.Wait()
		close(checks)
		s.run(t)
		for check := range checks {
			check()
		}
		close(lost)
		for what := range lost {
			t.Errorf("lost: %s", what)
		}
	}
	t.Logf("3 kills of the server, %d refreshes, %d revocations, 0 lost", refreshes.Load(), revocations.Load())
}
