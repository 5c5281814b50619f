// Package userstore is the contract between the users of package users and the
// stores that keep them. It stands apart so that a store, and a program that
// brings its own users, compile nothing that hashes passwords.
package userstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// User is an account with a password.
type User struct {
	// ID is the subject of the user's tokens: random, and never used again.
	ID string
	// Name is what the user logs in with, in the form that Canonical returns.
	Name string
	// PasswordHash is an argon2id hash in PHC format.
	PasswordHash string
	// Scopes and Roles go into the user's tokens.
	Scopes, Roles []string
	// Disabled users cannot log in, and their sessions end at the next refresh.
	Disabled bool
	// CreatedAt has a resolution of one millisecond.
	CreatedAt time.Time
}

// String leaves the hash out.
func (u User) String() string { return fmt.Sprintf("users.User{%s %q}", u.ID, u.Name) }

// GoString keeps %#v from printing the hash.
func (u User) GoString() string { return u.String() }

// LogValue keeps slog from printing the hash.
func (u User) LogValue() slog.Value { return slog.StringValue(u.String()) }

// Errors of a [Store].
var (
	ErrNotFound = errors.New("users: there is no such user")
	ErrExists   = errors.New("users: the name is taken")
)

// Store keeps users. The packages memstore and sqlitestore implement it, and
// storetest checks an implementation. All methods may be called concurrently;
// errors other than the named ones mean "cannot know".
type Store interface {
	// AddUser adds u, or returns ErrExists if its ID or name is taken.
	AddUser(ctx context.Context, u User) error
	// User and UserByName return one user, or ErrNotFound. Names are compared
	// byte by byte: callers pass them in canonical form.
	User(ctx context.Context, id string) (User, error)
	UserByName(ctx context.Context, name string) (User, error)
	// Users returns all users, by name.
	Users(ctx context.Context) ([]User, error)
	// SetUserPassword replaces the password hash of a user. If ifHash is not
	// empty it does so only while the stored hash is still ifHash, so that
	// renewing a hash never undoes a change of password; it returns nil either
	// way, and ErrNotFound for an unknown user.
	SetUserPassword(ctx context.Context, id, hash, ifHash string) error
	// SetUserDisabled disables or enables a user, or returns ErrNotFound.
	SetUserDisabled(ctx context.Context, id string, disabled bool) error
	// RemoveUser deletes a user, or returns ErrNotFound.
	RemoveUser(ctx context.Context, id string) error
}
