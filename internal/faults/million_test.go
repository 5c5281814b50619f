//go:build linux

package faults_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"testing"
	"time"
)

// TestMillion starts on a million live sessions. The start takes less than five
// seconds, and a refresh at most three times what it takes in an empty store.
func TestMillion(t *testing.T) {
	faults(t)
	if !long() {
		t.Skip("only in make faults-long")
	}
	run := func(t *testing.T, dir string, flags []string, driver, dsn string) {
		t.Helper()
		addUser(t, dir, flags)
		p := serve(t, dir, flags...)
		empty := refreshes(t, p, 2000)
		p.kill()
		begun := time.Now()
		insertMillion(t, driver, dsn)
		inserted := time.Since(begun)
		begun = time.Now()
		p = serve(t, dir, flags...)
		started := time.Since(begun)
		full := refreshes(t, p, 2000)
		if started > 5*time.Second {
			t.Errorf("the start took %s, want less than 5s", started)
		}
		if full > 3*empty {
			t.Errorf("refresh p99: %s beside a million sessions, %s in an empty store", full, empty)
		}
		t.Logf("1,000,000 sessions made in %s; start %s; refresh p99 %s, in an empty store %s",
			inserted.Round(time.Second), started.Round(time.Millisecond), full, empty)
	}
	t.Run("sqlite", func(t *testing.T) {
		dir := t.TempDir()
		run(t, dir, nil, "sqlite", filepath.Join(dir, "data", "authsdk.db"))
	})
	t.Run("postgres", func(t *testing.T) {
		e := startPostgres(t, t.TempDir(), "max_wal_size=2GB")
		run(t, t.TempDir(), e.flags(e.address), "pgx", e.url(e.address))
	})
}

// refreshes refreshes one session after the other and returns how long all but
// one in a hundred take at most.
func refreshes(t *testing.T, p *process, n int) time.Duration {
	t.Helper()
	token := want(t, "login", p.login(t.Context()), http.StatusOK).text("refresh_token")
	var took []time.Duration
	for range n {
		a := want(t, "refresh", p.refresh(t.Context(), token), http.StatusOK)
		token = a.text("refresh_token")
		took = append(took, a.took)
	}
	slices.Sort(took)
	return took[n*99/100]
}

// insertMillion makes sessions as the store would, each of a subject of its own.
func insertMillion(t *testing.T, driver, dsn string) {
	t.Helper()
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	now := time.Now().UnixMilli()
	series, noSecret := `generate_series(1::bigint, 1000000) AS n (i)`, `''::bytea`
	if driver == "sqlite" {
		series = `(WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) SELECT i FROM n) AS n`
		noSecret = `x''`
	}
	if _, err := db.ExecContext(t.Context(), fmt.Sprintf(`
INSERT INTO authsdk_sessions (id, subject, label, generation, rotated_at, replays, late_replays, created_at, auth_time, last_seen,
	idle_expires, expires, revoked_at, revoke_reason, csrf_secret)
SELECT 'million-' || (n.i * 7919 %% 1000003), 'subject-' || n.i, '', 3, %[1]d, 0, 0, %[1]d, %[1]d, %[1]d, %[1]d + 86400000, %[1]d + 864000000, NULL, '', %[2]s
FROM %[3]s`, now, noSecret, series)); err != nil {
		t.Fatal(err)
	}
}
