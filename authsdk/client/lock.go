package client

import (
	"context"
	"fmt"
)

// lockTimeout is how long a flight waits for other processes. Whoever holds the
// lock has a flightTimeout of its own, so two of them fit.
const lockTimeout = 2 * flightTimeout

// Locker is what a [TokenStore] implements besides, if processes share its
// place: the Client then holds the lock while it refreshes, so that one of them
// exchanges the pair and the others find its successor. [FileStore] does.
//
// A store that wraps another has to pass Lock on. Without it two processes that
// refresh in the same moment rely on the server's grace.
type Locker interface {
	// Lock waits until nobody else holds the lock, and takes it. It must end
	// with ctx, with an error, and the lock of a process that has died must be
	// free. unlock is called once.
	Lock(ctx context.Context) (unlock func(), err error)
}

// lock takes the lock of the store, if it has one. It needs the turn, which
// keeps the goroutines of this process apart.
func (c *Client) lock(ctx context.Context) (unlock func(), err error) {
	locker, ok := c.store.(Locker)
	if !ok {
		return func() {}, nil
	}
	unlock, err = locker.Lock(ctx)
	if err != nil {
		return nil, fmt.Errorf("client: waiting for other processes: %w", err)
	}
	return unlock, nil
}

// renewLocked is renew with the store locked, if it can be. ctx has no end yet:
// the time for the exchange begins when the lock is had.
func (c *Client) renewLocked(ctx context.Context) (*Token, error) {
	waiting, cancel := context.WithTimeout(ctx, lockTimeout)
	defer cancel()
	if pair := c.adopt(waiting); pair != nil {
		return pair, nil
	}
	unlock, err := c.lock(waiting)
	if err != nil {
		return nil, err
	}
	defer unlock()
	working, cancel := context.WithTimeout(ctx, flightTimeout)
	defer cancel()
	return c.renew(working)
}

// adopt returns the pair that another process has stored, if it needs no
// exchange, and so no lock, which a file that may only be read does not give.
// It needs the turn.
func (c *Client) adopt(ctx context.Context) *Token {
	if c.overwrite {
		return nil
	}
	found, err := c.store.Load(ctx)
	if err != nil || found.AccessToken == "" || found.RefreshToken == "" ||
		found.RefreshToken == c.ended || same(&found, c.kept) {
		return nil // renew says what is the matter
	}
	c.set(&found, &found)
	if !c.fresh(&found) {
		return nil
	}
	return &found
}

// lockForLogout takes the lock while ctx lasts, and does without it where it is
// not to be had: a refresh that saves the pair of an ended session is refused
// the next time, while a session that cannot be ended is the worse evil.
func (c *Client) lockForLogout(ctx context.Context) (unlock func(), err error) {
	waiting, cancel := context.WithTimeout(ctx, lockTimeout)
	defer cancel()
	if unlock, err = c.lock(waiting); err == nil {
		return unlock, nil
	}
	if ctx.Err() != nil {
		return nil, err
	}
	return func() {}, nil
}

// keepLocked is keep with the store locked, so that the pair of a login is not
// replaced by that of a refresh which another process has begun before.
func (c *Client) keepLocked(ctx context.Context, pair *Token) error {
	waiting, cancel := context.WithTimeout(ctx, lockTimeout)
	defer cancel()
	unlock, err := c.lock(waiting)
	if err != nil {
		c.set(pair, c.kept)
		return fmt.Errorf("client: the tokens could not be saved: %w", err)
	}
	defer unlock()
	saving, cancel := context.WithTimeout(ctx, storeTimeout)
	defer cancel()
	return c.keep(saving, pair)
}
