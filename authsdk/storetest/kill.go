package storetest

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/revocation"
	"github.com/authsdk/authsdk-go/authsdk/session"
)

// killVariable tells a process that RunKill has started what to do;
// killsVariable how many of them are killed.
const (
	killVariable  = "AUTHSDK_STORETEST_KILL"
	killsVariable = "AUTHSDK_TEST_KILLS"
)

// victim is what a process is to refresh, until it is killed.
type victim struct {
	Where      string `json:"where"`
	SessionID  string `json:"session_id"`
	Generation int64  `json:"generation"`
}

// Victim is called by the TestMain of a test that calls RunKill: in a process
// that RunKill has started it refreshes until it is killed, elsewhere it does
// nothing. Open opens the store at a place.
func Victim(open func(ctx context.Context, where string) (session.Store, error)) {
	raw := os.Getenv(killVariable)
	if raw == "" {
		return
	}
	defer os.Exit(1)
	say := func(args ...any) { _, _ = fmt.Fprintln(os.Stdout, args...) }
	var v victim
	if err := json.Unmarshal([]byte(raw), &v); err != nil {
		say("error", err)
		return
	}
	store, err := open(context.Background(), v.Where)
	if err != nil {
		say("error", err)
		return
	}
	for {
		say("try", v.Generation)
		stored, verdict, err := store.RotateSession(context.Background(), killRotation(v.SessionID, v.Generation))
		if err != nil || verdict != session.VerdictRotated {
			say("error", verdict, err)
			return
		}
		v.Generation = stored.Generation
		if feed, ok := store.(revocation.Store); ok {
			if err := feed.AppendRevocations(context.Background(), start, killEntry(v.SessionID, v.Generation)); err != nil {
				say("error", err)
				return
			}
		}
		say("ok", v.Generation)
	}
}

func killRotation(id string, generation int64) session.Rotation {
	return session.Rotation{SessionID: id, Generation: generation, Now: start, Grace: time.Hour, IdleTTL: time.Hour}
}

func killEntry(id string, generation int64) revocation.Entry {
	return newEntry(revocation.Token, id+"-"+strconv.FormatInt(generation, 10))
}

// RunKill kills processes that refresh a session of the store at where, which
// is open as store: 20 of them, or as many as AUTHSDK_TEST_KILLS says.
// Whatever a process held must still be good for exactly one successor. If the
// store is a revocation.Store, they also add to its feed, which must have what
// was acknowledged, and no gap.
func RunKill(t *testing.T, where string, store session.Store) {
	t.Helper()
	kills, err := strconv.Atoi(cmp.Or(os.Getenv(killsVariable), strconv.Itoa(rounds(20))))
	if err != nil {
		t.Fatalf("%s: %v", killsVariable, err)
	}
	s := create(t, store, newSession("alice"))
	held, refreshes, unanswered := int64(0), 0, map[session.Verdict]int{}
	acknowledged := map[string]bool{}
	for range kills {
		last, waiting, done := runVictim(t, victim{where, s.ID, held})
		refreshes += done
		for generation := held + 1; generation <= last; generation++ {
			acknowledged[killEntry(s.ID, generation).Value] = true
		}
		held = last
		stored, verdict, err := store.RotateSession(t.Context(), killRotation(s.ID, held))
		lost := waiting && verdict == session.VerdictReplayed // the answer, not the refresh
		if err != nil || !lost && verdict != session.VerdictRotated || stored.Generation != held+1 {
			t.Fatalf("RotateSession(generation %d) after a kill: got %s, error %v and session %+v; want rotated, or replayed if no answer came: %t",
				held, verdict, err, stored, waiting)
		}
		if waiting {
			unanswered[verdict]++
			// A busy server may get to what the process had sent only now. It
			// would be taken for a theft if the client had refreshed twice
			// before, which takes a client minutes, and this test no time.
			time.Sleep(50 * time.Millisecond)
		}
		held++
	}
	if feed, ok := store.(revocation.Store); ok {
		follow := follower{store: feed}
		follow.read(t.Context(), t)
		for _, value := range follow.seen {
			delete(acknowledged, value)
		}
		if len(acknowledged) > 0 {
			t.Errorf("revocations that were acknowledged, and are lost: %v", acknowledged)
		}
	}
	t.Logf("%d kills, %d refreshes, 0 lost; unanswered when killed: %v", kills, refreshes, unanswered)
}

// runVictim runs a process until it is killed, soon after its first refresh. It
// returns the generation that the process held last, and whether it waited for
// the answer to another.
func runVictim(t *testing.T, v victim) (held int64, waiting bool, done int) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	order, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Env = append(os.Environ(), killVariable+"="+string(order))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	held = v.Generation
	for lines := bufio.NewScanner(out); lines.Scan(); {
		word, rest, _ := strings.Cut(lines.Text(), " ")
		generation, err := strconv.ParseInt(rest, 10, 64)
		if err != nil || word == "try" && generation != held || word == "ok" && generation != held+1 {
			t.Errorf("the process that holds generation %d says %q", held, lines.Text())
		}
		waiting = word == "try"
		if word == "ok" {
			if done == 0 {
				time.AfterFunc(rand.N(10*time.Millisecond), func() { _ = cmd.Process.Kill() })
			}
			done++
			held = generation
		}
	}
	_ = cmd.Wait() // killed, as it should be
	return held, waiting, done
}
