package redisstore_test

import (
	"context"
	"errors"
	"net"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/redisstore"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/storetest"
)

// server is a Redis of the test's own.
type server struct {
	dir, address string
	args         []string
	cmd          *exec.Cmd
}

// start starts a server, where the program is there.
func start(t *testing.T, args ...string) *server {
	t.Helper()
	s := &server{dir: t.TempDir(), address: freeAddress(t), args: args}
	s.run(t)
	t.Cleanup(s.kill)
	return s
}

// freeAddress returns a loopback address that nobody listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

func (s *server) run(t *testing.T) {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("no redis-server in the path: a server with settings of its own cannot be started")
	}
	_, port, _ := net.SplitHostPort(s.address)
	args := append(slices.Clone(s.args), "--bind", "127.0.0.1", "--port", port, "--dir", s.dir, "--daemonize", "no", "--save", "")
	s.cmd = exec.CommandContext(context.WithoutCancel(t.Context()), program, args...)
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	client := s.client()
	defer func() { _ = client.Close() }()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		err := client.Ping(context.WithoutCancel(t.Context())).Err()
		if err == nil || strings.HasPrefix(err.Error(), "NOAUTH") {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the server did not start: %v", err)
		}
	}
}

func (s *server) client() *redis.Client { return redis.NewClient(&redis.Options{Addr: s.address}) }

// kill ends the server as a crash does.
func (s *server) kill() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

func do(t *testing.T, s *server, args ...any) {
	t.Helper()
	client := s.client()
	defer func() { _ = client.Close() }()
	if err := client.Do(t.Context(), args...).Err(); err != nil {
		t.Fatalf("%v: %v", args, err)
	}
}

// startCluster starts a Cluster of so many primaries, and returns one of them.
func startCluster(t *testing.T, nodes int) *server {
	t.Helper()
	const slots = 16384
	started := make([]*server, nodes)
	for i := range started {
		_, bus, _ := net.SplitHostPort(freeAddress(t)) // by itself it is 10,000 above, where there may be no port
		s := start(t, "--cluster-enabled", "yes", "--cluster-port", bus)
		do(t, s, "cluster", "addslotsrange", i*slots/nodes, (i+1)*slots/nodes-1)
		if i > 0 {
			host, port, _ := net.SplitHostPort(s.address)
			do(t, started[0], "cluster", "meet", host, port, bus)
		}
		started[i] = s
	}
	for _, s := range started {
		waitWhole(t, s, nodes)
	}
	return started[0]
}

// waitWhole waits until a node knows so many, which have all slots.
func waitWhole(t *testing.T, s *server, nodes int) {
	t.Helper()
	client := s.client()
	defer func() { _ = client.Close() }()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		info, err := client.ClusterInfo(t.Context()).Result()
		if err == nil && strings.Contains(info, "cluster_state:ok") && strings.Contains(info, "cluster_known_nodes:"+strconv.Itoa(nodes)) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the cluster is not ready: %v: %s", err, info)
		}
	}
}

// TestCluster runs the whole suite on a Cluster of three primaries. It opens the
// store by one of them, and lists subjects that are at others.
func TestCluster(t *testing.T) {
	t.Parallel()
	s := startCluster(t, 3)
	var made atomic.Int64 // the suites run in parallel
	place := func() string {
		return "redis://" + s.address + "?cluster=true&prefix=test" + strconv.FormatInt(made.Add(1), 10) + ":"
	}
	storetest.Run(t, features, func(t *testing.T) session.Store { return open(t, place()) })
	storetest.RunRevocations(t, func(t *testing.T) storetest.Feed {
		url := place()
		return storetest.Feed{One: open(t, url), Other: open(t, url)}
	})
	if _, err := redisstore.Open(t.Context(), "redis://"+start(t).address+"?cluster=true"); err == nil || !strings.Contains(err.Error(), "leave out cluster=true") {
		t.Errorf("Open of a single server as a Cluster: got error %v, want what to leave out", err)
	}
}

// TestServerKilled: with appendfsync always nothing that was acknowledged is
// lost when the server is killed, and the store goes on by itself.
func TestServerKilled(t *testing.T) {
	t.Parallel()
	s := start(t, "--appendonly", "yes", "--appendfsync", "always")
	store := open(t, "redis://"+s.address)
	for round := range 3 {
		kept, gone := create(t, store, newSession("alice")), create(t, store, newSession("bob"))
		for generation := range int64(50) {
			rotate(t, store, kept.ID, generation, session.VerdictRotated)
		}
		if _, err := store.RevokeSessions(t.Context(), session.Match{Subject: "bob"}, time.Now(), session.ReasonLogout); err != nil {
			t.Fatal(err)
		}
		s.kill()
		if err := store.Ping(t.Context()); !errors.Is(err, authsdk.ErrStoreUnavailable) {
			t.Errorf("Ping without a server: got error %v, want that the store is unavailable", err)
		}
		s.run(t)
		rotate(t, store, kept.ID, 49, session.VerdictReplayed)
		rotate(t, store, kept.ID, 50, session.VerdictRotated)
		if got, err := store.Session(t.Context(), gone.ID); err != nil || got.RevokedAt.IsZero() {
			t.Errorf("round %d: Session that was revoked, after a crash: got %+v and error %v, want it revoked", round, got, err)
		}
	}
}

// TestServerEmpty: what a server has lost has ended.
func TestServerEmpty(t *testing.T) {
	t.Parallel()
	s := start(t)
	store := open(t, "redis://"+s.address)
	lost := create(t, store, newSession("alice"))
	rotate(t, store, lost.ID, 0, session.VerdictRotated)
	do(t, s, "flushall")
	do(t, s, "script", "flush")
	if got, err := store.Session(t.Context(), lost.ID); !errors.Is(err, authsdk.ErrSessionNotFound) {
		t.Errorf("Session that was lost: got %+v and error %v, want ErrSessionNotFound", got, err)
	}
	if _, verdict, err := store.RotateSession(t.Context(), newRotation(lost.ID, 1)); err != nil || verdict != session.VerdictRefused {
		t.Errorf("RotateSession of one that was lost: got %s and error %v, want refused", verdict, err)
	}
	rotate(t, store, create(t, store, newSession("alice")).ID, 0, session.VerdictRotated)
}

func TestWarnings(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		args []string
		want []string
	}{
		{"durable", []string{"--appendonly", "yes"}, nil},
		{"as delivered", nil, []string{"appendonly no", "no snapshots"}},
		{"no fsync", []string{"--appendonly", "yes", "--appendfsync", "no"}, []string{"appendfsync no"}},
		{"evicts", []string{"--appendonly", "yes", "--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"}, []string{"allkeys-lru"}},
		{"would evict", []string{"--appendonly", "yes", "--maxmemory-policy", "allkeys-lru"}, nil},
		{"hides", []string{"--rename-command", "CONFIG", ""}, []string{"does not show its settings"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := open(t, "redis://"+start(t, c.args...).address).Warnings(t.Context())
			if err != nil || len(got) != len(c.want) {
				t.Fatalf("Warnings: got %q and error %v, want %d", got, err, len(c.want))
			}
			for i, want := range c.want {
				if !strings.Contains(got[i], want) {
					t.Errorf("Warnings: got %q, want %q in it", got[i], want)
				}
			}
		})
	}
}

// TestWriteRefused: a server that takes no writes is no store.
func TestWriteRefused(t *testing.T) {
	t.Parallel()
	s := start(t)
	store := open(t, "redis://"+s.address)
	have := create(t, store, newSession("alice"))
	do(t, s, "config", "set", "maxmemory", "1")
	_, verdict, err := store.RotateSession(t.Context(), newRotation(have.ID, 0))
	if !errors.Is(err, authsdk.ErrStoreUnavailable) || verdict != session.VerdictRefused {
		t.Errorf("RotateSession with a full memory: got %s and error %v, want that the store is unavailable", verdict, err)
	}
	if err := store.Ping(t.Context()); !errors.Is(err, authsdk.ErrStoreUnavailable) {
		t.Errorf("Ping with a full memory: got error %v, want that the store is unavailable", err)
	}
	do(t, s, "config", "set", "maxmemory", "0")
	rotate(t, store, have.ID, 0, session.VerdictRotated)
}
