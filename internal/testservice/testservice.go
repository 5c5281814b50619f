// Package testservice finds the servers that tests need, and gives each test a
// place of its own there, which it leaves as it was.
package testservice

import (
	"cmp"
	"net"
	"net/url"
	"os"
	"testing"
	"time"
)

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
