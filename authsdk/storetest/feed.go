package storetest

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/revocation"
)

// headOf returns the head.
func headOf(t *testing.T, store revocation.Store, now time.Time) revocation.Head {
	t.Helper()
	head, _, err := store.Revocations(t.Context(), now, 0, 1)
	if err != nil {
		t.Fatalf("Revocations: %v", err)
	}
	return head
}

func renew(t *testing.T, store revocation.Store, epoch string, created time.Time) {
	t.Helper()
	if err := store.RenewRevocations(t.Context(), epoch, created); err != nil {
		t.Fatalf("RenewRevocations: %v", err)
	}
}

func feedRenews(t *testing.T, f Feed) {
	renew(t, f.One, "nothing was asked", start) // there is none to renew
	entry := newEntry(revocation.Session, "0123456789abcdef")
	appendTo(t, f.One, entry)
	first := entriesOf(t, f.One, numbered(entry)...)
	renew(t, f.Other, "another", start.Add(time.Hour))
	renew(t, f.Other, "", start.Add(time.Hour))
	same(t, "head after another epoch was renewed", headOf(t, f.One, start), first)
	renew(t, f.Other, first.Epoch, start.Add(time.Hour))
	second := entriesOf(t, f.One, numbered(entry)...)
	if second.Epoch == first.Epoch || !second.Created.Equal(start.Add(time.Hour)) || second.Seq != 1 {
		t.Errorf("head after RenewRevocations: got %+v, want another epoch, since an hour later, with number 1", second)
	}
	renew(t, f.One, second.Epoch, time.Time{})
	third := entriesOf(t, f.Other, numbered(entry)...)
	if third.Epoch == second.Epoch || !third.Created.IsZero() {
		t.Errorf("head after RenewRevocations with the zero time: got %+v, want another epoch, without a beginning", third)
	}
}

func feedRenewsOnce(t *testing.T, f Feed) {
	first := headOf(t, f.One, start)
	epochs := map[string]bool{}
	for _, head := range together(16, func(i int) revocation.Head {
		store := []revocation.Store{f.One, f.Other}[i%2]
		if err := store.RenewRevocations(t.Context(), first.Epoch, start.Add(time.Minute)); err != nil {
			t.Errorf("RenewRevocations: %v", err)
		}
		head, _, err := store.Revocations(t.Context(), start, 0, 1)
		if err != nil {
			t.Errorf("Revocations: %v", err)
		}
		return head
	}) {
		epochs[head.Epoch] = true
	}
	if len(epochs) != 1 || epochs[first.Epoch] {
		t.Errorf("epochs after 16 have renewed %s: got %v, want another one", first.Epoch, epochs)
	}
}

func feedWiped(t *testing.T, f Feed) {
	if f.Wipe == nil {
		t.Skip("it cannot be wiped while it is in use")
	}
	for range 3 {
		appendTo(t, f.One, newEntry(revocation.Session, "0123456789abcdef"))
	}
	first := headOf(t, f.Other, start)
	f.Wipe()
	later := start.Add(time.Hour)
	second := headOf(t, f.One, later)
	same(t, "head after the store was wiped", second, revocation.Head{Epoch: second.Epoch, Created: later})
	if second.Epoch == first.Epoch {
		t.Errorf("epoch after the store was wiped: got the same")
	}
	appendTo(t, f.Other, newEntry(revocation.Token, "0123456789abcdef"))
	entriesOf(t, f.One, numbered(newEntry(revocation.Token, "0123456789abcdef"))...)
	f.Wipe()
	appendTo(t, f.One, newEntry(revocation.Token, "0123456789abcdef"))
	if third := entriesOf(t, f.Other, numbered(newEntry(revocation.Token, "0123456789abcdef"))...); third.Epoch == second.Epoch {
		t.Errorf("epoch after the store was wiped, and written to first: got the same")
	}
}

// follower reads a feed as a list does, and sees that no number is missing.
type follower struct {
	store revocation.Store
	seq   int64
	seen  []string
}

func (f *follower) read(ctx context.Context, t *testing.T) {
	t.Helper()
	const limit = 5
	for {
		head, entries, err := f.store.Revocations(ctx, start, f.seq, limit)
		if err != nil {
			t.Errorf("Revocations: %v", err)
			return
		}
		for _, e := range entries {
			if e.Seq != f.seq+1 {
				t.Errorf("Revocations: got number %d after %d", e.Seq, f.seq)
			}
			f.seq = e.Seq
			f.seen = append(f.seen, e.Value)
		}
		if len(entries) < limit {
			if head.Seq != f.seq {
				t.Errorf("Revocations: got number %d in the head, and %d in the last entry", head.Seq, f.seq)
			}
			return
		}
	}
}

// feedRace lets several append at the same time while another follows.
func feedRace(t *testing.T, f Feed) {
	follow := follower{store: f.Other}
	done := make(chan struct{})
	var following sync.WaitGroup
	following.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
				follow.read(t.Context(), t)
			}
		}
	})
	const callers = 8
	calls := rounds(30)
	together(callers, func(i int) any {
		store := []revocation.Store{f.One, f.Other}[i%2]
		for n := range calls {
			some := make([]revocation.Entry, 1+(i+n)%3)
			for part := range some {
				some[part] = newEntry(revocation.Session, fmt.Sprintf("caller-%d-%d-%d", i, n, part))
			}
			if err := store.AppendRevocations(t.Context(), start, some...); err != nil {
				t.Errorf("AppendRevocations: %v", err)
			}
		}
		return nil
	})
	close(done)
	following.Wait()
	follow.read(t.Context(), t)
	want := map[string]bool{}
	for i := range callers {
		for n := range calls {
			for part := range 1 + (i+n)%3 {
				want[fmt.Sprintf("caller-%d-%d-%d", i, n, part)] = true
			}
		}
	}
	got := map[string]bool{}
	for _, value := range follow.seen {
		got[value] = true
	}
	same(t, "what the follower has seen", got, want)
	if len(follow.seen) != len(want) {
		t.Errorf("the follower has seen %d entries, want each once: %d", len(follow.seen), len(want))
	}
}

// feedAborted gives callers too little time. What is there must be whole.
func feedAborted(t *testing.T, f Feed) {
	acknowledged := make([]map[string]bool, 8)
	together(len(acknowledged), func(i int) any {
		acknowledged[i] = map[string]bool{}
		for n := range rounds(30) {
			ctx, cancel := context.WithTimeout(t.Context(), rand.N(3*time.Millisecond))
			a, b := fmt.Sprintf("caller-%d-%d-a", i, n), fmt.Sprintf("caller-%d-%d-b", i, n)
			err := f.One.AppendRevocations(ctx, start, newEntry(revocation.Token, a), newEntry(revocation.Token, b))
			cancel()
			if err == nil {
				acknowledged[i][a] = true
			}
		}
		return nil
	})
	time.Sleep(50 * time.Millisecond) // what was given up may be executed late
	follow := follower{store: f.Other}
	follow.read(t.Context(), t)
	seen := map[string]bool{}
	for i, value := range follow.seen {
		seen[value] = true
		first, isSecond := value[:len(value)-1]+"a", value[len(value)-1] == 'b'
		if isSecond && (i == 0 || follow.seen[i-1] != first) || !isSecond && (i+1 == len(follow.seen) || follow.seen[i+1] == first) {
			t.Errorf("entry %d of %d is %s alone, want both of the call", i+1, len(follow.seen), value)
		}
	}
	for i := range acknowledged {
		for value := range acknowledged[i] {
			if !seen[value] {
				t.Errorf("%s was acknowledged and is lost", value)
			}
		}
	}
}

func feedWakes(t *testing.T, f Feed) {
	listener, ok := f.One.(revocation.Listener)
	if !ok {
		t.Skip("it does not tell")
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	woken := make(chan struct{}, 1000)
	ended := make(chan error, 1)
	go func() { ended <- listener.ListenRevocations(ctx, func() { woken <- struct{}{} }) }()
	wake := func(what string) {
		t.Helper()
		select {
		case <-woken:
		case <-time.After(5 * time.Second):
			t.Fatalf("%s: nobody was woken", what)
		}
	}
	wake("the beginning")
	for range 3 {
		appendTo(t, f.Other, newEntry(revocation.Token, "0123456789abcdef"))
		wake("an entry that another program adds")
	}
	cancel()
	select {
	case err := <-ended:
		if err == nil {
			t.Error("ListenRevocations after its context ended: got no error, want one")
		}
	case <-time.After(5 * time.Second):
		t.Error("ListenRevocations did not end with its context")
	}
}
