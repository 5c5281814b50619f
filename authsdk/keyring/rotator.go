package keyring

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/internal/conf"
)

// RotatorConfig configures [NewRotator]. Shared is required.
type RotatorConfig struct {
	Shared *Shared
	// Algorithm is that of the keys; empty means ES256.
	Algorithm authsdk.Algorithm
	// Every is how long a key signs; zero means 30 days. It must be longer
	// than the Ahead of Timing.
	Every time.Duration
	// Timing is how long a key is published before it signs and verifies after.
	Timing Timing
	// OnRotate, if set, is told of every key that this rotator has made.
	OnRotate func(ctx context.Context, key *authsdk.Key)
	// OnError, if set, is told why Run could not look after the keys; it goes on.
	OnError func(context.Context, error)
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

const (
	defaultRotation = 30 * 24 * time.Hour
	minRotation     = time.Second
	maxRotation     = 400 * 24 * time.Hour
)

// Rotator makes the next key when it is due. Every replica may run one: the
// first makes the key, the others find it. It is safe for concurrent use.
type Rotator struct {
	cfg RotatorConfig
	// seen is set once there was a ring: one that has vanished is no reason to
	// begin anew.
	seen atomic.Bool
}

// NewRotator checks cfg and reports all its mistakes together.
func NewRotator(cfg RotatorConfig) (*Rotator, error) {
	var errs []error
	if cfg.Shared == nil {
		errs = append(errs, errors.New("Shared is required: see NewShared"))
	}
	if cfg.Algorithm == "" {
		cfg.Algorithm = authsdk.ES256
	}
	if _, err := authsdk.GenerateKey(cfg.Algorithm); err != nil {
		errs = append(errs, fmt.Errorf("Algorithm: %w", err))
	}
	errs = append(errs, cfg.Timing.check())
	cfg.Timing = cfg.Timing.defaults()
	if cfg.Every == 0 {
		cfg.Every = defaultRotation
	}
	if cfg.Every < minRotation || cfg.Every > maxRotation || cfg.Every <= cfg.Timing.Ahead {
		errs = append(errs, fmt.Errorf("Every is %s: it must be longer than Ahead, %s, and at most %s", cfg.Every, cfg.Timing.Ahead, maxRotation))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("keyring: RotatorConfig: %w", err)
	}
	if cfg.OnRotate == nil {
		cfg.OnRotate = func(context.Context, *authsdk.Key) {}
	}
	if cfg.OnError == nil {
		cfg.OnError = func(context.Context, error) {}
	}
	cfg.Now = conf.Clock(cfg.Now)
	return &Rotator{cfg: cfg}, nil
}

// Check makes the first key, or the next one if it is due, and leaves out those
// that have expired. It returns the ring as it is then. Call it before the
// source of the ring is opened, and let Run do so afterwards.
func (r *Rotator) Check(ctx context.Context) (*Ring, error) {
	var made *authsdk.Key
	ring, err := r.cfg.Shared.Update(ctx, func(old *Ring) (*Ring, error) {
		now := r.cfg.Now()
		made = nil
		if old == nil && r.seen.Load() {
			return nil, ErrEmpty
		}
		if old == nil {
			old = &Ring{}
		}
		if !r.due(old, now) {
			if pruned := old.Prune(now); len(pruned.entries) < len(old.entries) {
				return pruned, nil
			}
			return nil, nil //nolint:nilnil // nothing is to be changed
		}
		key, err := authsdk.GenerateKey(r.cfg.Algorithm)
		if err != nil {
			return nil, err
		}
		made = key
		return old.Prune(now).Rotate(key, now, r.cfg.Timing)
	})
	if err == nil && ring != nil {
		r.seen.Store(true)
	}
	if err == nil && made != nil {
		r.cfg.OnRotate(ctx, made)
	}
	return ring, err
}

// due reports whether the next key is to be made at now: it will sign when the
// one that signs has done so for Every.
func (r *Rotator) due(ring *Ring, now time.Time) bool {
	signer := ring.signer(now)
	if signer < 0 {
		return true
	}
	for _, e := range ring.entries {
		if now.Before(e.Activate) {
			return false // it is waiting
		}
	}
	e := &ring.entries[signer]
	ends := e.Activate.Add(r.cfg.Every)
	if !e.Expire.IsZero() && e.Expire.Before(ends) {
		ends = e.Expire
	}
	return !now.Before(ends.Add(-r.cfg.Timing.Ahead))
}

// Run checks the keys until ctx ends, twenty times in the life of a key but at
// least once a minute. Start it in a goroutine.
func (r *Rotator) Run(ctx context.Context) {
	ticker := time.NewTicker(min(time.Minute, max(r.cfg.Every/20, 50*time.Millisecond)))
	defer ticker.Stop()
	for {
		if _, err := r.Check(ctx); err != nil && ctx.Err() == nil {
			r.cfg.OnError(ctx, err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
