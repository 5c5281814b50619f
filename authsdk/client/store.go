package client

import (
	"context"
	"errors"
	"sync"
)

// ErrNoToken is what [TokenStore.Load] returns when there is nothing to load.
var ErrNoToken = errors.New("client: no tokens are stored")

// TokenStore keeps the one pair of tokens of a [Client] over the end of the
// program. Its methods may be called concurrently, and by several processes
// where the place is shared: a reader sees one pair or the other, whole. They
// must not use the Client, which waits for them.
//
// A pair is loaded before every refresh, so that a process sees what another
// has saved, or that it has logged out.
type TokenStore interface {
	// Load returns the pair that was saved last, or ErrNoToken. Every other
	// error means that it is not known whether there is one.
	Load(ctx context.Context) (Token, error)
	// Save replaces the pair. When it returns nil, the pair survives a crash;
	// when it fails, the former one is still there.
	Save(ctx context.Context, t Token) error
	// Delete removes the pair. That there is none is no error.
	Delete(ctx context.Context) error
}

// MemoryStore is a [TokenStore] that ends with the program. The zero value is
// ready for use.
type MemoryStore struct {
	mu    sync.Mutex // guards token
	token *Token
}

var _ TokenStore = (*MemoryStore)(nil)

// String leaves the tokens out.
func (s *MemoryStore) String() string { return "client.MemoryStore" }

// GoString keeps %#v from printing the tokens.
func (s *MemoryStore) GoString() string { return s.String() }

// Load returns the pair, or [ErrNoToken].
func (s *MemoryStore) Load(context.Context) (Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.token == nil {
		return Token{}, ErrNoToken
	}
	return *s.token, nil
}

// Save replaces the pair. It does not fail.
func (s *MemoryStore) Save(_ context.Context, t Token) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token = &t
	return nil
}

// Delete forgets the pair. It does not fail.
func (s *MemoryStore) Delete(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.token = nil
	return nil
}
