package sqlitestore_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/sqlitestore"
)

// The test binary plays the role that this variable names, on the file that
// pathVariable names.
const (
	roleVariable = "AUTHSDK_SQLITESTORE_TEST_ROLE"
	pathVariable = "AUTHSDK_SQLITESTORE_TEST_PATH"
)

var roles = map[string]func(){"refresh": playRefresh, "race": playRace}

func addRole(name string, play func()) bool {
	roles[name] = play
	return true
}

func self(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func command(t *testing.T, role, path string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), self(t), args...)
	cmd.Env = append(os.Environ(), roleVariable+"="+role, pathVariable+"="+path)
	cmd.Stderr = os.Stderr
	return cmd
}

// playRefresh refreshes the session of the first argument in a loop, from the
// generation of the second. It says what it holds before and after each refresh.
func playRefresh() {
	ctx := context.Background()
	store, err := sqlitestore.Open(ctx, os.Getenv(pathVariable))
	if err != nil {
		fmt.Println("error", err)
		return
	}
	generation, _ := strconv.ParseInt(os.Args[2], 10, 64)
	for {
		fmt.Println("try", generation)
		stored, verdict, err := store.RotateSession(ctx, newRotation(os.Args[1], generation))
		if err != nil || verdict != session.VerdictRotated {
			fmt.Println("error", verdict, err)
			return
		}
		generation = stored.Generation
		fmt.Println("ok", generation)
	}
}

// TestKill kills a process that refreshes, again and again. Whatever it held
// must still be good for exactly one successor.
func TestKill(t *testing.T) {
	t.Parallel()
	kills := 40
	if testing.Short() {
		kills = 8
	}
	path := newPath(t)
	store := open(t, path)
	s := create(t, store, newSession("alice"))
	shut(t, store)

	held, refreshes, unanswered := int64(0), int64(0), map[session.Verdict]int{}
	for kill := range kills {
		cmd := command(t, "refresh", path, s.ID, strconv.FormatInt(held, 10))
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if kill%8 == 7 { // while it opens the file
			time.AfterFunc(rand.N(60*time.Millisecond), func() { _ = cmd.Process.Kill() })
		}
		waiting, doomed := false, false
		for lines := bufio.NewScanner(out); lines.Scan(); {
			word, rest, _ := strings.Cut(lines.Text(), " ")
			generation, err := strconv.ParseInt(rest, 10, 64)
			if err != nil || word != "try" && generation != held+1 || word == "try" && generation != held {
				t.Fatalf("the process that holds generation %d says %q", held, lines.Text())
			}
			if waiting = word == "try"; !waiting {
				refreshes++
			}
			if !waiting && !doomed {
				doomed = true
				time.AfterFunc(rand.N(10*time.Millisecond), func() { _ = cmd.Process.Kill() })
			}
			held = generation
		}
		_ = cmd.Wait()

		store := open(t, path)
		if waiting {
			unanswered[rotate(t, store, s.ID, held, session.VerdictRotated, session.VerdictReplayed)]++
		} else {
			rotate(t, store, s.ID, held, session.VerdictRotated)
		}
		held++
		shut(t, store)
	}
	t.Logf("%d kills, %d refreshes; unanswered when killed: %v", kills, refreshes, unanswered)

	var verdict string
	if err := raw(t, path).QueryRow("PRAGMA integrity_check").Scan(&verdict); err != nil || verdict != "ok" {
		t.Errorf("integrity_check: got %q and error %v, want ok", verdict, err)
	}
}

// TestKillFirst kills a process that makes the file. There is none then, or a
// good one.
func TestKillFirst(t *testing.T) {
	t.Parallel()
	for range 10 {
		path := newPath(t)
		cmd := command(t, "refresh", path, "unknown", "0")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(rand.N(60 * time.Millisecond))
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		s := create(t, open(t, path), newSession("alice"))
		rotate(t, open(t, path), s.ID, 0, session.VerdictRotated)
	}
}

// playRace opens the file when it reads a line, and then lets sixteen callers
// refresh the session that each further line names.
func playRace() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Scan()
	store, err := sqlitestore.Open(context.Background(), os.Getenv(pathVariable))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("opened")
	for lines.Scan() {
		var (
			racing sync.WaitGroup
			mu     sync.Mutex
			got    = map[string]int{}
		)
		for range 16 {
			racing.Go(func() {
				stored, verdict, err := store.RotateSession(context.Background(), newRotation(lines.Text(), 0))
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					got[err.Error()]++
				} else {
					got[fmt.Sprintf("%s %d", verdict, stored.Generation)]++
				}
			})
		}
		racing.Wait()
		_ = json.NewEncoder(os.Stdout).Encode(got)
	}
	if err := store.Close(); err != nil {
		fmt.Println(err)
	}
}

func TestProcessesNewFile(t *testing.T) {
	t.Parallel()
	for range 2 {
		raceProcesses(t, newPath(t))
	}
}

func TestProcessesSharedFile(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	db := raw(t, path)
	execute(t, db, "CREATE TABLE users (name TEXT)")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	raceProcesses(t, path)
}

// TestProcessesUpgrade begins with a file whose tables are older than this version.
func TestProcessesUpgrade(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	db := raw(t, path)
	execute(t, db, `CREATE TABLE authsdk_migrations (id INTEGER PRIMARY KEY AUTOINCREMENT, version_id INTEGER NOT NULL,
		is_applied INTEGER NOT NULL, tstamp TIMESTAMP DEFAULT (datetime('now')))`,
		"INSERT INTO authsdk_migrations (version_id, is_applied) VALUES (0, 1)")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	raceProcesses(t, path)
}

// raceProcesses has four processes open a file at the same moment, which none
// of them has found complete, and race for tokens.
func raceProcesses(t *testing.T, path string) {
	t.Helper()
	type process struct {
		in  io.WriteCloser
		out *bufio.Scanner
		cmd *exec.Cmd
	}
	var processes []process
	for range 4 {
		cmd := command(t, "race", path)
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		processes = append(processes, process{in, bufio.NewScanner(out), cmd})
	}
	// ask tells all of them, then hears all of them.
	ask := func(line string) (answers []string) {
		t.Helper()
		for _, p := range processes {
			if _, err := io.WriteString(p.in, line+"\n"); err != nil {
				t.Fatal(err)
			}
		}
		for _, p := range processes {
			p.out.Scan()
			answers = append(answers, p.out.Text())
		}
		return answers
	}
	for _, answer := range ask("open") {
		if answer != "opened" {
			t.Fatalf("Open by one of four processes: got %q, want opened", answer)
		}
	}
	store := open(t, path)
	for range 5 {
		s := create(t, store, newSession("alice"))
		got := map[string]int{}
		for _, answer := range ask(s.ID) {
			var counts map[string]int
			if err := json.Unmarshal([]byte(answer), &counts); err != nil {
				t.Fatalf("one of four processes: got %q: %v", answer, err)
			}
			for verdict, n := range counts {
				got[verdict] += n
			}
		}
		if len(got) != 2 || got["rotated 1"] != 1 || got["replayed 1"] != 63 {
			t.Errorf("64 callers in four processes: got %v, want 1 rotated and 63 replayed, all of generation 1", got)
		}
	}
	for _, p := range processes {
		if err := p.in.Close(); err != nil {
			t.Error(err)
		}
		if p.out.Scan() {
			t.Errorf("one of four processes: got %q, want no more", p.out.Text())
		}
		if err := p.cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
}
