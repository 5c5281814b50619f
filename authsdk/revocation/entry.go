package revocation

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"
)

// Kind says what an [Entry] revokes.
type Kind int

// The kinds. Their numbers are stored and never change.
const (
	// Token: the token with this ID (jti).
	Token Kind = 1
	// Session: all tokens of the session with this ID (sid).
	Session Kind = 2
	// Subject: all tokens of this subject (sub) that were issued before At.
	Subject Kind = 3
)

// String returns the kind's name.
func (k Kind) String() string {
	switch k {
	case Token:
		return "token"
	case Session:
		return "session"
	case Subject:
		return "subject"
	}
	return "unknown"
}

// Entry is one revocation. Times have a resolution of one millisecond.
type Entry struct {
	// Seq is its place in the feed, which the store gives: from 1, without a gap.
	Seq  int64
	Kind Kind
	// Value is a jti, a sid or a sub: 1 to 255 bytes of UTF-8, without NUL.
	Value string
	// At is when it was revoked. Of a Subject, tokens whose iat is before At
	// are revoked; as iat has whole seconds, that includes those issued in the
	// same second, unless At is a whole second itself.
	At time.Time
	// Expires is when the last token that it revokes has expired.
	Expires time.Time
}

// maxValue is the longest Value in bytes.
const maxValue = 255

// Check refuses entries that no store must keep.
func (e *Entry) Check() error {
	switch {
	case e.Kind < Token || e.Kind > Subject:
		return fmt.Errorf("revocation: the kind of an entry is %d", e.Kind)
	case e.Value == "" || len(e.Value) > maxValue:
		return fmt.Errorf("revocation: the value of an entry has %d bytes: it must have 1 to %d", len(e.Value), maxValue)
	case !utf8.ValidString(e.Value) || strings.ContainsRune(e.Value, 0):
		return errors.New("revocation: the value of an entry is not UTF-8, or has a NUL")
	case e.At.IsZero() || e.Expires.IsZero():
		return errors.New("revocation: an entry lacks its times")
	}
	return nil
}

// Head is the state of a feed.
type Head struct {
	// Epoch is random, and another one after the store has lost entries.
	Epoch string
	// Created is when the epoch began. What was revoked before, of tokens
	// issued before, may be missing. The zero time means that nothing is.
	Created time.Time
	// Seq is that of the last entry, 0 if there was none yet.
	Seq int64
}

// Store keeps the feed of revocations. The packages memstore, sqlitestore and
// their siblings implement it, and storetest checks an implementation.
//
// Entries become visible in the order of their Seq: who has seen one finds no
// smaller one later. A store that is new, or has lost what it had, makes its
// head when one of the first two methods is called: with a random epoch that
// begins at now, which is the caller's clock.
//
// Times are truncated to whole milliseconds when they come in. All methods may
// be called concurrently, from several processes where the engine allows it. A
// write has happened, durably as far as the engine can, when the method returns
// nil; when it returns an error it may or may not have happened. Every error
// means "cannot know".
type Store interface {
	// AppendRevocations adds entries, all or none, in their order, and gives
	// each its Seq; what is set there is ignored.
	AppendRevocations(ctx context.Context, now time.Time, entries ...Entry) error
	// Revocations returns the first entries behind the one with the Seq after,
	// limit at most, in their order, and the head at the same moment.
	Revocations(ctx context.Context, now time.Time, after int64, limit int) (Head, []Entry, error)
	// PruneRevocations deletes up to limit entries that expired before the
	// given time, and returns how many. A limit below one deletes nothing.
	PruneRevocations(ctx context.Context, before time.Time, limit int) (int, error)
	// RenewRevocations begins another epoch, with entries and Seq as they are,
	// if the present one is epoch; else it does nothing.
	RenewRevocations(ctx context.Context, epoch string, created time.Time) error
}

// Listener is a [Store] that tells when something was added. Others are asked
// every now and then, and so are these, in case a message got lost.
type Listener interface {
	// ListenRevocations calls wake whenever entries may have been added since
	// the last call, and once when it begins to listen. It blocks until ctx ends or it cannot
	// listen any more, and returns why. Wake does not block.
	ListenRevocations(ctx context.Context, wake func()) error
}
