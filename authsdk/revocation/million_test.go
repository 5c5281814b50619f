package revocation_test

import (
	"runtime"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/memstore"
	"github.com/authsdk/authsdk-go/authsdk/revocation"
)

// TestMillion is promise P-18: a million revocations of tokens that live for a
// minute leave list and store as they were.
func TestMillion(t *testing.T) {
	if testing.Short() || revocation.Raced {
		t.Skip("a million entries")
	}
	now := time.Date(2026, time.March, 29, 1, 59, 59, 0, time.UTC)
	base := revocation.Heap()
	store := memstore.New()
	lists := make([]*revocation.List, 2)
	for i := range lists {
		var err error
		lists[i], err = revocation.New(revocation.Config{Store: store, TokenTTL: time.Minute, Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
	}
	const each = 10_000
	for n := 0; n < revocation.Million; n += each {
		ids := make([]string, each)
		for i := range ids {
			ids[i] = revocation.ID(n + i)
		}
		if err := lists[0].RevokeSession(t.Context(), ids...); err != nil {
			t.Fatal(err)
		}
	}
	begun := time.Now()
	if err := lists[1].CatchUp(t.Context()); err != nil {
		t.Fatal(err)
	}
	loaded := time.Since(begun)
	c := authsdk.Claims{ID: revocation.ID(1), SessionID: revocation.ID(revocation.Million - 1), Subject: "alice", IssuedAt: now}
	for _, l := range lists {
		if got := l.Status().Entries; got != revocation.Million {
			t.Errorf("entries: got %d, want a million", got)
		}
		if revoked, err := l.Revoked(t.Context(), &c); !revoked || err != nil {
			t.Errorf("Revoked: got %t and error %v", revoked, err)
		}
	}
	full := revocation.Heap() - base
	now = now.Add(2 * time.Hour)
	begun = time.Now()
	if n, err := revocation.Prune(t.Context(), store, now); n != revocation.Million || err != nil {
		t.Errorf("Prune: got %d and error %v, want a million", n, err)
	}
	pruned := time.Since(begun)
	for _, l := range lists {
		if err := l.CatchUp(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := l.Status().Entries; got != 0 {
			t.Errorf("entries after their end: got %d, want none", got)
		}
	}
	left := revocation.Heap() - base
	t.Logf("a million entries: %d MiB, loaded in %s, pruned in %s; %d KiB left", full>>20, loaded, pruned, left>>10)
	if left > 1<<20 {
		t.Errorf("memory after all have ended: got %d KiB more than before, want at most 1 MiB", left>>10)
	}
	runtime.KeepAlive(lists)
	runtime.KeepAlive(store)
}

// BenchmarkRevoked asks about a live token when a million sessions, tokens and
// subjects are revoked.
func BenchmarkRevoked(b *testing.B) {
	for name, kinds := range map[string][]revocation.Kind{"sessions": {revocation.Session}, "all": {revocation.Token, revocation.Session, revocation.Subject}} {
		b.Run(name, func(b *testing.B) {
			now := time.Now()
			l, err := revocation.New(revocation.Config{Store: memstore.New(), Now: func() time.Time { return now }}) // the clock costs as much again
			if err != nil {
				b.Fatal(err)
			}
			entries := make([]revocation.Entry, 0, revocation.Million)
			for _, kind := range kinds {
				entries = entries[:0]
				for i := range revocation.Million {
					entries = append(entries, revocation.Entry{Kind: kind, Value: revocation.ID(i), At: now, Expires: now.Add(time.Hour)})
				}
				l.Apply(now, entries)
			}
			if err := l.CatchUp(b.Context()); err != nil {
				b.Fatal(err)
			}
			claims := make([]authsdk.Claims, 1<<12)
			for i := range claims {
				claims[i] = authsdk.Claims{ID: revocation.ID(revocation.Million + 3*i), SessionID: revocation.ID(revocation.Million + 3*i + 1), Subject: revocation.ID(revocation.Million + 3*i + 2), IssuedAt: now}
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if revoked, err := l.Revoked(b.Context(), &claims[i&(len(claims)-1)]); revoked || err != nil {
					b.Fatal(revoked, err)
				}
			}
		})
	}
}
