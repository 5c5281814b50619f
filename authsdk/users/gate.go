package users

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
)

// gate lets a few callers work at the same time and keeps some more waiting,
// in the order in which they came.
type gate struct {
	places  chan struct{} // one for each who waits or works
	slots   chan struct{} // one for each who works
	maxWait time.Duration
}

func newGate(slots, queue int, maxWait time.Duration) *gate {
	return &gate{places: make(chan struct{}, slots+queue), slots: make(chan struct{}, slots), maxWait: maxWait}
}

// pass does work when it is its turn, and returns its error. Where the queue
// is full, the wait too long, or the caller gone, it returns authsdk.ErrBusy
// at once and work is not done.
func (g *gate) pass(ctx context.Context, work func() error) error {
	select {
	case g.places <- struct{}{}:
		defer func() { <-g.places }()
	default:
		return fmt.Errorf("%w: too many wait to hash a password", authsdk.ErrBusy)
	}
	if err := g.wait(ctx); err != nil {
		return fmt.Errorf("%w: waiting to hash a password: %w", authsdk.ErrBusy, err)
	}
	defer func() { <-g.slots }()
	return work()
}

var errWait = errors.New("it took too long")

// wait takes a slot.
func (g *gate) wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, g.maxWait, errWait)
	defer cancel()
	// Asked first, because a select may take the slot for a caller who has left.
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	select {
	case g.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
