package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	gen "github.com/authsdk/authsdk-go/gen/client"
)

// Client holds one session and keeps it alive. It is safe for concurrent use,
// starts no goroutine but the one of a refresh under way, and needs no
// closing.
type Client struct {
	base          string
	origins       map[string]bool
	label         string
	http          *http.Client
	api           *gen.Client
	store         TokenStore
	refreshBefore time.Duration
	now           func() time.Time
	onSave        func(Token)
	onLogout      func(error)

	// turn is held by whoever changes the session: a flight, a login or a
	// logout. They may wait for the network, so it is none of the mutex.
	turn chan struct{}

	// mu guards what follows. held, kept, overwrite and ended are written in
	// turn only, so whoever has the turn reads them without it.
	mu sync.Mutex
	// held is the newest pair, kept the one that the store has as far as we
	// know. A pair is used when it is both.
	held, kept *Token
	// overwrite is set while the store has yet to take the pair of a login,
	// which counts whatever is stored.
	overwrite bool
	// ended is the refresh token of a session that is over, in case the store
	// could not delete it.
	ended string
	// due is when held is to be exchanged.
	due time.Time
	// refused is an access token that a server turned down.
	refused string
	// doubted is an access token that came by a refusal and was refused again:
	// until doubtedUntil refreshing is not what helps.
	doubted      string
	doubtedUntil time.Time
	flight       *flight
	pause        pause
}

// String tells clients apart, and shows no token.
func (c *Client) String() string { return "client.Client{" + c.base + "}" }

// GoString keeps %#v from printing the tokens.
func (c *Client) GoString() string { return c.String() }

// Login trades a password for a session, which replaces the one that the
// Client had; that one is given up and not ended, see [Client.Logout]. After
// an error without a session everything is as before.
//
// A wrong password is an [Error] with the code invalid_credentials, too many
// of them one with too_many_attempts and RetryAfter. If the server agreed and
// the tokens could not be saved, the error is that of the store; the session
// is kept in memory, and every use tries to save it first.
func (c *Client) Login(ctx context.Context, username, password string) error {
	if err := c.takeTurn(ctx); err != nil {
		return err
	}
	defer c.passTurn()
	pair, err := c.login(ctx, username, password)
	if err != nil {
		return fmt.Errorf("client: login: %w", err)
	}
	c.mu.Lock()
	c.overwrite = true
	c.mu.Unlock()
	// The session exists: that the caller is gone is no reason to lose it.
	return c.keepLocked(context.WithoutCancel(ctx), pair)
}

// Logout ends the session at the server, for both tokens, and deletes the
// pair. It first waits for a refresh under way, also that of another process
// where the store is a [Locker]. Without a session it does
// nothing; nor is it an error if the server had ended the session before.
//
// When the server cannot be reached or does not know, the session may live on:
// the pair is kept, the error says so, and Logout can be repeated.
func (c *Client) Logout(ctx context.Context) error {
	if err := c.takeTurn(ctx); err != nil {
		return err
	}
	defer c.passTurn()
	unlock, err := c.lockForLogout(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	pair, err := c.reconcile(ctx)
	if err != nil && !errors.Is(err, ErrLoggedOut) {
		// What the store cannot tell now, memory may know.
		if pair = c.held; pair == nil {
			return err
		}
	}
	if pair != nil {
		if err := c.revoke(ctx, pair); err != nil {
			return fmt.Errorf("client: logout, the session may go on and its tokens are kept: %w", err)
		}
		c.forget(pair)
		_ = c.over(nil) // here that is what was asked for
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), storeTimeout)
	defer cancel()
	if err := c.store.Delete(ctx); err != nil {
		return fmt.Errorf("client: logged out, but the tokens could not be deleted: %w", err)
	}
	return nil
}

// revoke ends the session with whichever token the server accepts. Both
// refused means that it has ended.
func (c *Client) revoke(ctx context.Context, pair *Token) error {
	if c.now().Before(pair.AccessExpires) {
		if err := c.logout(ctx, pair.AccessToken); !refused(err) {
			return err
		}
	}
	if err := c.logout(ctx, pair.RefreshToken); !refused(err) {
		return err
	}
	return nil
}

// HTTPClient returns an HTTP client that works like the configured one and
// adds the access token to requests for the origin of BaseURL and for
// Config.Origins. It is safe for concurrent use; each call returns a new one
// over the same connections.
//
// A 401 for the current token refreshes it and repeats the request once, if
// its body can be sent again (there is none, or GetBody is set, as
// http.NewRequest does for the usual readers); otherwise the 401 is returned
// and the next request refreshes first. A 401 that asks for the password is
// returned as well. Errors are those of [Client.Token], in a *url.Error.
func (c *Client) HTTPClient() *http.Client {
	h := *c.http
	h.Transport = &transport{source: c, origins: c.origins, next: c.http.Transport}
	return &h
}

func (c *Client) takeTurn(ctx context.Context) error {
	select {
	case c.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *Client) passTurn() { <-c.turn }
