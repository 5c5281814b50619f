package storetest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/revocation"
)

// Feed is the revocations of one place, as two programs see them.
type Feed struct {
	// One and Other are two stores over the same, new and empty. What exists
	// in one process alone is the same store twice.
	One, Other revocation.Store
	// Wipe lets the place lose everything, as a server that starts anew without
	// its data, while the stores are in use. Nil where that cannot be.
	Wipe func()
}

// RunRevocations tests a revocation.Store, and a revocation.Listener if it is
// one, as Run does a session.Store. NewFeed opens it twice.
func RunRevocations(t *testing.T, newFeed func(t *testing.T) Feed) {
	t.Helper()
	run(t, "revocations", newFeed, []contract[Feed]{
		{"head/of an empty feed", feedEmpty},
		{"head/made once", feedOneHead},
		{"append/keeps everything", feedKeepsEverything},
		{"append/keeps milliseconds and nothing finer", feedKeepsMilliseconds},
		{"append/nothing", feedAppendsNothing},
		{"append/shares no memory", feedSharesNoMemory},
		{"read/in batches", feedBatches},
		{"prune/what expired before", feedPrunes},
		{"prune/no more than the limit", feedPrunesToLimit},
		{"renew/the epoch that is known", feedRenews},
		{"renew/one of several", feedRenewsOnce},
		{"wipe/begins an epoch", feedWiped},
		{"race/numbers without a gap, in the order they are seen", feedRace},
		{"race/all or none of a call that was given up", feedAborted},
		{"listen/wakes", feedWakes},
		{"context/ended before the call", feedContextEnded},
	})
}

func newEntry(kind revocation.Kind, value string) revocation.Entry {
	return revocation.Entry{Kind: kind, Value: value, At: start, Expires: start.Add(time.Hour)}
}

func appendTo(t *testing.T, store revocation.Store, entries ...revocation.Entry) {
	t.Helper()
	if err := store.AppendRevocations(t.Context(), start, entries...); err != nil {
		t.Fatalf("AppendRevocations: %v", err)
	}
}

// entriesOf checks what the feed has, and returns its head.
func entriesOf(t *testing.T, store revocation.Store, want ...revocation.Entry) revocation.Head {
	t.Helper()
	head, got, err := store.Revocations(t.Context(), start, 0, len(want)+1)
	if err != nil {
		t.Fatalf("Revocations: %v", err)
	}
	same(t, "Revocations", got, want)
	if head.Epoch == "" || len(head.Epoch) > 64 {
		t.Errorf("Revocations: got epoch %q, want 1 to 64 characters", head.Epoch)
	}
	return head
}

func numbered(entries ...revocation.Entry) []revocation.Entry {
	for i := range entries {
		entries[i].Seq = int64(i + 1)
	}
	return entries
}

func feedEmpty(t *testing.T, f Feed) {
	head := entriesOf(t, f.One)
	same(t, "head", head, revocation.Head{Epoch: head.Epoch, Created: start})
	later, _, err := f.Other.Revocations(t.Context(), start.Add(time.Hour), 0, 10)
	if err != nil {
		t.Fatalf("Revocations: %v", err)
	}
	same(t, "head an hour later", later, head)
}

func feedOneHead(t *testing.T, f Feed) {
	epochs := map[string]bool{}
	for _, head := range together(16, func(i int) revocation.Head {
		store := []revocation.Store{f.One, f.Other}[i%2]
		head, _, err := store.Revocations(t.Context(), start, 0, 1)
		if err != nil {
			t.Errorf("Revocations: %v", err)
		}
		return head
	}) {
		epochs[head.Epoch] = true
	}
	if len(epochs) != 1 {
		t.Errorf("epochs of 16 first calls: got %v, want one", epochs)
	}
}

func feedKeepsEverything(t *testing.T, f Feed) {
	want := numbered(
		newEntry(revocation.Token, "0123456789abcdef"),
		newEntry(revocation.Session, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
		newEntry(revocation.Subject, "alice"),
		newEntry(revocation.Subject, "Alice "),
		newEntry(revocation.Subject, "1:2:3:4:5::"),
		newEntry(revocation.Subject, "Łódź 🔑 ' \" \\ %s"),
		newEntry(revocation.Subject, strings.Repeat("é", 127)),
		newEntry(revocation.Token, "0123456789abcdef"),
	)
	want[2].Expires = start.Add(400 * 24 * time.Hour)
	want[3].Expires = time.Unix(1<<32-1, 0).UTC()
	appendTo(t, f.One, want[:3]...)
	appendTo(t, f.Other, want[3:]...)
	for _, store := range []revocation.Store{f.One, f.Other} {
		if head := entriesOf(t, store, want...); head.Seq != int64(len(want)) || !head.Created.Equal(start) {
			t.Errorf("head: got %+v, want number %d since %s", head, len(want), start)
		}
	}
}

func feedKeepsMilliseconds(t *testing.T, f Feed) {
	fine := newEntry(revocation.Subject, "alice")
	fine.At = start.Add(999 * time.Microsecond).In(time.FixedZone("elsewhere", 3600))
	fine.Expires = fine.Expires.Add(999 * time.Microsecond)
	appendTo(t, f.One, fine)
	entriesOf(t, f.One, numbered(newEntry(revocation.Subject, "alice"))...)
}

func feedAppendsNothing(t *testing.T, f Feed) {
	appendTo(t, f.One)
	if head := entriesOf(t, f.Other); head.Seq != 0 {
		t.Errorf("head: got %+v, want number 0", head)
	}
}

func feedSharesNoMemory(t *testing.T, f Feed) {
	given := []revocation.Entry{newEntry(revocation.Token, "0123456789abcdef")}
	appendTo(t, f.One, given...)
	if given[0].Seq != 0 {
		t.Errorf("AppendRevocations changed what it was given: %+v", given[0])
	}
	given[0].Value = "X"
	_, got, err := f.One.Revocations(t.Context(), start, 0, 1)
	if err != nil || len(got) != 1 {
		t.Fatalf("Revocations: got %+v and error %v, want one", got, err)
	}
	got[0].Value = "Y"
	entriesOf(t, f.One, numbered(newEntry(revocation.Token, "0123456789abcdef"))...)
}

func feedBatches(t *testing.T, f Feed) {
	var want []revocation.Entry
	for i := range 7 {
		want = append(want, newEntry(revocation.Session, "session-"+string(rune('a'+i))))
	}
	appendTo(t, f.One, want...)
	want = numbered(want...)
	for _, c := range []struct {
		after int64
		limit int
		want  []revocation.Entry
	}{
		{0, 3, want[:3]},
		{3, 3, want[3:6]},
		{6, 3, want[6:]},
		{7, 3, nil},
		{100, 3, nil},
		{0, 7, want},
		{0, 0, nil},
		{0, -1, nil},
	} {
		head, got, err := f.Other.Revocations(t.Context(), start, c.after, c.limit)
		if err != nil || head.Seq != 7 {
			t.Fatalf("Revocations(after %d, limit %d): got %+v and error %v, want number 7", c.after, c.limit, head, err)
		}
		same(t, "Revocations", got, c.want)
	}
}

func feedPrunes(t *testing.T, f Feed) {
	entries := []revocation.Entry{
		newEntry(revocation.Token, "a"), newEntry(revocation.Session, "b"),
		newEntry(revocation.Subject, "c"), newEntry(revocation.Token, "d"),
	}
	entries[1].Expires = start.Add(2 * time.Hour)
	appendTo(t, f.One, entries...)
	want := numbered(entries...)
	pruneFeed(t, f.Other, start.Add(time.Hour), 10, 0) // what expires at that moment has not expired before
	pruneFeed(t, f.Other, start.Add(time.Hour+time.Millisecond), 10, 3)
	pruneFeed(t, f.One, start.Add(time.Hour+time.Millisecond), 10, 0)
	if head := entriesOf(t, f.One, want[1]); head.Seq != 4 {
		t.Errorf("head after pruning: got %+v, want number 4", head)
	}
	pruneFeed(t, f.One, start.Add(24*time.Hour), 10, 1)
	before := entriesOf(t, f.Other)
	next := newEntry(revocation.Token, "e")
	appendTo(t, f.Other, next)
	next.Seq = 5
	if head := entriesOf(t, f.One, next); head.Epoch != before.Epoch || head.Seq != 5 {
		t.Errorf("head after all was pruned: got %+v, want number 5 in the epoch of %+v", head, before)
	}
}

func pruneFeed(t *testing.T, store revocation.Store, before time.Time, limit, want int) {
	t.Helper()
	if n, err := store.PruneRevocations(t.Context(), before, limit); err != nil || n != want {
		t.Errorf("PruneRevocations(%s, %d): got %d and error %v, want %d", before, limit, n, err, want)
	}
}

func feedPrunesToLimit(t *testing.T, f Feed) {
	for range 5 {
		appendTo(t, f.One, newEntry(revocation.Token, "a"), newEntry(revocation.Token, "b"))
	}
	later := start.Add(24 * time.Hour)
	for _, c := range []struct{ limit, want int }{{0, 0}, {-1, 0}, {4, 4}, {4, 4}, {4, 2}, {4, 0}} {
		pruneFeed(t, f.One, later, c.limit, c.want)
	}
	entriesOf(t, f.One)
}

func feedContextEnded(t *testing.T, f Feed) {
	entry := newEntry(revocation.Token, "0123456789abcdef")
	appendTo(t, f.One, entry)
	head := entriesOf(t, f.One, numbered(entry)...)
	for name, do := range map[string]func(context.Context) error{
		"AppendRevocations": func(ctx context.Context) error { return f.One.AppendRevocations(ctx, start, entry) },
		"Revocations": func(ctx context.Context) error {
			_, _, err := f.One.Revocations(ctx, start, 0, 10)
			return err
		},
		"PruneRevocations": func(ctx context.Context) error {
			_, err := f.One.PruneRevocations(ctx, start.Add(24*time.Hour), 10)
			return err
		},
		"RenewRevocations": func(ctx context.Context) error { return f.One.RenewRevocations(ctx, head.Epoch, start) },
	} {
		refusesEnded(t, name, do)
	}
	if listener, ok := f.One.(revocation.Listener); ok {
		refusesEnded(t, "ListenRevocations", func(ctx context.Context) error { return listener.ListenRevocations(ctx, func() {}) })
	}
	same(t, "head after calls with ended contexts", entriesOf(t, f.One, numbered(entry)...), head)
}
