package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDemoPassword: whatever was set in between, what is printed logs in.
func TestDemoPassword(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	start := func(want string, args ...string) {
		t.Helper()
		p := serve(t, dir, append([]string{"--demo"}, args...)...)
		if status, _, err := post(t.Context(), p.url+"/auth/login", "", `{"username":"demo","password":"`+want+`"}`); status != http.StatusOK {
			t.Errorf("login with %s: %d %v", want, status, err)
		}
		p.kill()
	}
	start("something else", "--demo-password", "something else")
	command(t, dir, "", "user", "remove", "demo")
	serve(t, dir, "--demo").kill()
	data, err := os.ReadFile(filepath.Join(dir, "data", "demo-password"))
	if err != nil {
		t.Fatal(err)
	}
	kept := strings.TrimSpace(string(data))
	start(kept)
	start("something else", "--demo-password", "something else")
	start(kept)
	command(t, dir, "correct horse\n", "user", "passwd", "demo", "--password-stdin")
	start(kept)
}
