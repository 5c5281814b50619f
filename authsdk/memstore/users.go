package memstore

import (
	"context"
	"slices"
	"strings"

	"github.com/authsdk/authsdk-go/authsdk/userstore"
)

// AddUser implements [userstore.Store].
func (s *Store) AddUser(ctx context.Context, u userstore.User) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	if _, taken := s.names[u.Name]; taken || s.users[u.ID] != nil {
		return userstore.ErrExists
	}
	stored := cloneUser(&u)
	s.users[u.ID] = &stored
	s.names[u.Name] = u.ID
	return nil
}

// User implements [userstore.Store].
func (s *Store) User(ctx context.Context, id string) (userstore.User, error) {
	var u userstore.User
	err := s.user(ctx, id, func(found *userstore.User) { u = cloneUser(found) })
	return u, err
}

// UserByName implements [userstore.Store].
func (s *Store) UserByName(ctx context.Context, name string) (userstore.User, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return userstore.User{}, err
	}
	defer unlock()
	id, ok := s.names[name]
	if !ok {
		return userstore.User{}, userstore.ErrNotFound
	}
	return cloneUser(s.users[id]), nil
}

// Users implements [userstore.Store].
func (s *Store) Users(ctx context.Context) ([]userstore.User, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	list := make([]userstore.User, 0, len(s.users))
	for _, u := range s.users {
		list = append(list, cloneUser(u))
	}
	slices.SortFunc(list, func(a, b userstore.User) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

// SetUserPassword implements [userstore.Store].
func (s *Store) SetUserPassword(ctx context.Context, id, hash, ifHash string) error {
	return s.user(ctx, id, func(u *userstore.User) {
		if ifHash == "" || ifHash == u.PasswordHash {
			u.PasswordHash = hash
		}
	})
}

// SetUserDisabled implements [userstore.Store].
func (s *Store) SetUserDisabled(ctx context.Context, id string, disabled bool) error {
	return s.user(ctx, id, func(u *userstore.User) { u.Disabled = disabled })
}

// RemoveUser implements [userstore.Store].
func (s *Store) RemoveUser(ctx context.Context, id string) error {
	return s.user(ctx, id, func(u *userstore.User) {
		delete(s.names, u.Name)
		delete(s.users, u.ID)
	})
}

// user calls do with the user while the store is locked.
func (s *Store) user(ctx context.Context, id string, do func(*userstore.User)) error {
	unlock, err := s.lock(ctx)
	if err != nil {
		return err
	}
	defer unlock()
	u := s.users[id]
	if u == nil {
		return userstore.ErrNotFound
	}
	do(u)
	return nil
}

// cloneUser copies u with all that it points to.
func cloneUser(u *userstore.User) userstore.User {
	c := *u
	c.CreatedAt = milli(c.CreatedAt)
	c.Scopes, c.Roles = slices.Clone(c.Scopes), slices.Clone(c.Roles)
	return c
}
