package remotekeys

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
)

// Source is a key set of another server. It is an authsdk.KeySource and an
// authsdk.KeyFinder, and safe for concurrent use.
type Source struct {
	cfg     Config
	fetcher *fetcher
	current atomic.Pointer[snapshot]
	// fetching is held by the one who fetches; nobody waits for it.
	fetching sync.Mutex
	last     time.Time // guarded by fetching: when the last fetch began
}

// snapshot is what was fetched, and when.
type snapshot struct {
	keys    *authsdk.KeySet
	fetched time.Time
	every   time.Duration // how old they may be before they are due
}

func (s *snapshot) age(now time.Time) time.Duration { return since(s.fetched, now) }

// since is what has passed by the clock that says more: the monotonic one stands still
// while the machine sleeps, and the other one can be set back.
func since(then, now time.Time) time.Duration {
	return max(now.Sub(then), now.Round(0).Sub(then))
}

// New checks cfg, reports all its mistakes together, and fetches the keys.
func New(ctx context.Context, cfg Config) (*Source, error) {
	cfg.defaults()
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("remotekeys: Config: %w", err)
	}
	s := &Source{cfg: cfg, fetcher: newFetcher(&cfg)}
	s.last = cfg.Now()
	if err := s.fetch(ctx); err != nil && !cfg.StartEmpty {
		return nil, fmt.Errorf("remotekeys: %w", err)
	}
	return s, nil
}

// KeySet returns the keys. Where they are due it fetches them first, unless
// somebody else does or the last fetch was just now; if that fails, those that
// there are stay in use until they are too old. The error wraps
// authsdk.ErrStoreUnavailable.
func (s *Source) KeySet(ctx context.Context) (*authsdk.KeySet, error) {
	snap := s.current.Load()
	now := s.cfg.Now()
	var err error
	if snap == nil || snap.age(now) >= snap.every {
		err = s.tryFetch(ctx)
		snap = s.current.Load()
	}
	if snap == nil {
		return nil, fmt.Errorf("%w: no keys yet: %w", authsdk.ErrStoreUnavailable, orNot(err))
	}
	if age := snap.age(now); age > s.cfg.MaxAge {
		return nil, fmt.Errorf("%w: the keys are %s old: %w", authsdk.ErrStoreUnavailable, age.Round(time.Second), orNot(err))
	}
	return snap.keys, nil
}

// errBusy is why keys are not fetched now.
var errBusy = errors.New("another fetch is under way, or was a moment ago")

func orNot(err error) error {
	if err == nil {
		return errBusy
	}
	return err
}

// FindKey is asked for a key that the set does not have. It fetches the set
// again, unless somebody else does or the last fetch was just now, and returns
// what there is then.
func (s *Source) FindKey(ctx context.Context, _ string) (*authsdk.KeySet, error) {
	_ = s.tryFetch(ctx) // OnFetch was told; the set that there is decides
	return s.KeySet(ctx)
}

// tryFetch fetches unless it is not time.
func (s *Source) tryFetch(ctx context.Context) error {
	if !s.fetching.TryLock() {
		return errBusy
	}
	defer s.fetching.Unlock()
	now := s.cfg.Now()
	// A clock that was set back would hold everything up until it has caught up.
	if passed := since(s.last, now); passed >= 0 && passed < s.cfg.Cooldown {
		return errBusy
	}
	s.last = now
	return s.fetch(ctx)
}

// fetch fetches the keys and puts them in the place of the old ones. A caller
// that goes away does not end it: others need what it brings.
func (s *Source) fetch(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.Timeout)
	defer cancel()
	keys, maxAge, err := s.fetcher.fetch(ctx)
	// A set that is the same stays the same object: verifiers remember things
	// beside the keys that they were found with.
	if old := s.current.Load(); err == nil && old != nil && bytes.Equal(old.keys.PublicJWKS(), keys.PublicJWKS()) {
		keys = old.keys
	}
	if err != nil {
		s.cfg.OnFetch(0, err)
		return err
	}
	now := s.cfg.Now()
	every := s.cfg.Every
	if maxAge >= 0 {
		every = max(min(every, maxAge), s.cfg.Cooldown)
	}
	s.current.Store(&snapshot{keys: keys, fetched: now, every: every})
	s.cfg.OnFetch(len(keys.Keys()), nil)
	return nil
}

// Run fetches the keys whenever they are due, until ctx ends, so that no
// request has to. Start it in a goroutine. A fetch that failed is tried again
// after the cool-down.
func (s *Source) Run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		// A little early, so that requests find nothing to do.
		ahead := s.cfg.Every / 10
		snap := s.current.Load()
		if snap == nil || snap.age(s.cfg.Now()) >= snap.every-ahead {
			_ = s.tryFetch(ctx) // OnFetch was told
		}
		timer.Reset(max(min(ahead, s.cfg.Cooldown), time.Millisecond))
	}
}
