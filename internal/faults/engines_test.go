//go:build linux

package faults_test

import (
	"context"
	"database/sql"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/redis/go-redis/v9"
)

func startPostgres(t *testing.T, base string, settings ...string) *engine {
	t.Helper()
	e := newPostgres(t, base, settings...)
	output(t, e.exec(postgresProgram(t, "initdb"), "--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C",
		"--no-sync", "--pgdata="+e.data()))
	e.start()
	t.Cleanup(e.kill)
	return e
}

func postgresProgram(t *testing.T, name string) string {
	t.Helper()
	return programOf(t, name, "/usr/lib/postgresql/*/bin")
}

// newPostgres is a server that has no data yet.
func newPostgres(t *testing.T, base string, settings ...string) *engine {
	t.Helper()
	postgres := postgresProgram(t, "postgres")
	e := newEngine(t, base, "postgres")
	// Fast, immediately, and as a crash does.
	e.stops = []syscall.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGKILL}
	e.url = func(address string) string { return "postgres://postgres@" + address + "/postgres?sslmode=disable" }
	e.command = func() *exec.Cmd {
		args := []string{"-D", e.data(), "-h", "127.0.0.1", "-p", e.port(), "-k", e.dir}
		for _, s := range settings {
			args = append(args, "-c", s)
		}
		return e.exec(postgres, args...)
	}
	e.ready = func(ctx context.Context) error {
		conn, err := pgx.Connect(ctx, e.url(e.address))
		if err != nil {
			return err
		}
		return conn.Close(ctx)
	}
	return e
}

func startMySQL(t *testing.T, base string, settings ...string) *engine {
	t.Helper()
	const places = "/usr/sbin"
	install, mariadbd := programOf(t, "mariadb-install-db"), programOf(t, "mariadbd", places)
	e := newEngine(t, base, "mysql")
	e.stops = []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL}
	installing := []string{"--no-defaults", "--datadir=" + e.data(), "--auth-root-authentication-method=normal", "--skip-test-db"}
	for _, s := range settings {
		installing = append(installing, "--"+s)
	}
	output(t, e.exec(install, installing...))
	e.url = func(address string) string { return "mysql://root@" + address + "/mysql" }
	e.command = func() *exec.Cmd {
		args := []string{
			"--no-defaults", "--datadir=" + e.data(), "--bind-address=127.0.0.1", "--port=" + e.port(),
			"--socket=" + filepath.Join(e.dir, "socket"), "--pid-file=" + filepath.Join(e.dir, "pid"), "--innodb-buffer-pool-size=64M",
		}
		for _, s := range settings {
			args = append(args, "--"+s)
		}
		return e.exec(mariadbd, args...)
	}
	e.ready = func(ctx context.Context) error {
		cfg := mysql.NewConfig()
		cfg.User, cfg.Net, cfg.Addr, cfg.Logger = "root", "tcp", e.address, &mysql.NopLogger{}
		connector, err := mysql.NewConnector(cfg)
		if err != nil {
			return err
		}
		db := sql.OpenDB(connector)
		defer func() { _ = db.Close() }()
		return db.PingContext(ctx)
	}
	e.start()
	t.Cleanup(e.kill)
	return e
}

// startRedis starts a server that forgets nothing, unless the settings say otherwise.
func startRedis(t *testing.T, base string, settings ...string) *engine {
	t.Helper()
	server := programOf(t, "redis-server")
	e := newEngine(t, base, "redis")
	e.withUsersFile = true
	e.stops = []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL}
	e.url = func(address string) string { return "redis://" + address }
	e.command = func() *exec.Cmd {
		args := []string{
			"--bind", "127.0.0.1", "--port", e.port(), "--dir", e.dir, "--daemonize", "no", "--save", "",
			"--appendonly", "yes", "--appendfsync", "always",
		}
		return e.exec(server, append(args, settings...)...)
	}
	e.ready = func(ctx context.Context) error {
		client := redis.NewClient(&redis.Options{Addr: e.address, MaxRetries: -1})
		defer func() { _ = client.Close() }()
		return client.Ping(ctx).Err()
	}
	e.start()
	t.Cleanup(e.kill)
	return e
}

// eachEngine runs a test with a server of each kind, one after another.
func eachEngine(t *testing.T, test func(t *testing.T, e *engine)) {
	t.Helper()
	faults(t)
	for _, kind := range engines {
		t.Run(kind.name, func(t *testing.T) { test(t, kind.start(t, t.TempDir())) })
	}
}

// eachEngineTogether is eachEngine for tests that mostly wait.
func eachEngineTogether(t *testing.T, test func(t *testing.T, e *engine)) {
	t.Helper()
	faults(t)
	for _, kind := range engines {
		t.Run(kind.name, func(t *testing.T) {
			t.Parallel()
			test(t, kind.start(t, t.TempDir()))
		})
	}
}
