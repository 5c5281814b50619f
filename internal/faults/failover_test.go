//go:build linux

package faults_test

import (
	"context"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/authsdk/authsdk-go/authsdk/revocation"
)

// startStandby starts a server that streams from a primary at an address, which is
// perhaps that of a wire.
func startStandby(t *testing.T, from string) *engine {
	t.Helper()
	e := newPostgres(t, t.TempDir(), "wal_retrieve_retry_interval=100ms") // it sleeps for so long before it is promoted
	host, port, _ := net.SplitHostPort(from)
	output(t, e.exec(postgresProgram(t, "pg_basebackup"), "--host="+host, "--port="+port, "--username=postgres", "--pgdata="+e.data(),
		"--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "--no-sync"))
	e.start()
	t.Cleanup(e.kill)
	return e
}

// execSQL executes statements, one after the other.
func execSQL(t *testing.T, e *engine, statements ...string) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	conn, err := pgx.Connect(ctx, e.url(e.address))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	for _, s := range statements {
		if _, err := conn.Exec(ctx, s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// TestP11Failover kills the primary of PostgreSQL under refreshes and promotes its
// synchronous standby. Nothing that was acknowledged is lost, nobody is logged out,
// and the server goes on as it is. While the standby does not answer nothing is
// acknowledged.
func TestP11Failover(t *testing.T) {
	faults(t)
	for range times(1, 10) {
		failover(t)
	}
}

func failover(t *testing.T) {
	t.Helper()
	primary := startPostgres(t, t.TempDir())
	w := newWire(t, primary.address)
	standby := startStandby(t, w.address())
	execSQL(t, primary, `ALTER SYSTEM SET synchronous_standby_names = '*'`, `SELECT pg_reload_conf()`)
	url := "postgres://postgres@" + primary.address + "," + standby.address + "/postgres?sslmode=disable&target_session_attrs=read-write"
	dir, flags := t.TempDir(), []string{"--store", url}
	addUser(t, dir, flags)
	p := serve(t, dir, flags...)

	token := want(t, "login", p.login(t.Context()), http.StatusOK).text("refresh_token")
	w.set(fault{silent: true})
	if a := p.refresh(t.Context(), token); a.status != http.StatusServiceUnavailable || a.took > deadline+time.Second {
		t.Errorf("refresh while the standby does not answer: got %s, want 503 in %s", a, deadline)
	}
	w.set(fault{})
	within(t, 2*recovery, "refresh when it answers again", func() bool {
		a := p.refresh(t.Context(), token)
		if a.status != http.StatusOK && a.status != http.StatusServiceUnavailable {
			t.Fatalf("refresh: got %s", a)
		}
		return a.status == http.StatusOK
	})

	stop := keepRefreshing(t, p, 8)
	var gone []answer
	for range 8 {
		a := want(t, "login", p.login(t.Context()), http.StatusOK)
		want(t, "logout", p.call(t.Context(), http.MethodPost, "/auth/logout", a.text("refresh_token"), nil), http.StatusNoContent)
		gone = append(gone, a)
	}
	time.Sleep(300 * time.Millisecond)
	down := time.Now()
	primary.kill()
	execSQL(t, standby, `SELECT pg_promote()`)
	up := time.Now()
	within(t, recovery, "recovery", func() bool {
		return p.call(t.Context(), http.MethodGet, "/readyz", "", nil).status == http.StatusOK
	})
	time.Sleep(1500 * time.Millisecond)
	r := stop()
	last := time.Duration(0)
	for _, a := range r.failed {
		if a.status != http.StatusServiceUnavailable {
			t.Fatalf("got %s, want 200 or 503", a)
		}
		last = max(last, a.at.Sub(up))
	}
	if last > 2*time.Second {
		t.Errorf("errors until %s after the standby was promoted", last)
	}
	for i, token := range r.tokens {
		a := want(t, "refresh in the end", p.refresh(t.Context(), token), http.StatusOK)
		if got, held := generation(t, a.text("refresh_token")), generation(t, token); got != held+1 {
			t.Errorf("client %d: got generation %d after %d", i, got, held)
		}
	}
	for _, a := range gone {
		final(t, a.text("access_token"), a.text("refresh_token"), p)
	}
	if n := events(p.log.String(), "reuse_detected"); n != 0 {
		t.Errorf("%d false alarms", n)
	}
	t.Logf("promoted %s after the kill, errors until %s after that, %d refreshes, %d refused, nothing lost",
		up.Sub(down).Round(time.Millisecond), max(0, last).Round(time.Millisecond), r.done, len(r.failed))
	p.kill()
	standby.kill()
}

// TestP11Listen restarts PostgreSQL below a list of revocations that is told of
// them. What is revoked meanwhile it reads, and then it is told again: it would ask
// by itself only every seven seconds.
func TestP11Listen(t *testing.T) {
	faults(t)
	e := startPostgres(t, t.TempDir())
	keys := newKeys(t)
	one := newNode(t, keys, openAt(t, e.url(e.address)), revocation.Config{})
	other := newReader(t, keys, openAt(t, e.url(e.address)), revocation.Config{PollEvery: 7 * time.Second})
	// heard is how long the other takes to hear of a logout.
	heard := func() time.Duration {
		pair := one.login(t)
		within(t, 2*recovery, "logout", func() bool { return one.sessions.LogoutAll(t.Context(), "alice") == nil })
		return within(t, 10*time.Second, "refused", func() bool { return other.status(t, pair.AccessToken) == http.StatusUnauthorized })
	}
	if took := heard(); took > time.Second {
		t.Fatalf("heard after %s, want at once", took)
	}
	for range times(1, 10) {
		for _, how := range e.stops {
			pair := one.login(t)
			e.stop(how)
			e.start()
			up := time.Now()
			within(t, 2*recovery, "logout", func() bool { return one.sessions.LogoutAll(t.Context(), "alice") == nil })
			within(t, 10*time.Second, "refused", func() bool { return other.status(t, pair.AccessToken) == http.StatusUnauthorized })
			read := time.Since(up)
			var told time.Duration
			within(t, 15*time.Second, "told again", func() bool {
				told = heard()
				return told < 500*time.Millisecond
			})
			t.Logf("%s: read %s after the engine was back, told again after %s, %s late", how, read.Round(time.Millisecond),
				time.Since(up).Round(time.Millisecond), told.Round(time.Microsecond))
			for range 3 {
				if took := heard(); took > time.Second {
					t.Errorf("%s: heard after %s, want at once", how, took)
				}
			}
		}
	}
}
