package keyring

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/internal/conf"
)

// SourceConfig configures [Open]. Load is required.
type SourceConfig struct {
	// Load returns the ring as Parse reads it: see File, Env and Store.
	Load func(context.Context) (*Ring, error)
	// Every is how often Watch loads the ring again; zero means a minute. It
	// must be shorter than the Ahead of the rotation.
	Every time.Duration
	// OnReload, if set, is told of every ring that was loaded and differs, with
	// the error nil, and of every failure to load one, with the ring nil: the
	// old one stays.
	OnReload func(*Ring, error)
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

const (
	defaultEvery = time.Minute
	minEvery     = time.Second
	maxEvery     = 24 * time.Hour
)

// Source is a ring that is loaded again now and then. It is an
// authsdk.KeySource: reading it is reading a pointer. It is safe for concurrent
// use.
type Source struct {
	cfg     SourceConfig
	current atomic.Pointer[snapshot]
	loading sync.Mutex // so that what was loaded last is what holds
}

// snapshot is a ring, and its keys until the next of its times.
type snapshot struct {
	ring  *Ring
	keys  *authsdk.KeySet
	until time.Time
}

// Open checks cfg, reports all its mistakes together, and loads the ring.
func Open(ctx context.Context, cfg SourceConfig) (*Source, error) {
	var errs []error
	if cfg.Load == nil {
		errs = append(errs, errors.New("Load is required: see File, Env and Store"))
	}
	if cfg.Every != 0 && (cfg.Every < minEvery || cfg.Every > maxEvery) {
		errs = append(errs, fmt.Errorf("Every is %s: it must lie between %s and %s; leave it zero for %s", cfg.Every, minEvery, maxEvery, defaultEvery))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("keyring: SourceConfig: %w", err)
	}
	if cfg.Every == 0 {
		cfg.Every = defaultEvery
	}
	if cfg.OnReload == nil {
		cfg.OnReload = func(*Ring, error) {}
	}
	cfg.Now = conf.Clock(cfg.Now)
	s := &Source{cfg: cfg}
	if err := s.Reload(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// Ring returns the ring that is in use.
func (s *Source) Ring() *Ring { return s.current.Load().ring }

// KeySet returns the keys as they are now. It implements authsdk.KeySource.
func (s *Source) KeySet(context.Context) (*authsdk.KeySet, error) {
	snap := s.current.Load()
	now := s.cfg.Now()
	if snap.until.IsZero() || now.Before(snap.until) {
		return snap.keys, nil
	}
	next, err := take(snap.ring, now)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", authsdk.ErrStoreUnavailable, err)
	}
	s.current.CompareAndSwap(snap, next) // another one may have been as quick, or loaded a ring
	return next.keys, nil
}

// Reload loads the ring again. One that cannot be loaded, or that has no key
// left, changes nothing: the old one goes on.
func (s *Source) Reload(ctx context.Context) error {
	s.loading.Lock()
	defer s.loading.Unlock()
	ring, err := s.cfg.Load(ctx)
	if err == nil && ring == nil {
		err = ErrEmpty
	}
	var next *snapshot
	if err == nil {
		next, err = take(ring, s.cfg.Now())
	}
	if err != nil {
		s.cfg.OnReload(nil, err)
		return err
	}
	// A ring that is the same stays the same object: verifiers remember things
	// beside the keys that they were found with.
	if old := s.current.Load(); old != nil && old.ring.equal(ring) {
		return nil
	}
	s.current.Store(next)
	s.cfg.OnReload(ring, nil)
	return nil
}

// Watch loads the ring again and again until ctx ends. Start it in a goroutine.
func (s *Source) Watch(ctx context.Context) {
	ticker := time.NewTicker(s.cfg.Every)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			_ = s.Reload(ctx) // OnReload was told
		}
	}
}

func take(ring *Ring, now time.Time) (*snapshot, error) {
	keys, until, err := ring.KeySet(now)
	if err != nil {
		return nil, err
	}
	return &snapshot{ring, keys, until}, nil
}

// equal reports whether two rings have the same keys with the same times.
func (r *Ring) equal(other *Ring) bool {
	a, errA := r.Marshal()
	b, errB := other.Marshal()
	if errA != nil || errB != nil { // keys that are elsewhere: the very same ones or others
		return slices.Equal(r.entries, other.entries)
	}
	return bytes.Equal(a, b)
}
