//go:build linux

package faults_test

import (
	"context"
	"database/sql"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	_ "github.com/jackc/pgx/v5/stdlib" // a driver
	_ "modernc.org/sqlite"             // a driver
)

// lockTable locks the sessions' table until it is released.
func lockTable(t *testing.T, dsn string) (release func()) {
	t.Helper()
	ctx := context.WithoutCancel(t.Context())
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{"BEGIN", "LOCK TABLE authsdk_sessions IN ACCESS EXCLUSIVE MODE"} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			t.Fatal(err)
		}
	}
	return func() { _ = conn.Close(ctx) }
}

// integrity has SQLite check a file.
func integrity(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var verdict string
	if err := db.QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("integrity_check: got %q and error %v, want ok", verdict, err)
	}
}

// makeDatabase makes an empty database, and returns the URL that leads into it.
func makeDatabase(t *testing.T, e *engine, kind, name string) (url string) {
	t.Helper()
	at := e.url(e.address)
	driver, dsn := "pgx", at
	if kind == "mysql" {
		driver, dsn = "mysql", "root@tcp("+e.address+")/"
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.ExecContext(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer("/postgres?", "/"+name+"?", "/mysql", "/"+name).Replace(at)
}

// fillSessions inserts sessions of nobody until MariaDB finds no room for any, which
// is later than when its disk is full, and returns what it says then.
func fillSessions(t *testing.T, e *engine) error {
	t.Helper()
	db, err := sql.Open("mysql", "root@tcp("+e.address+")/mysql")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for refused := 0; refused < 50; {
		_, err = db.ExecContext(t.Context(), `
INSERT INTO authsdk_sessions (id, subject, label, generation, rotated_at, replays, late_replays, created_at, auth_time, last_seen,
	idle_expires, expires, revoked_at, revoke_reason, csrf_secret)
VALUES (CONCAT('full-', MD5(RAND())), MD5(RAND()), '', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, '', '')`)
		refused++
		if err == nil {
			refused = 0
		}
	}
	return err
}
