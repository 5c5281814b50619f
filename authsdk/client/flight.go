package client

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

const (
	// flightTimeout leaves time to save after two calls.
	flightTimeout = 30 * time.Second
	storeTimeout  = 10 * time.Second
	// patience is how long callers with a good token wait for its successor.
	patience = 2 * time.Second
	// doubtTime is how long a new token that is refused keeps others from
	// refreshing for it.
	doubtTime = 30 * time.Second
)

// flight is one refresh, for all who wait for it. Its result is read after
// done is closed; late is closed when patience is over.
type flight struct {
	done, late chan struct{}
	token      Token
	err        error
}

// Token returns an access token that is valid now, exchanging the pair if it
// is due, for whatever is not a request of [Client.HTTPClient], such as a
// WebSocket.
//
// The error is [ErrLoggedOut] without a session, an [Error] or a network error
// if the pair could not be exchanged, or that of the store. While the server
// does not answer, a token that is still good is returned, then the last error
// without another attempt until some time has passed. A caller leaves with
// ctx's error when ctx ends, and the exchange goes on for the others.
func (c *Client) Token(ctx context.Context) (Token, error) {
	if err := ctx.Err(); err != nil {
		return Token{}, err
	}
	f, spare, err := c.board() //nolint:contextcheck // a flight outlives who began it
	if f == nil {
		return spare, err
	}
	late := f.late
	if spare.AccessToken == "" {
		late = nil // nothing to leave with
	}
	for {
		select {
		case <-f.done:
			if f.err != nil {
				if spare, ok := c.spare(); ok {
					return spare, nil
				}
			}
			return f.token, f.err
		case <-ctx.Done():
			return Token{}, ctx.Err()
		case <-late:
			if spare, ok := c.spare(); ok {
				return spare, nil
			}
			late = nil
		}
	}
}

// AccessToken is the access token of [Client.Token] alone: a credential for the
// options of generated clients, such as WithAccessToken of gen/client.
func (c *Client) AccessToken(ctx context.Context) (string, error) {
	token, err := c.Token(ctx)
	return token.AccessToken, err
}

// board returns the flight to wait for, with a token that is good meanwhile
// where there is one. Without a flight the token or the error is the answer.
func (c *Client) board() (*flight, Token, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.now()
	spare, ok := c.usable(now)
	// A flight under way has something newer than held: nobody may see that
	// before the flight has ended, or it could be refused and come too late
	// for a flight of its own.
	if c.flight == nil {
		if ok && now.Before(c.due) {
			return nil, spare, nil
		}
		if err := c.pause.over(now); err != nil {
			if ok {
				err = nil
			}
			return nil, spare, err
		}
		c.flight = c.depart()
	}
	return c.flight, spare, nil
}

// depart starts a flight. It has no part in the context of whoever was first:
// that may end, and its values, such as a trace, are about one request.
func (c *Client) depart() *flight {
	f := &flight{done: make(chan struct{}), late: make(chan struct{})}
	timer := time.AfterFunc(patience, func() { close(f.late) })
	go func() {
		defer timer.Stop()
		c.turn <- struct{}{} // those who hold it have a timeout
		defer c.passTurn()
		pair, err := c.renewLocked(context.Background())
		if pair != nil && err == nil {
			f.token = *pair
		}
		f.err = err
		c.mu.Lock()
		c.flight = nil
		c.mu.Unlock()
		close(f.done)
	}()
	return f
}

// spare returns a token that can be used although it is due.
func (c *Client) spare() (Token, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.usable(c.now())
}

// usable returns the held token if it is stored, valid and not refused. It
// needs mu.
func (c *Client) usable(now time.Time) (Token, bool) {
	if c.held == nil || !same(c.held, c.kept) || c.held.AccessToken == c.refused || !now.Before(c.held.AccessExpires) {
		return Token{}, false
	}
	return *c.held, true
}

// refuse notes that a server turned an access token down. It reports whether
// to send the request again, with what Token returns then.
func (c *Client) refuse(_ context.Context, access string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if access == c.doubted && c.now().Before(c.doubtedUntil) {
		return false
	}
	if c.held != nil && c.held.AccessToken == access {
		c.refused = access
	}
	return true
}

// doubt notes that the token which a refusal brought was refused as well.
func (c *Client) doubt(access string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.doubted, c.doubtedUntil = access, c.now().Add(doubtTime)
}

const (
	firstPause = 500 * time.Millisecond
	lastPause  = time.Minute
	// longestPause bounds what a server can ask for.
	longestPause = 10 * time.Minute
)

// pause is the time after a failed refresh in which none is tried. Client.mu
// guards it.
type pause struct {
	failures int
	until    time.Time
	err      error
}

// over returns nil, or while it is not over the error that began it.
func (p *pause) over(now time.Time) error {
	// A pause too long to be one: the clock went back.
	if left := p.until.Sub(now); left <= 0 || left > longestPause {
		return nil
	}
	return p.err
}

// begin starts the next pause: as long as the server asks, or else any time up
// to a bound that doubles, to a minute. So those who failed together, as when a
// server ends, do not come back together.
func (p *pause) begin(now time.Time, err error) {
	wait := rand.N(min(firstPause<<min(p.failures, 10), lastPause)) + 1 //nolint:gosec // spreads load, guards nothing
	if e := (*Error)(nil); errors.As(err, &e) && e.RetryAfter > 0 {
		wait = min(e.RetryAfter, longestPause)
	}
	p.failures++
	p.until, p.err = now.Add(wait), err
}

// jitter is up to a fifth of d.
func jitter(d time.Duration) time.Duration {
	return time.Duration(rand.Int64N(int64(d)/5 + 1)) //nolint:gosec // spreads load, guards nothing
}
