package main

import (
	"strings"
	"testing"
)

// TestInsecureCookies: the flag is named in the log where it does harm.
func TestInsecureCookies(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]bool{"127.0.0.1:0": false, "0.0.0.0:0": true} {
		p := serve(t, t.TempDir(), "--store", "memory:", "--insecure-cookies", "--addr", addr)
		if got := strings.Contains(p.err.String(), `"level":"WARN","msg":"--insecure-cookies`); got != want {
			t.Errorf("%s: warned %t, want %t: %s", addr, got, want, p.err)
		}
	}
}
