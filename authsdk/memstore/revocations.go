package memstore

import (
	"cmp"
	"context"
	"crypto/rand"
	"slices"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/revocation"
)

var (
	_ revocation.Store    = (*Store)(nil)
	_ revocation.Listener = (*Store)(nil)
)

// feed is the revocations.
type feed struct {
	head    revocation.Head
	entries []revocation.Entry // by Seq
	// gone is how many places before the first entry are empty.
	gone int
	// added is closed when something is added.
	added chan struct{}
}

// begin makes the head where there is none.
func (f *feed) begin(now time.Time) {
	if f.head.Epoch == "" {
		f.head = revocation.Head{Epoch: rand.Text(), Created: milli(now)}
	}
}

// AppendRevocations implements [revocation.Store].
func (s *Store) AppendRevocations(ctx context.Context, now time.Time, entries ...revocation.Entry) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	s.feed.begin(now)
	for _, e := range entries {
		s.feed.head.Seq++
		e.Seq, e.At, e.Expires = s.feed.head.Seq, milli(e.At), milli(e.Expires)
		s.feed.entries = append(s.feed.entries, e)
	}
	close(s.feed.added)
	s.feed.added = make(chan struct{})
	return nil
}

// Revocations implements [revocation.Store].
func (s *Store) Revocations(
	ctx context.Context, now time.Time, after int64, limit int,
) (revocation.Head, []revocation.Entry, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return revocation.Head{}, nil, err
	}
	defer unlock()
	s.feed.begin(now)
	first, _ := slices.BinarySearchFunc(s.feed.entries, after+1, func(e revocation.Entry, seq int64) int {
		return cmp.Compare(e.Seq, seq)
	})
	found := s.feed.entries[first:]
	return s.feed.head, slices.Clone(found[:min(len(found), max(limit, 0))]), nil
}

// PruneRevocations implements [revocation.Store].
func (s *Store) PruneRevocations(ctx context.Context, before time.Time, limit int) (int, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return 0, err
	}
	defer unlock()
	return s.feed.prune(milli(before), limit), nil
}

// prune looks no further than it must: mostly the oldest entries are the first
// to expire.
func (f *feed) prune(before time.Time, limit int) (deleted int) {
	expired := func(e revocation.Entry) bool {
		if deleted >= limit || !e.Expires.Before(before) {
			return false
		}
		deleted++
		return true
	}
	for len(f.entries) > 0 && expired(f.entries[0]) {
		f.entries[0] = revocation.Entry{}
		f.entries = f.entries[1:]
		f.gone++
	}
	if deleted < limit {
		f.entries = slices.DeleteFunc(f.entries, expired)
	}
	if f.gone > len(f.entries) {
		f.entries, f.gone = slices.Clone(f.entries), 0
	}
	return deleted
}

// RenewRevocations implements [revocation.Store].
func (s *Store) RenewRevocations(ctx context.Context, epoch string, created time.Time) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if s.feed.head.Epoch == epoch && epoch != "" {
		s.feed.head.Epoch, s.feed.head.Created = rand.Text(), milli(created)
	}
	return nil
}

// ListenRevocations implements [revocation.Listener].
func (s *Store) ListenRevocations(ctx context.Context, wake func()) error {
	for {
		unlock, err := s.lock(ctx)
		if err != nil {
			return err
		}
		added := s.feed.added
		unlock()
		wake()
		select {
		case <-added:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
