package users

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
)

// Add adds a user and returns it without its hash. Errors wrap [ErrInvalid],
// [ErrExists], or an authsdk.Error with status 503.
func (s *Service) Add(ctx context.Context, name, password string, scopes, roles []string) (User, error) {
	name, err := Canonical(name)
	if err != nil {
		return User{}, err
	}
	if err := checkGrants(scopes, roles); err != nil {
		return User{}, err
	}
	hash, err := s.hash(ctx, password)
	if err != nil {
		return User{}, err
	}
	u := User{
		ID: rand.Text(), Name: name, PasswordHash: hash,
		Scopes: slices.Clone(scopes), Roles: slices.Clone(roles),
		CreatedAt: s.now().UTC().Truncate(time.Millisecond),
	}
	if err := s.store.AddUser(ctx, u); err != nil {
		return User{}, s.refusal(err, "add user", name)
	}
	u.PasswordHash = ""
	return u, nil
}

// List returns all users by name, without their hashes.
func (s *Service) List(ctx context.Context) ([]User, error) {
	list, err := s.store.Users(ctx)
	if err != nil {
		return nil, authsdk.Unknown("list users", err)
	}
	for i := range list {
		list[i].PasswordHash = ""
	}
	return list, nil
}

// SetPassword gives the user called name another password. It ends no session;
// [session.Manager] does. Errors wrap [ErrInvalid], [ErrNotFound], or an
// authsdk.Error with status 503.
func (s *Service) SetPassword(ctx context.Context, name, password string) error {
	return s.change(ctx, name, "set password", func(u *User) error {
		hash, err := s.hash(ctx, password)
		if err != nil {
			return err
		}
		return s.store.SetUserPassword(ctx, u.ID, hash, "")
	})
}

// SetDisabled disables or enables the user called name. A disabled user cannot
// log in, and its sessions end at their next refresh. Errors are those of
// SetPassword.
func (s *Service) SetDisabled(ctx context.Context, name string, disabled bool) error {
	return s.change(ctx, name, "set disabled", func(u *User) error {
		return s.store.SetUserDisabled(ctx, u.ID, disabled)
	})
}

// Remove deletes the user called name. Its sessions end at their next refresh.
// Errors are those of SetPassword.
func (s *Service) Remove(ctx context.Context, name string) error {
	return s.change(ctx, name, "remove user", func(u *User) error {
		return s.store.RemoveUser(ctx, u.ID)
	})
}

// change finds a user by name and calls do with it.
func (s *Service) change(ctx context.Context, name, what string, do func(*User) error) error {
	name, err := Canonical(name)
	if err != nil {
		return err
	}
	u, err := s.store.UserByName(ctx, name)
	if err == nil {
		err = do(&u)
	}
	if err != nil {
		return s.refusal(err, what, name)
	}
	return nil
}

// hash hashes a password that is to be set, when it is its turn.
func (s *Service) hash(ctx context.Context, password string) (hash string, err error) {
	if password, err = chosen(password); err != nil {
		return "", err
	}
	err = s.gate.pass(ctx, func() (err error) {
		hash, err = s.hasher.hash(password)
		return err
	})
	return hash, err
}

// refusal adds the name and the next step to an error of the store.
func (*Service) refusal(err error, what, name string) error {
	switch {
	case errors.Is(err, ErrExists):
		return fmt.Errorf("%w: %q: choose another one, or set the password of that user", ErrExists, name)
	case errors.Is(err, ErrNotFound):
		return fmt.Errorf("%w: %q: list the users to see all names", ErrNotFound, name)
	case errors.Is(err, ErrInvalid):
		return err
	default:
		return authsdk.Unknown(what, err)
	}
}

// What a token can say; anything else would be found out at the user's first
// login. Scopes are those of RFC 6749 section 3.3.
var (
	scopePattern = regexp.MustCompile(`^[\x21\x23-\x5B\x5D-\x7E]{1,128}$`)
	rolePattern  = regexp.MustCompile(`^[^\pC\pZ\x{FFFD}]+( [^\pC\pZ\x{FFFD}]+)*$`)
)

const maxGrant = 128 // bytes

func checkGrants(scopes, roles []string) error {
	for _, scope := range scopes {
		if !scopePattern.MatchString(scope) {
			return fmt.Errorf("%w: the scope %.64q must be printable ASCII without spaces, quotes and backslashes, up to %d bytes", ErrInvalid, scope, maxGrant)
		}
	}
	for _, role := range roles {
		if len(role) > maxGrant || !rolePattern.MatchString(role) {
			return fmt.Errorf("%w: the role %.64q must be printable and have 1 to %d bytes", ErrInvalid, role, maxGrant)
		}
	}
	return nil
}
