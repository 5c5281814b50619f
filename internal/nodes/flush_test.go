package nodes_test

import (
	"context"
	"errors"
	"net"
	"os/exec"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/redisstore"
	"github.com/authsdk/authsdk-go/authsdk/revocation"
)

// redisServer is a Redis of the test's own.
type redisServer struct {
	address, dir, appendOnly string
	cmd                      *exec.Cmd
}

// startRedis starts a server that keeps what it is told to if appendOnly is yes.
func startRedis(t *testing.T, appendOnly string) *redisServer {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &redisServer{address: listener.Addr().String(), dir: t.TempDir(), appendOnly: appendOnly}
	_ = listener.Close()
	s.run(t)
	t.Cleanup(func() { s.kill() })
	return s
}

func (s *redisServer) run(t *testing.T) {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("no redis-server in the path")
	}
	_, port, _ := net.SplitHostPort(s.address)
	s.cmd = exec.CommandContext(context.WithoutCancel(t.Context()), program,
		"--bind", "127.0.0.1", "--port", port, "--dir", s.dir, "--save", "", "--daemonize", "no",
		"--appendonly", s.appendOnly, "--appendfsync", "always")
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, "redis-server starts", func() bool { return s.do(t, "PING") == nil })
}

func (s *redisServer) kill() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

func (s *redisServer) do(t *testing.T, args ...any) error {
	t.Helper()
	client := redis.NewClient(&redis.Options{Addr: s.address, MaxRetries: -1})
	defer func() { _ = client.Close() }()
	return client.Do(context.WithoutCancel(t.Context()), args...).Err()
}

// TestFlushed is promise P-15: a Redis that comes back empty. Refresh tokens
// have ended, access tokens of before cannot be known, logins work.
func TestFlushed(t *testing.T) {
	t.Parallel()
	s := startRedis(t, "no")
	keys := newKeys(t)
	open := func() engine { return opened(t, "redis://"+s.address, redisstore.Open) }
	one, other := newNode(t, keys, open()), newNode(t, keys, open())
	for what, lose := range map[string]func(){
		"FLUSHALL": func() {
			if err := s.do(t, "FLUSHALL"); err != nil {
				t.Fatal(err)
			}
		},
		"killed and started again": func() { s.kill(); s.run(t) },
	} {
		kept, gone := one.login(t), one.login(t)
		if err := one.sessions.Revoke(t.Context(), "alice", gone.SessionID); err != nil {
			t.Fatal(err)
		}
		other.refused(t, gone.AccessToken)
		if err := other.verify(t, kept.AccessToken); err != nil {
			t.Fatalf("%s: a good token before: %v", what, err)
		}
		time.Sleep(time.Second) // tokens know whole seconds
		lose()
		until(t, what+" is noticed", func() bool {
			return errors.Is(one.verify(t, kept.AccessToken), authsdk.ErrStoreUnavailable) &&
				errors.Is(other.verify(t, kept.AccessToken), authsdk.ErrStoreUnavailable)
		})
		begun := newNode(t, keys, open())
		for name, n := range map[string]*node{"one": one, "other": other, "begun": begun} {
			if err := n.verify(t, kept.AccessToken); !errors.Is(err, authsdk.ErrStoreUnavailable) {
				t.Errorf("%s, %s: a token of before: got %v, want that it cannot be known", what, name, err)
			}
			if err := n.verify(t, gone.AccessToken); err == nil {
				t.Errorf("%s, %s: a token that was revoked passes", what, name)
			}
		}
		if _, err := one.refresh(t, kept.RefreshToken); !errors.Is(err, authsdk.ErrTokenRevoked) {
			t.Errorf("%s: refresh of before: got %v, want that it is revoked", what, err)
		}
		fresh := one.login(t)
		for name, n := range map[string]*node{"one": one, "other": other, "begun": begun} {
			if err := n.verify(t, fresh.AccessToken); err != nil {
				t.Errorf("%s, %s: a new login: %v", what, name, err)
			}
		}
		if _, err := other.refresh(t, fresh.RefreshToken); err != nil {
			t.Errorf("%s: refresh of a new login: %v", what, err)
		}
		// An operator who knows that nothing was revoked need not wait.
		if err := revocation.Confirm(t.Context(), open(), time.Now()); err != nil {
			t.Fatal(err)
		}
		until(t, what+": confirmed", func() bool { return other.verify(t, kept.AccessToken) == nil })
	}
}

// TestDown is promise P-06 with a list: while the store is away everything is
// answered from memory for MaxStaleness, then with "cannot be known", and again
// soon after it is back.
func TestDown(t *testing.T) {
	t.Parallel()
	s := startRedis(t, "yes")
	store := opened(t, "redis://"+s.address, redisstore.Open)
	const staleness = 700 * time.Millisecond
	l := newList(t, revocation.Config{Store: store, PollEvery: 50 * time.Millisecond, MaxStaleness: staleness})
	run(t, l)
	c := authsdk.Claims{ID: "0123456789abcdef", Subject: "alice", IssuedAt: time.Now(), Expires: time.Now().Add(time.Minute)}
	until(t, "the first load", func() bool { revoked, err := l.Revoked(t.Context(), &c); return err == nil && !revoked })
	s.kill()
	down := time.Now()
	answers := map[string]int{}
	var slowest time.Duration
	for time.Since(down) < 3*staleness {
		begun := time.Now()
		revoked, err := l.Revoked(t.Context(), &c)
		slowest = max(slowest, time.Since(begun))
		switch known := time.Since(down) < staleness-200*time.Millisecond; {
		case err == nil && !revoked && time.Since(down) < staleness+200*time.Millisecond:
			answers["known"]++
		case errors.Is(err, authsdk.ErrStoreUnavailable) && !known:
			answers["unknown"]++
		default:
			t.Fatalf("Revoked %s after the store went: got %t and error %v", time.Since(down), revoked, err)
		}
		time.Sleep(time.Millisecond)
	}
	if answers["known"] == 0 || answers["unknown"] == 0 {
		t.Errorf("answers: got %v, want both", answers)
	}
	s.run(t)
	up := time.Now()
	until(t, "the store is back", func() bool { _, err := l.Revoked(t.Context(), &c); return err == nil })
	t.Logf("answers %v, the slowest after %s; %s after the store was back", answers, slowest, time.Since(up))
	if took := time.Since(up); took > 5*time.Second {
		t.Errorf("it took %s until tokens were judged again, want at most 5s", took)
	}
}
