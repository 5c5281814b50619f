package session

import (
	"context"
	"log/slog"
)

// Accounts is the application's user base, as far as logging in needs it. The
// package authsdk/users has one for applications without.
//
// Errors that are not an [authsdk.Error] count as authsdk.ErrStoreUnavailable. Methods may be
// called concurrently.
type Accounts interface {
	// Authenticate returns the account that the credentials prove. It returns
	// authsdk.ErrInvalidCredentials for an unknown name and for a wrong password, and
	// takes the same time for both; authsdk.ErrTooManyAttempts with RetryAfter when
	// the account or the address has failed too often.
	Authenticate(ctx context.Context, c Credentials) (*Account, error)
	// Account returns the account as it is now, when its tokens are renewed.
	// It returns authsdk.ErrUserNotFound if the account is gone or disabled, which
	// ends its sessions.
	Account(ctx context.Context, subject string) (*Account, error)
}

// Account is what tokens say about somebody.
type Account struct {
	// Subject identifies the account for ever; it is not the user name.
	Subject string
	// Scopes and Roles are what the account may do now.
	Scopes, Roles []string
	// Claims become custom claims of the access token, as in [authsdk.Issuer.Issue].
	Claims any
}

// Credentials are a password and whose it is: a user name at a login, a
// subject when somebody who is logged in proves it again.
type Credentials struct {
	Username, Subject string
	Password          string
	// Address is where the attempt comes from, without a port, for throttling.
	Address string
}

// String leaves the password out.
func (c Credentials) String() string {
	return "session.Credentials{" + c.Username + c.Subject + "}"
}

// GoString keeps %#v from printing the password.
func (c Credentials) GoString() string { return c.String() }

// LogValue keeps slog from printing the password.
func (c Credentials) LogValue() slog.Value { return slog.StringValue(c.String()) }
