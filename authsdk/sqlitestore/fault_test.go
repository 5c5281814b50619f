//go:build linux || darwin

package sqlitestore_test

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/sqlitestore"
)

var _ = addRole("open", playOpen) && addRole("fill", playFill)

// playOpen says what Open says.
func playOpen() {
	store, err := sqlitestore.Open(context.Background(), os.Getenv(pathVariable))
	if err == nil {
		err = store.Close()
	}
	fmt.Print(err)
}

// TestReadOnly opens what cannot be written to, as a user whom permissions bind.
func TestReadOnly(t *testing.T) {
	t.Parallel()
	const nobody = 65534
	// The superuser's tests hand the program and the files to somebody else.
	dir := t.TempDir()
	program := filepath.Join(dir, "program")
	if os.Geteuid() == 0 {
		if err := os.Link(self(t), program); err != nil {
			t.Skipf("no other user can run this program: %v", err)
		}
		for _, path := range []string{filepath.Dir(dir), dir} {
			if err := os.Chmod(path, 0o755); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, c := range []struct {
		name      string
		file, dir os.FileMode // of the file, 0 for none, and of its directory
		want      []string
	}{
		{"file", 0o400, 0o700, []string{"can only be read: make it writable"}},
		{"directory", 0o600, 0o500, []string{"in a directory that can only be read: make the directory writable"}},
		{"file and directory", 0o400, 0o500, []string{"can only be read: make "}},
		{"file that cannot be read", 0o200, 0o700, []string{"cannot be opened: make the file and its directory readable and writable"}},
		{"directory without file", 0, 0o500, []string{"does not exist", "its directory cannot be written to"}},
		{"nothing", 0o600, 0o700, []string{"<nil>"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			within := filepath.Join(dir, c.name)
			if err := os.Mkdir(within, 0o700); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(within, "auth.db")
			if c.file != 0 {
				shut(t, open(t, path))
				if err := os.Chmod(path, c.file); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Chmod(within, c.dir); err != nil {
				t.Fatal(err)
			}
			defer func() { _ = os.Chmod(within, 0o700) }() // for the cleaning up
			cmd := command(t, "open", path)
			if os.Geteuid() == 0 {
				for _, p := range []string{within, path} {
					if err := os.Chown(p, nobody, nobody); err != nil && c.file != 0 {
						t.Fatal(err)
					}
				}
				cmd.Path = program
				cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
			}
			out, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range c.want {
				if !strings.Contains(string(out), want) || strings.Contains(string(out), "\n") {
					t.Errorf("Open: got %q, want %q, in one line", out, want)
				}
			}
			if c.file == 0 {
				if _, err := os.Stat(path); err == nil {
					t.Error("the file was made")
				}
			}
		})
	}
}

// playFill refreshes until no file may grow any more, and goes on when they may again.
func playFill() {
	signal.Ignore(syscall.SIGXFSZ) // a write then fails, as on a full disk
	ctx := context.Background()
	store, err := sqlitestore.Open(ctx, os.Getenv(pathVariable))
	if err != nil {
		fmt.Print(err)
		return
	}
	s := newSession("alice")
	if _, err := store.CreateSession(ctx, s, 0); err != nil {
		fmt.Print(err)
		return
	}
	var before syscall.Rlimit
	full := func() error {
		after := before
		after.Cur = 256 << 10
		return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &after)
	}
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
		fmt.Print(err)
		return
	}
	generation := int64(0)
	now := time.Now()
	store.SetNow(func() time.Time { return now })
	ping := func(want bool) {
		now = now.Add(time.Minute)
		if err := store.Ping(ctx); (err == nil) != want {
			fmt.Printf("Ping: got error %v, want none: %t\n", err, want)
		}
	}
	for range 3 {
		if err := full(); err != nil {
			fmt.Print(err)
			return
		}
		for {
			_, verdict, err := store.RotateSession(ctx, newRotation(s.ID, generation))
			if err != nil {
				if verdict != session.VerdictRefused || !strings.HasPrefix(err.Error(), "sqlitestore: ") {
					fmt.Printf("on a full disk: got %s and error %v\n", verdict, err)
				}
				break
			}
			generation++
		}
		ping(false)
		if got, err := store.Session(ctx, s.ID); err != nil || got.Generation != generation || !got.RevokedAt.IsZero() {
			fmt.Printf("Session on a full disk: got %+v and error %v, want generation %d\n", got, err, generation)
		}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
			fmt.Print(err)
			return
		}
		for range 20 {
			if _, verdict, err := store.RotateSession(ctx, newRotation(s.ID, generation)); err != nil || verdict != session.VerdictRotated {
				fmt.Printf("after there was space again: got %s and error %v, want rotated\n", verdict, err)
			}
			generation++
		}
		ping(true)
	}
	fmt.Print(generation > 60, " ", store.Close())
}

func TestFullDisk(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	out, err := command(t, "fill", path).Output()
	if err != nil || string(out) != "true <nil>" {
		t.Errorf("refreshing on a full disk: got %q and error %v, want true <nil>", out, err)
	}
	var verdict string
	if err := raw(t, path).QueryRow("PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("integrity_check: got %q and error %v, want ok", verdict, err)
	}
}
