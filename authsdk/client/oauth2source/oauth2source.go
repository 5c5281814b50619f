// Package oauth2source joins package client and golang.org/x/oauth2: the session
// of a Client for what takes an oauth2.TokenSource, and the tokens of an
// oauth2.TokenSource for the transport of package client.
package oauth2source

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"golang.org/x/oauth2"

	"github.com/authsdk/authsdk-go/authsdk/client"
)

// TokenSource is an oauth2.TokenSource with the tokens of a client.Source.
type TokenSource struct {
	ctx    context.Context //nolint:containedctx // oauth2.TokenSource has none to pass
	source client.Source
}

var _ oauth2.TokenSource = (*TokenSource)(nil)

// New returns the access tokens of source, such as a client.Client, which are
// valid and refreshed when they are due. Every call of Token ends with ctx.
//
// Hand it to what asks for every request, such as oauth2.Transport. What keeps
// tokens by itself, as oauth2.NewClient and oauth2.ReuseTokenSource do, uses one
// until it expires, also if the session has ended or another has begun.
func New(ctx context.Context, source client.Source) *TokenSource {
	return &TokenSource{ctx, source}
}

// Token returns a token without its refresh token: whoever exchanged that would
// end the session. Errors are those of the source, for errors.Is and errors.As.
func (s *TokenSource) Token() (*oauth2.Token, error) {
	t, err := s.source.Token(s.ctx)
	if err != nil {
		return nil, fmt.Errorf("oauth2source: %w", err)
	}
	return &oauth2.Token{AccessToken: t.AccessToken, TokenType: "Bearer", Expiry: t.AccessExpires}, nil
}

// Source is a client.Source with the tokens of an oauth2.TokenSource.
type Source struct {
	tokens oauth2.TokenSource

	mu   sync.Mutex // guards call
	call *call
}

var _ client.Source = (*Source)(nil)

// From returns the tokens of an oauth2.TokenSource, for client.NewTransport.
// tokens is asked for every request, by one caller for all who wait: one that
// does not keep tokens belongs in an oauth2.ReuseTokenSource.
func From(tokens oauth2.TokenSource) *Source { return &Source{tokens: tokens} }

// call is one call of the oauth2.TokenSource. Its result is read after done is
// closed.
type call struct {
	done  chan struct{}
	token client.Token
	err   error
}

// errNotBearer says of a token that it cannot be sent as one.
var errNotBearer = errors.New("oauth2source: the token is not a bearer token")

// Token returns what the oauth2.TokenSource gives. As that knows no context, a
// caller whose ctx ends leaves, and the call goes on for the others.
func (s *Source) Token(ctx context.Context) (client.Token, error) {
	if err := ctx.Err(); err != nil {
		return client.Token{}, err
	}
	c := s.board()
	select {
	case <-c.done:
		return c.token, c.err
	case <-ctx.Done():
		return client.Token{}, ctx.Err()
	}
}

// board returns the call under way, or begins one.
func (s *Source) board() *call {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.call != nil {
		return s.call
	}
	c := &call{done: make(chan struct{})}
	s.call = c
	go func() {
		c.token, c.err = convert(s.tokens.Token())
		s.mu.Lock()
		s.call = nil
		s.mu.Unlock()
		close(c.done)
	}()
	return c
}

// convert leaves the refresh token out: it is the business of its source.
func convert(t *oauth2.Token, err error) (client.Token, error) {
	switch {
	case err != nil:
		return client.Token{}, fmt.Errorf("oauth2source: %w", err)
	case t == nil || t.AccessToken == "" || !strings.EqualFold(t.Type(), "Bearer"):
		return client.Token{}, errNotBearer
	}
	return client.Token{AccessToken: t.AccessToken, AccessExpires: t.Expiry}, nil
}
