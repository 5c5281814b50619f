//go:build linux

package faults_test

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// small mounts a file system of a size, which only root can.
func small(t *testing.T, size string) string {
	t.Helper()
	if os.Geteuid() != 0 {
		missing(t, "the right to mount a file system")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+size); err != nil {
		missing(t, "the right to mount a file system: "+err.Error())
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, syscall.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// fill fills a file system, and returns what frees it again.
func fill(t *testing.T, dir string) (free func()) {
	t.Helper()
	path := filepath.Join(dir, "ballast")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	block := make([]byte, 4096)
	for err == nil {
		_, err = f.Write(block)
	}
	_ = f.Close()
	return func() {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}

// fullDisk refreshes and logs in until the engine cannot write, frees the disk and
// wants everything to work again, with no restart of the server.
func fullDisk(t *testing.T, p *process, full func() (free func())) {
	t.Helper()
	token := want(t, "login", p.login(t.Context()), http.StatusOK).text("refresh_token")
	free := full()
	counts := map[int]int{}
	refreshed := token
	within(t, 30*time.Second, "a refusal", func() bool {
		login := p.login(t.Context())
		counts[login.status]++
		if login.status != http.StatusOK && login.status != http.StatusServiceUnavailable {
			t.Fatalf("login: got %s", login)
		}
		a := p.refresh(t.Context(), refreshed)
		counts[a.status]++
		switch a.status {
		case http.StatusOK:
			refreshed = a.text("refresh_token")
		case http.StatusServiceUnavailable:
		default:
			t.Fatalf("refresh: got %s", a)
		}
		return login.status == http.StatusServiceUnavailable
	})
	free()
	var a answer
	took := within(t, 15*time.Second, "recovery", func() bool {
		a = p.refresh(t.Context(), refreshed)
		return a.status == http.StatusOK
	})
	want(t, "me", p.me(t.Context(), a.text("access_token")), http.StatusOK)
	within(t, recovery, "login", func() bool { return p.login(t.Context()).status == http.StatusOK })
	if n := events(p.log.String(), "reuse_detected"); n != 0 {
		t.Errorf("%d false alarms", n)
	}
	t.Logf("%v until the disk was freed; works %s after", counts, took.Round(time.Millisecond))
}

// TestP13DiskFull fills the disk below each engine.
func TestP13DiskFull(t *testing.T) {
	faults(t)
	t.Run("sqlite", func(t *testing.T) {
		dir := small(t, "2m")
		addUser(t, dir, nil)
		p := serve(t, dir)
		fullDisk(t, p, func() func() { return fill(t, dir) })
		p.kill()
		integrity(t, filepath.Join(dir, "data", "authsdk.db"))
	})
	t.Run("postgres", func(t *testing.T) {
		base := small(t, "160m")
		e := startPostgres(t, base, "shared_buffers=1MB", "max_wal_size=32MB", "min_wal_size=32MB", "wal_recycle=on")
		dir, flags := t.TempDir(), e.flags(e.address)
		addUser(t, dir, flags)
		p := serve(t, dir, flags...)
		full := func() func() { return fill(t, base) }
		// A server that cannot write its log ends itself, and its own start again needs room.
		fullDisk(t, p, func() func() {
			free := full()
			return func() { free(); e.start() }
		})
	})
	t.Run("mysql", func(t *testing.T) {
		base := small(t, "64m")
		e := startMySQL(t, base, "innodb-log-file-size=8M")
		dir, flags := t.TempDir(), e.flags(e.address)
		addUser(t, dir, flags)
		p := serve(t, dir, flags...)
		fullDisk(t, p, func() func() {
			free := fill(t, base)
			t.Logf("the server says: %v", fillSessions(t, e))
			return free
		})
	})
	t.Run("redis", func(t *testing.T) {
		e := startRedis(t, t.TempDir(), "--maxmemory-policy", "noeviction")
		dir, flags := t.TempDir(), e.flags(e.address)
		addUser(t, dir, flags)
		p := serve(t, dir, flags...)
		client := redis.NewClient(&redis.Options{Addr: e.address})
		t.Cleanup(func() { _ = client.Close() })
		limit := func(size string) {
			if err := client.ConfigSet(context.WithoutCancel(t.Context()), "maxmemory", size).Err(); err != nil {
				t.Fatal(err)
			}
		}
		fullDisk(t, p, func() func() { limit("1mb"); return func() { limit("0") } })
	})
}

// TestP14File takes the file of SQLite away, or the right to write it, while the
// server runs, and starts a server on one that is broken: nothing is ever made anew
// over what was there.
func TestP14File(t *testing.T) {
	faults(t)
	for name, damage := range map[string]func(t *testing.T, path string) (mend func()){
		"removed": func(t *testing.T, path string) func() {
			t.Helper()
			rename(t, path, path+".away")
			return func() { rename(t, path+".away", path) }
		},
		"replaced": func(t *testing.T, path string) func() {
			t.Helper()
			rename(t, path, path+".away")
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			return func() { rename(t, path+".away", path) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "data", "authsdk.db")
			addUser(t, dir, nil)
			p := serve(t, dir)
			token := want(t, "login", p.login(t.Context()), http.StatusOK).text("refresh_token")
			mend := damage(t, path)
			for range 3 {
				want(t, "refresh", p.refresh(t.Context(), token), http.StatusServiceUnavailable)
				want(t, "login", p.login(t.Context()), http.StatusServiceUnavailable)
			}
			mend()
			within(t, recovery, "recovery", func() bool { return p.refresh(t.Context(), token).status == http.StatusOK })
		})
	}
	t.Run("corrupt", func(t *testing.T) {
		dir := t.TempDir()
		path := filepath.Join(dir, "data", "authsdk.db")
		addUser(t, dir, nil)
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for what, data := range map[string][]byte{
			"half":     before[:len(before)/2],
			"nonsense": []byte(strings.Repeat("no database ", 1000)),
		} {
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), program, "serve", "--addr", "127.0.0.1:0", "--issuer", "http://auth.example")
			cmd.Dir = dir
			out, err := cmd.CombinedOutput()
			if err == nil || !strings.Contains(string(out), "authsdk.db") {
				t.Errorf("%s: got %v and %q, want the file named and no start", what, err, out)
			}
			if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, data) {
				t.Errorf("%s: the file was changed", what)
			}
		}
	})
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}
