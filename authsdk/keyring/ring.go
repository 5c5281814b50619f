package keyring

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
)

// Ring is a set of keys with their times. It is immutable: what changes it
// returns another one.
type Ring struct {
	entries []Entry // by Activate, the latest first
}

// New makes a ring. Keys must have different IDs.
func New(entries ...Entry) (*Ring, error) {
	r := &Ring{entries: slices.Clone(entries)}
	var errs []error
	seen := map[string]bool{}
	for i := range r.entries {
		e := &r.entries[i]
		if e.Key == nil || e.Key.ID() == "" {
			return nil, errors.New("keyring: an entry has no key")
		}
		if seen[e.Key.ID()] {
			errs = append(errs, fmt.Errorf("two keys have the ID %s", e.Key.ID()))
		}
		seen[e.Key.ID()] = true
		if !e.Expire.IsZero() && !e.Expire.After(e.Activate) {
			errs = append(errs, fmt.Errorf("key %s expires before it signs", e.Key.ID()))
		}
		e.Created, e.Activate, e.Expire = e.Created.Truncate(time.Second), e.Activate.Truncate(time.Second), e.Expire.Truncate(time.Second)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("keyring: %w", err)
	}
	slices.SortStableFunc(r.entries, func(a, b Entry) int { return b.Activate.Compare(a.Activate) })
	return r, nil
}

// Entries returns the keys, the latest first.
func (r *Ring) Entries() []Entry { return slices.Clone(r.entries) }

// State returns what the key with an ID does at now; a key that the ring does
// not have is retired.
func (r *Ring) State(id string, now time.Time) State {
	signer := r.signer(now)
	for i := range r.entries {
		e := &r.entries[i]
		switch {
		case e.Key.ID() != id || e.expired(now):
		case i == signer:
			return Active
		case now.Before(e.Activate):
			return Next
		default:
			return Retiring
		}
	}
	return Retired
}

// signer returns the index of the key that signs at now, or -1.
func (r *Ring) signer(now time.Time) int {
	return slices.IndexFunc(r.entries, func(e Entry) bool { return e.signs(now) })
}

// KeySet returns the keys as they are at now, those that have expired left out,
// and until when it stays as it is: zero if no time is known.
func (r *Ring) KeySet(now time.Time) (keys *authsdk.KeySet, until time.Time, err error) {
	signer := r.signer(now)
	var signs, others []*authsdk.Key
	for i := range r.entries {
		e := &r.entries[i]
		if e.expired(now) {
			continue
		}
		for _, t := range []time.Time{e.Activate, e.Expire} {
			if t.After(now) && (until.IsZero() || t.Before(until)) {
				until = t
			}
		}
		if i == signer {
			signs = append(signs, e.Key)
		} else {
			others = append(others, e.Key)
		}
	}
	if len(signs)+len(others) == 0 {
		return nil, until, errors.New("keyring: every key has expired: `authsdk key rotate` makes one")
	}
	if signer < 0 { // verifying goes on, and signing must not fall to a key that waits
		for i, k := range others {
			others[i] = k.VerifyOnly()
		}
	}
	keys, err = authsdk.NewKeySet(append(signs, others...)...)
	return keys, until, err
}
