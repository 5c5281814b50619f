// Package testservice finds the servers that tests need.
package testservice

import (
	"cmp"
	"net"
	"net/url"
	"os"
	"testing"
	"time"
)

// Postgres is the URL of a PostgreSQL database in which tests may make schemas.
func Postgres(tb testing.TB) string {
	tb.Helper()
	return find(tb, "AUTHSDK_TEST_POSTGRES", "postgres://postgres@127.0.0.1:5432/test?sslmode=disable", "5432")
}

// MySQL is the URL of a MySQL or MariaDB server in which tests may make databases.
func MySQL(tb testing.TB) string {
	tb.Helper()
	return find(tb, "AUTHSDK_TEST_MYSQL", "mysql://root@127.0.0.1:3306/test", "3306")
}

// Redis is the URL of a Redis server in which tests may make keys.
func Redis(tb testing.TB) string {
	tb.Helper()
	return find(tb, "AUTHSDK_TEST_REDIS", "redis://127.0.0.1:6379", "6379")
}

// find returns the URL in the variable, or a server on its usual port. Without
// any the test is skipped, and fails where AUTHSDK_TEST_REQUIRE is set.
func find(tb testing.TB, variable, usual, port string) string {
	tb.Helper()
	raw := cmp.Or(os.Getenv(variable), usual)
	u, err := url.Parse(raw)
	if err != nil {
		tb.Fatalf("%s is no URL", variable)
	}
	address := net.JoinHostPort(u.Hostname(), cmp.Or(u.Port(), port))
	dialer := net.Dialer{Timeout: 2 * time.Second}
	conn, err := dialer.DialContext(tb.Context(), "tcp", address)
	switch {
	case err == nil:
		_ = conn.Close()
	case os.Getenv("AUTHSDK_TEST_REQUIRE") != "" || os.Getenv(variable) != "":
		tb.Fatalf("no server at %s: set %s to the URL of one: %v", address, variable, err)
	default:
		tb.Skipf("no server at %s: set %s to the URL of one", address, variable)
	}
	return raw
}
