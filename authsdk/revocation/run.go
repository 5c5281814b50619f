package revocation

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"
)

// Run keeps the list up to date until ctx ends. It listens to a store that
// tells, and asks every PollEvery in any case. While the store does not answer
// it goes on asking; [List.Status] has the error.
func (l *List) Run(ctx context.Context) {
	wake := make(chan struct{}, 1)
	var listening sync.WaitGroup
	defer listening.Wait()
	if store, ok := l.cfg.Store.(Listener); ok {
		// Its first wake comes when it listens, and lets everything be read
		// that came before: nothing falls in between.
		listening.Go(func() { listen(ctx, store, wake) })
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-wake:
		case <-timer.C:
		}
		_ = l.catchUp(ctx) // which keeps the error
		every := l.cfg.PollEvery
		timer.Reset(every - every/20 + rand.N(every/10)) //nolint:gosec // so that replicas do not ask together
	}
}

const (
	firstPause = 100 * time.Millisecond
	maxPause   = 5 * time.Second
)

// listen listens again and again, with pauses that grow while it fails.
func listen(ctx context.Context, store Listener, wake chan<- struct{}) {
	pause := firstPause
	for ctx.Err() == nil {
		var heard atomic.Bool
		_ = store.ListenRevocations(ctx, func() { // the store is asked in any case, and its errors are seen there
			heard.Store(true)
			select {
			case wake <- struct{}{}:
			default: // somebody is on the way
			}
		})
		if heard.Load() {
			pause = firstPause
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause + rand.N(pause/2)): //nolint:gosec // no secret
		}
		pause = min(2*pause, maxPause)
	}
}
