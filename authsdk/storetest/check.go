package storetest

import (
	"context"
	"crypto/rand"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/authsdk/authsdk-go/authsdk/session"
)

// start is when everything begins. Its milliseconds must not get lost.
var start = time.Date(2026, time.March, 29, 1, 59, 59, 987e6, time.UTC)

// reporter is what *testing.T and *rapid.T have in common.
type reporter interface {
	Helper()
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// newSession is a session that was created at start and not refreshed since.
func newSession(subject string) session.Session {
	return session.Session{
		ID: rand.Text(), Subject: subject, Label: "Firefox",
		RotatedAt: start, CreatedAt: start, AuthTime: start, LastSeen: start,
		IdleExpires: start.Add(time.Hour), Expires: start.Add(24 * time.Hour),
		CSRFSecret: []byte(rand.Text()),
	}
}

// newRotation presents the token of a generation of s, with every tolerance off.
func newRotation(s session.Session, generation int64, now time.Time) session.Rotation {
	return session.Rotation{SessionID: s.ID, Generation: generation, Now: now, IdleTTL: time.Hour}
}

func create(t *testing.T, store session.Store, s session.Session) session.Session {
	t.Helper()
	evicted, err := store.CreateSession(t.Context(), s, 0)
	if err != nil || len(evicted) > 0 {
		t.Fatalf("CreateSession without a limit: got evicted %q, error %v, want none", evicted, err)
	}
	return s
}

func rotate(t *testing.T, store session.Store, r session.Rotation, want session.Verdict) session.Session {
	t.Helper()
	stored, verdict, err := store.RotateSession(t.Context(), r)
	if err != nil {
		t.Fatalf("RotateSession(generation %d): %v", r.Generation, err)
	}
	if verdict != want {
		t.Fatalf("RotateSession(generation %d): got verdict %s, want %s; session %+v", r.Generation, verdict, want, stored)
	}
	return stored
}

// stored checks that the store has want.
func stored(t *testing.T, store session.Store, want session.Session) {
	t.Helper()
	got, err := store.Session(t.Context(), want.ID)
	if err != nil {
		t.Fatalf("Session(%s): %v", want.ID, err)
	}
	same(t, "Session", got, want)
}

// same compares with what is equal to callers: instants, not time zones, and
// an absent slice is an empty one.
func same(t reporter, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s: got (+) is not what we want (-):\n%s", what, diff)
	}
}

// sameIDs compares IDs whose order means nothing.
func sameIDs(t reporter, what string, got []string, want ...string) {
	t.Helper()
	same(t, what, slices.Sorted(slices.Values(got)), slices.Sorted(slices.Values(want)))
}

// byID sorts sessions that may stand in any order.
func byID(list []session.Session) []session.Session {
	return slices.SortedFunc(slices.Values(list), func(a, b session.Session) int { return strings.Compare(a.ID, b.ID) })
}

func ids(list []session.Session) []string {
	out := make([]string, len(list))
	for i, s := range list {
		out[i] = s.ID
	}
	return out
}

// rounds is how often a race is run.
func rounds(n int) int {
	if testing.Short() {
		return max(1, n/6)
	}
	return n
}

// together calls do n times at the same moment and returns what they returned.
func together[T any](n int, do func(i int) T) []T {
	var (
		ready, done sync.WaitGroup
		gate        = make(chan struct{})
		results     = make([]T, n)
	)
	ready.Add(n)
	for i := range n {
		done.Go(func() {
			ready.Done()
			<-gate
			results[i] = do(i)
		})
	}
	ready.Wait()
	close(gate)
	done.Wait()
	return results
}

// outcome is what one of several concurrent rotations returned.
type outcome struct {
	session session.Session
	verdict session.Verdict
	err     error
}

// rotateTogether lets n callers present the same token at the same moment.
func rotateTogether(ctx context.Context, store session.Store, n int, r session.Rotation) []outcome {
	return together(n, func(int) outcome {
		var o outcome
		o.session, o.verdict, o.err = store.RotateSession(ctx, r)
		return o
	})
}

// verdicts counts the outcomes and compares them with want.
func verdicts(t *testing.T, outcomes []outcome, want map[session.Verdict]int) {
	t.Helper()
	got := map[session.Verdict]int{}
	for _, o := range outcomes {
		if o.err != nil {
			t.Fatalf("RotateSession by one of %d callers: %v", len(outcomes), o.err)
		}
		got[o.verdict]++
	}
	same(t, "verdicts", got, want)
}
