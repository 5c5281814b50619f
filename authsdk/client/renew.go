package client

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// renew returns the pair that counts, exchanged if it is due. It needs the turn
// and the lock: it begins by reading the store, as another process may have
// exchanged the pair meanwhile, and ends by writing it.
func (c *Client) renew(ctx context.Context) (*Token, error) {
	pair, err := c.reconcile(ctx)
	if err != nil || c.fresh(pair) {
		return pair, err
	}
	next, err := c.exchange(ctx, pair)
	if refused(err) {
		// Another process may have exchanged it since the store was read.
		newer, e := c.reconcile(ctx)
		switch {
		case errors.Is(e, ErrLoggedOut):
			return nil, fmt.Errorf("%w; %w", e, err)
		case e != nil:
			return nil, c.failed(fmt.Errorf("%w; %w", e, err))
		case same(newer, pair):
			return nil, c.end(ctx, pair, err)
		case c.fresh(newer):
			return newer, nil
		}
		pair = newer
		if next, err = c.exchange(ctx, pair); refused(err) {
			return nil, c.end(ctx, pair, err)
		}
	}
	if err != nil {
		return nil, c.failed(fmt.Errorf("client: %w", err))
	}
	return next, c.keep(ctx, next)
}

// reconcile makes memory and store agree and returns the pair that counts, or
// ErrLoggedOut. It needs the turn. What the store has and did not get from
// here is newer than what is here; a pair that could not be saved is saved now.
func (c *Client) reconcile(ctx context.Context) (*Token, error) {
	if !c.overwrite {
		found, err := c.load(ctx)
		if err != nil {
			return nil, err
		}
		if !same(found, c.kept) {
			had := c.held != nil
			c.set(found, found)
			if found == nil && had {
				return nil, c.over(nil) // another process has logged out
			}
		}
	}
	if c.held == nil {
		return nil, ErrLoggedOut
	}
	if !same(c.held, c.kept) {
		return c.held, c.keep(ctx, c.held)
	}
	return c.held, nil
}

// load reads the store; nil is no pair. One whose session is over, and which
// could not be deleted then, is deleted now.
func (c *Client) load(ctx context.Context) (*Token, error) {
	found, err := c.store.Load(ctx)
	switch {
	case errors.Is(err, ErrNoToken):
		return nil, nil //nolint:nilnil // no pair is not a failure
	case err != nil:
		return nil, fmt.Errorf("client: %w", err)
	case found.AccessToken == "" || found.RefreshToken == "":
		return nil, errors.New("client: the store returned a pair without its tokens")
	case found.RefreshToken != c.ended:
		return &found, nil
	}
	if err := c.store.Delete(ctx); err != nil {
		return nil, fmt.Errorf("%w, and the tokens of the last session could not be deleted: %w", ErrLoggedOut, err)
	}
	return nil, nil //nolint:nilnil // as above
}

// exchange trades the refresh token of pair for the next pair. An answer that
// was lost or cannot be read is asked for once more, at once: the server gives
// the same successor again, but only for a while.
func (c *Client) exchange(ctx context.Context, pair *Token) (*Token, error) {
	next, err := c.refresh(ctx, pair.RefreshToken)
	if err != nil && !answered(err) && ctx.Err() == nil {
		next, err = c.refresh(ctx, pair.RefreshToken)
	}
	if err != nil {
		return nil, fmt.Errorf("refresh: %w", err)
	}
	return next, nil
}

// keep takes pair over, and puts it into the store before anybody can use it.
func (c *Client) keep(ctx context.Context, pair *Token) error {
	c.set(pair, c.kept)
	if err := c.store.Save(ctx, *pair); err != nil {
		return fmt.Errorf("client: the tokens could not be saved: %w", err)
	}
	c.set(pair, pair)
	c.saved(pair)
	return nil
}

// failed keeps the pair and begins a pause.
func (c *Client) failed(err error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pause.begin(c.now(), err)
	return err
}

// end forgets a pair that the server refuses.
func (c *Client) end(ctx context.Context, pair *Token, cause error) error {
	c.forget(pair)
	if err := c.store.Delete(ctx); err != nil {
		cause = fmt.Errorf("%w (and the tokens could not be deleted: %w)", cause, err)
	}
	return c.over(cause)
}

// forget drops pair, and remembers not to take it from the store again.
func (c *Client) forget(pair *Token) {
	c.set(nil, nil)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = pair.RefreshToken
}

// set writes held and kept. A pair that is both is in use from here on, and
// with it a pause and the precedence of a login are over.
func (c *Client) set(held, kept *Token) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if held != nil && held != c.held {
		c.due = held.AccessExpires.Add(-c.margin(held))
		c.refused = "" // also if the server gave the same one again
	}
	c.held, c.kept = held, kept
	if same(held, kept) {
		c.overwrite, c.pause = false, pause{}
	}
}

// margin is how long before its end the access token of pair is exchanged.
func (c *Client) margin(pair *Token) time.Duration {
	margin, lifetime := c.refreshBefore, pair.AccessExpires.Sub(pair.IssuedAt)
	if margin == 0 {
		margin = min(defaultRefreshBefore, lifetime/4)
	}
	margin = max(min(margin, lifetime/2), 0)
	return margin - jitter(margin)
}

// fresh reports whether pair, which was just reconciled, can do without an
// exchange.
func (c *Client) fresh(pair *Token) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return pair.AccessToken != c.refused && c.now().Before(c.due)
}
