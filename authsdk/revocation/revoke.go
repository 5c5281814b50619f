package revocation

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
)

// RevokeToken revokes one token, given by its verified claims, until it
// expires. Of the claims it needs ID and Expires; without the latter the
// token is revoked for ever. When it returns nil, that is kept and this
// list refuses the token; after an error it may or may not be kept.
func (l *List) RevokeToken(ctx context.Context, c *authsdk.Claims) error {
	now := l.cfg.Now()
	expires := time.Unix(math.MaxUint32, 0)
	if !c.Expires.IsZero() {
		expires = c.Expires.Add(maxLeeway)
	}
	return l.append(ctx, now, Entry{Kind: Token, Value: c.ID, At: now, Expires: expires})
}

// RevokeSession revokes all tokens of sessions, given by their IDs (sid), as
// RevokeToken does one. The session must be ended as well, or its refresh token
// gives tokens that are refused until TokenTTL has passed: session.Manager does
// both.
func (l *List) RevokeSession(ctx context.Context, ids ...string) error {
	now := l.cfg.Now()
	entries := make([]Entry, len(ids))
	for i, id := range ids {
		entries[i] = Entry{Kind: Session, Value: id, At: now, Expires: l.last(now)}
	}
	return l.append(ctx, now, entries...)
}

// RevokeSubject revokes all tokens of a subject that were issued before a
// moment, the zero time being now, as RevokeToken does one. A token that was
// issued in the same second as the moment is revoked too, as its iat does not
// tell more; a moment of whole seconds has no such second. Who logs in again at
// once therefore gets a refused token if it is the same second: to end all
// other sessions of somebody who goes on, revoke those instead.
func (l *List) RevokeSubject(ctx context.Context, subject string, before time.Time) error {
	now := l.cfg.Now()
	if before.IsZero() {
		before = now
	}
	if before.After(now.Add(time.Minute)) {
		return fmt.Errorf("revocation: RevokeSubject: %s lies in the future: it would refuse tokens that are yet to be issued", before)
	}
	before = before.Add(time.Millisecond - 1).Truncate(time.Millisecond) // as stores do, but none is to slip through
	return l.append(ctx, now, Entry{Kind: Subject, Value: subject, At: before, Expires: l.last(before)})
}

// last is when the last token expires that was issued by then.
func (l *List) last(issued time.Time) time.Time { return issued.Add(l.cfg.TokenTTL + maxLeeway) }

// append keeps entries, and puts them into this list when they are kept.
func (l *List) append(ctx context.Context, now time.Time, entries ...Entry) error {
	for i := range entries {
		if err := entries[i].Check(); err != nil {
			return err
		}
	}
	for some := range slices.Chunk(entries, batch) {
		if err := l.cfg.Store.AppendRevocations(ctx, now, some...); err != nil {
			return authsdk.Unknown("revoke", err)
		}
		l.apply(now, some)
	}
	return nil
}

// pruneBatch is how many entries are deleted in one step. MariaDB, the slowest,
// deletes a hundred of half a million in 7 ms, and 500 in 19.
const pruneBatch = 100

// Prune deletes entries from a store whose tokens have expired an hour ago or
// earlier, in batches, until none is left or ctx ends. It returns how many it
// deleted. One program should do that every hour or so.
func Prune(ctx context.Context, store Store, now time.Time) (int, error) {
	total := 0
	for {
		n, err := store.PruneRevocations(ctx, now.Add(-kept), pruneBatch)
		total += n
		if err != nil {
			return total, authsdk.Unknown("prune revocations", err)
		}
		if n < pruneBatch {
			return total, nil
		}
	}
}

// Confirm lets a store be trusted again that has lost revocations, before the
// tokens of then have expired: tokens that were revoked and forgotten are
// accepted by every list. It is for operators who know that there were none, or
// who have revoked them again.
func Confirm(ctx context.Context, store Store, now time.Time) error {
	head, _, err := store.Revocations(ctx, now, 0, 1)
	if err != nil {
		return authsdk.Unknown("confirm", err)
	}
	if head.Created.IsZero() {
		return nil
	}
	if err := store.RenewRevocations(ctx, head.Epoch, time.Time{}); err != nil {
		return authsdk.Unknown("confirm", err)
	}
	return nil
}
