package memstore

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"github.com/authsdk/authsdk-go/authsdk/clientstore"
)

// AddClient implements [clientstore.Store].
func (s *Store) AddClient(ctx context.Context, c clientstore.Client) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if s.clients[c.ID] != nil {
		return clientstore.ErrExists
	}
	stored := cloneClient(&c)
	s.clients[c.ID] = &stored
	return nil
}

// Client implements [clientstore.Store].
func (s *Store) Client(ctx context.Context, id string) (clientstore.Client, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return clientstore.Client{}, err
	}
	defer unlock()
	c := s.clients[id]
	if c == nil {
		return clientstore.Client{}, clientstore.ErrNotFound
	}
	return cloneClient(c), nil
}

// Clients implements [clientstore.Store].
func (s *Store) Clients(ctx context.Context) ([]clientstore.Client, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	list := make([]clientstore.Client, 0, len(s.clients))
	for _, c := range s.clients {
		list = append(list, cloneClient(c))
	}
	slices.SortFunc(list, func(a, b clientstore.Client) int { return strings.Compare(a.ID, b.ID) })
	return list, nil
}

// ReplaceSecret implements [clientstore.Store].
func (s *Store) ReplaceSecret(ctx context.Context, id string, hash []byte) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	c := s.clients[id]
	if c == nil || c.Public() || len(hash) == 0 {
		return clientstore.ErrNotFound
	}
	c.SecretHash = bytes.Clone(hash)
	return nil
}

// RemoveClient implements [clientstore.Store].
func (s *Store) RemoveClient(ctx context.Context, id string) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if s.clients[id] == nil {
		return clientstore.ErrNotFound
	}
	delete(s.clients, id)
	return nil
}

func cloneClient(c *clientstore.Client) clientstore.Client {
	out := *c
	out.CreatedAt = milli(c.CreatedAt)
	out.SecretHash = bytes.Clone(c.SecretHash)
	out.Grants, out.Scopes, out.Audience = slices.Clone(c.Grants), slices.Clone(c.Scopes), slices.Clone(c.Audience)
	return out
}
