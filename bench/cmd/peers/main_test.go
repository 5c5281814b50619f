//go:build unix

package main

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"github.com/authsdk/authsdk-go/bench/internal/loopback"
	"github.com/authsdk/authsdk-go/bench/internal/peers"
	"github.com/authsdk/authsdk-go/bench/internal/routes"
)

func TestMain(m *testing.M) {
	loopback.ServeIfAsked()
	os.Exit(m.Run())
}

// TestRun: every contestant is in the tables, the whole server too.
func TestRun(t *testing.T) {
	var out bytes.Buffer
	if err := run([]string{"-rounds", "1", "-batch", "1ms"}, &out); err != nil {
		t.Fatal(err)
	}
	count := func(row string, want int) {
		t.Helper()
		if got := strings.Count(out.String(), row); got != want {
			t.Errorf("got %d rows %q, want %d:\n%s", got, row, want, &out)
		}
	}
	for _, p := range peers.All() {
		if p.Name != peers.OursName { // of which there are others, as a guard
			count("\n| "+p.Name+" | ", 2)
		}
	}
	for _, r := range routes.All() {
		count("\n| "+r.Router+" | "+r.Guard+" | ", 2)
	}
	if strings.Contains(out.String(), "NaN") {
		t.Errorf("a figure is missing:\n%s", &out)
	}
}

func TestRunRefuses(t *testing.T) {
	for _, args := range [][]string{{"-only", "latency"}, {"-only", ""}, {"-rounds", "0"}, {"-batch", "0s"}, {"rest"}} {
		var out bytes.Buffer
		if err := run(args, &out); err == nil {
			t.Errorf("%q: got no error", args)
		}
		if out.Len() > 0 {
			t.Errorf("%q: got %q, want nothing printed", args, &out)
		}
	}
}
