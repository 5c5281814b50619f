package revocation

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
)

// List is a copy of what is revoked, in the memory of this process. It is safe
// for concurrent use.
type List struct {
	cfg Config
	// Tokens and sessions have the end of their entries, subjects the second
	// before which tokens must have been issued to be refused.
	tokens, sessions, subjects set
	// mu is held by who writes to the sets.
	mu sync.Mutex

	// view is what is known of the store; nil before the first load.
	view atomic.Pointer[view]
	feed feed

	// turn is held by who asks the store. Started counts who did, and result
	// is what the last one found.
	turn    chan struct{}
	started atomic.Int64
	result  atomic.Pointer[error]

	passed atomic.Int64
	told   atomic.Int64 // when OnDegraded was called last
}

// view is what a list knows of its store.
type view struct {
	// synced is when the question was asked to which all is known.
	synced time.Time
	// floor is the second before which issued tokens cannot be known.
	floor   int64
	created time.Time
}

var (
	errStale = errors.New("the list of revocations is too old: see that Run runs and the store answers")
	errHead  = errors.New("the store of revocations has no head")
	errEpoch = errors.New("the token is older than what the store of revocations remembers")
)

// Revoked reports whether a token is revoked, for authsdk.VerifierConfig.Revoked.
// It answers from memory, but for the first call of a list that was not loaded
// yet. What cannot be known gives an error that wraps
// authsdk.ErrStoreUnavailable: a view that is too old, see Config.WhenStale, and
// a token that was issued before the store's epoch began.
//
// Sessions and subjects are those of one issuer: a verifier that trusts several
// needs a list for each.
func (l *List) Revoked(ctx context.Context, c *authsdk.Claims) (bool, error) {
	v := l.view.Load() // before the look-up, which is then at least as new
	if l.has(c) {
		return true, nil
	}
	if now := l.cfg.Now(); l.stale(v, now) {
		var err error
		if v, err = l.degraded(ctx, v, c, now); err != nil {
			return false, err
		}
		if l.has(c) {
			return true, nil
		}
	}
	if c.IssuedAt.Unix() < v.floor {
		return false, fmt.Errorf("%w: %w", authsdk.ErrStoreUnavailable, errEpoch)
	}
	return false, nil
}

// has reports whether the token is on the list.
func (l *List) has(c *authsdk.Claims) bool {
	if c.SessionID != "" && l.sessions.used.Load() > 0 {
		if _, found := l.sessions.get(c.SessionID); found {
			return true
		}
	}
	if l.tokens.used.Load() > 0 {
		if _, found := l.tokens.get(c.ID); found {
			return true
		}
	}
	if l.subjects.used.Load() > 0 {
		before, found := l.subjects.get(c.Subject)
		return found && c.IssuedAt.Unix() < int64(before)
	}
	return false
}

// stale reports whether the view is too old, or from so far in the future that a
// clock has gone back: then nobody knows how old it is. The monotonic clock counts as
// well as the other, because it stands still while the machine sleeps.
func (l *List) stale(v *view, now time.Time) bool {
	return v == nil || max(now.Sub(v.synced).Abs(), now.Round(0).Sub(v.synced).Abs()) > l.cfg.MaxStaleness
}

// degraded does what WhenStale says. It returns the view to judge by.
func (l *List) degraded(ctx context.Context, v *view, c *authsdk.Claims, now time.Time) (*view, error) {
	if v == nil { // nobody has waited for the first load
		return l.ask(ctx)
	}
	defer l.tell(now)
	switch {
	case l.cfg.WhenStale == AskStore:
		return l.ask(ctx)
	case l.cfg.WhenStale == InsecureAllowShortLived && !c.Expires.IsZero() && c.Expires.Sub(now) <= shortLived:
		l.passed.Add(1)
		return v, nil
	}
	return nil, fmt.Errorf("%w: %w", authsdk.ErrStoreUnavailable, errStale)
}

func (l *List) ask(ctx context.Context) (*view, error) {
	if err := l.catchUp(ctx); err != nil {
		return nil, err
	}
	return l.view.Load(), nil
}

// tell calls OnDegraded unless that was done within a second.
func (l *List) tell(now time.Time) {
	last := l.told.Load()
	if at := now.UnixNano(); (at >= last+int64(time.Second) || at < last) && l.told.CompareAndSwap(last, at) {
		l.cfg.OnDegraded(l.Status())
	}
}

// Status is how a [List] is.
type Status struct {
	// Degraded: the view is older than MaxStaleness, or there is none yet.
	Degraded bool
	// Synced is how old the view is: everything that was revoked before is in
	// it. It is zero before the first load.
	Synced time.Time
	// Err is why the store did not answer last time, nil if it did.
	Err error
	// UnknownBefore is when the store's epoch began: tokens issued before it
	// are refused. Zero where none are.
	UnknownBefore time.Time
	// Entries is how many entries the list has.
	Entries int
	// Passed is how many tokens InsecureAllowShortLived has let pass.
	Passed int64
}

// Status returns how the list is now, for health checks and metrics. It asks
// nobody.
func (l *List) Status() Status {
	s := Status{
		Entries: int(l.tokens.used.Load() + l.sessions.used.Load() + l.subjects.used.Load()),
		Passed:  l.passed.Load(),
	}
	if err := l.result.Load(); err != nil {
		s.Err = *err
	}
	v := l.view.Load()
	s.Degraded = l.stale(v, l.cfg.Now())
	if v != nil {
		s.Synced, s.UnknownBefore = v.synced, v.created
	}
	return s
}

// floorOf is the second before which issued tokens cannot be known, if an
// epoch began then. Tokens of the same second count as younger: those of the
// first logins after it are.
func floorOf(created time.Time) int64 {
	if created.IsZero() {
		return math.MinInt64
	}
	return created.Unix()
}
