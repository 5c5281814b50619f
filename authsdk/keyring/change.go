package keyring

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
)

// Timing is how long the parts of a key's life are.
type Timing struct {
	// Ahead is how long a key is published before it signs: at least as long
	// as others keep the published set, and as replicas take to load the ring.
	// Zero means 15 minutes.
	Ahead time.Duration
	// AtOnce lets the key sign at once instead: where nobody else keeps the set.
	AtOnce bool
	// Keep is how long a key verifies after it has stopped signing: the
	// longest lifetime of a token. Zero means 90 days, the longest life of a
	// session by default.
	Keep time.Duration
}

const (
	defaultAhead = 15 * time.Minute
	defaultKeep  = 90 * 24 * time.Hour
	maxAhead     = 30 * 24 * time.Hour
	maxKeep      = 400 * 24 * time.Hour
)

func (t Timing) defaults() Timing {
	if t.Ahead == 0 && !t.AtOnce {
		t.Ahead = defaultAhead
	}
	if t.Keep == 0 {
		t.Keep = defaultKeep
	}
	return t
}

func (t Timing) check() error {
	var errs []error
	if t.Ahead < 0 || t.Ahead > maxAhead {
		errs = append(errs, fmt.Errorf("Ahead is %s: it must lie between 0 (the default, %s) and %s", t.Ahead, defaultAhead, maxAhead))
	}
	if t.Ahead != 0 && t.AtOnce {
		errs = append(errs, errors.New("Ahead and AtOnce exclude each other"))
	}
	if t.Keep < 0 || t.Keep > maxKeep {
		errs = append(errs, fmt.Errorf("Keep is %s: it must lie between 0 (the default, %s) and %s", t.Keep, defaultKeep, maxKeep))
	}
	return errors.Join(errs...)
}

// ErrPending is returned where a key is waiting to sign already.
var ErrPending = errors.New("keyring: a key is waiting to sign already")

// Rotate adds key, which signs after t.Ahead. The keys that sign until then
// verify for t.Keep more. A ring that cannot sign uses the key at once. The
// error wraps ErrPending if another key is waiting.
func (r *Ring) Rotate(key *authsdk.Key, now time.Time, t Timing) (*Ring, error) {
	if err := t.check(); err != nil {
		return nil, fmt.Errorf("keyring: %w", err)
	}
	if !key.CanSign() {
		return nil, errors.New("keyring: the key holds no private half, so it cannot sign")
	}
	t = t.defaults()
	now = now.Truncate(time.Second)
	activate := now.Add(t.Ahead)
	if r.signer(now) < 0 {
		activate = now
	}
	entries := []Entry{{Key: key, Created: now, Activate: activate}}
	for _, e := range r.spent(now) {
		if now.Before(e.Activate) {
			return nil, fmt.Errorf("%w: %s from %s on", ErrPending, e.Key.ID(), e.Activate.Format(time.RFC3339))
		}
		if last := activate.Add(t.Keep); e.Expire.IsZero() || e.Expire.After(last) {
			e.Expire = last
		}
		entries = append(entries, e)
	}
	return New(entries...)
}

// Retire lets a key verify for t.Keep more and sign no longer: another key
// must be able to, or wait to, which it then does at once.
func (r *Ring) Retire(id string, now time.Time, t Timing) (*Ring, error) {
	if err := t.check(); err != nil {
		return nil, fmt.Errorf("keyring: %w", err)
	}
	now = now.Truncate(time.Second)
	last := now.Add(t.defaults().Keep)
	return r.without(id, now, func(e Entry) (Entry, bool) {
		if e.Expire.IsZero() || e.Expire.After(last) {
			e.Expire = last
		}
		if e.Activate.After(now) { // it has never signed
			return e, false
		}
		e.Key = e.Key.VerifyOnly()
		return e, true
	})
}

// Remove takes a key out at once, with every token that it has signed: for one
// that somebody else may have. A key that waits takes its place, if it was the
// one that signed.
func (r *Ring) Remove(id string, now time.Time) (*Ring, error) {
	return r.without(id, now.Truncate(time.Second), func(e Entry) (Entry, bool) { return e, false })
}

// without changes or drops the entry of a key, and lets the key that waits sign
// at once if none would be left.
func (r *Ring) without(id string, now time.Time, change func(Entry) (Entry, bool)) (*Ring, error) {
	var entries []Entry
	found := false
	for _, e := range r.spent(now) {
		if e.Key.ID() != id {
			entries = append(entries, e)
			continue
		}
		found = true
		if changed, stays := change(e); stays {
			entries = append(entries, changed)
		}
	}
	if !found {
		return nil, fmt.Errorf("keyring: there is no key %s", id)
	}
	next := &Ring{entries: entries}
	if r.signer(now) >= 0 && next.signer(now) < 0 {
		for i := range entries {
			if e := &entries[i]; e.Key.CanSign() && now.Before(e.Activate) {
				e.Activate = now
			}
		}
		if next.signer(now) < 0 {
			return nil, errors.New("keyring: no other key could sign: rotate first, or add one")
		}
	}
	return New(entries...)
}

// spent returns the entries, of which those that another one has taken the
// place of can sign no longer: nothing brings them back.
func (r *Ring) spent(now time.Time) []Entry {
	entries := slices.Clone(r.entries)
	if signer := r.signer(now); signer >= 0 {
		for i := signer + 1; i < len(entries); i++ {
			entries[i].Key = entries[i].Key.VerifyOnly()
		}
	}
	return entries
}

// Prune leaves out the keys that have expired. The one that signs stays.
func (r *Ring) Prune(now time.Time) *Ring {
	var entries []Entry
	for _, e := range r.entries {
		if !e.expired(now) {
			entries = append(entries, e)
		}
	}
	return &Ring{entries: entries}
}
