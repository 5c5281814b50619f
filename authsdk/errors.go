package authsdk

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/security"
)

// Error is a refusal: a stable code for the client and, by wrapping, the cause
// for the log. The package's sentinels are Errors; an application defines its
// own the same way and may return them from every callback:
//
//	var ErrSuspended = &authsdk.Error{Code: "tenant_suspended", Status: 403, Detail: "The tenant is suspended."}
//
// Errors are compared by code, so that errors.Is finds a sentinel in a copy
// that carries more. Values are read-only once they are shared.
type Error struct {
	// Code tells programs what happened, in snake_case. It never changes.
	Code string
	// Status is the HTTP status of the answer: 400 to 599. Any other is
	// answered as 500.
	Status int
	// Detail tells people what happened. It holds nothing of the request and
	// nothing secret.
	Detail string
	// Reason tells operators what exactly was wrong. It holds nothing secret,
	// and WriteProblem does not send it; a renderer of one's own may.
	Reason string
	// Scope lists the scopes that were wanted, separated by spaces, for
	// insufficient_scope.
	Scope string
	// RetryAfter is how long the client should wait; zero leaves the header out.
	RetryAfter time.Duration
	// Claims are those of a token that was good in its form and signature, and
	// refused nevertheless. ErrorOf sets them, for renderers.
	Claims *Claims
	// Challenges are the values of WWW-Authenticate. Nil means the Bearer
	// challenge of RFC 6750 section 3 that fits Code and Status.
	Challenges []string
}

// Error returns the code, and the reason or else the detail.
func (e *Error) Error() string {
	if e.Reason != "" {
		return "authsdk: " + e.Code + ": " + e.Reason
	}
	return "authsdk: " + e.Code + ": " + e.Detail
}

// because returns a copy of e with a reason.
func (e *Error) because(reason string) error {
	refusal := *e
	refusal.Reason = reason
	return &refusal
}

// Is reports whether target is an Error with the same code.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

// storeRetry is what a client is told to wait when something behind the server
// does not answer: long enough not to add to the load, short enough for a person.
const storeRetry = 2 * time.Second

// The refusals of this package. Everything that a function here returns for a
// reason the caller can act on is one of them, possibly wrapped: match with
// errors.Is.
var (
	// ErrTokenMissing: the request carries no token where one is looked for.
	ErrTokenMissing = &Error{Code: "token_missing", Status: http.StatusUnauthorized, Detail: "A token is required."}
	// ErrTokenMalformed: what was sent does not have the form of a token.
	ErrTokenMalformed = &Error{Code: "token_malformed", Status: http.StatusUnauthorized, Detail: "The token is malformed."}
	// ErrTokenInvalid: the signature, the key or a claim of the token is not acceptable.
	ErrTokenInvalid = &Error{Code: "token_invalid", Status: http.StatusUnauthorized, Detail: "The token is invalid."}
	// ErrTokenExpired: the token was good once.
	ErrTokenExpired = &Error{Code: "token_expired", Status: http.StatusUnauthorized, Detail: "The token has expired."}
	// ErrTokenRevoked: the token, its session or its refresh family was ended.
	ErrTokenRevoked = &Error{Code: "token_revoked", Status: http.StatusUnauthorized, Detail: "The token has been revoked."}
	// ErrTokenWrongType: a good token, but not of a type that is accepted here.
	ErrTokenWrongType = &Error{Code: "token_wrong_type", Status: http.StatusUnauthorized, Detail: "A token of another type is required."}
	// ErrFreshTokenRequired: the person must prove again who they are.
	ErrFreshTokenRequired = &Error{Code: "fresh_token_required", Status: http.StatusUnauthorized, Detail: "A fresh token is required: authenticate again."}
	// ErrInsufficientScope: the token lacks a scope or a role.
	ErrInsufficientScope = &Error{Code: "insufficient_scope", Status: http.StatusForbidden, Detail: "The token does not grant what this request needs."}
	// ErrCSRF: a request with a cookie token did not prove where it comes from.
	ErrCSRF = &Error{Code: "csrf_failed", Status: http.StatusForbidden, Detail: "The request could not be told from a cross-site forgery."}
	// ErrUserNotFound: the account behind a good token is gone or disabled.
	ErrUserNotFound = &Error{Code: "user_not_found", Status: http.StatusUnauthorized, Detail: "The account is not available."}
	// ErrInvalidCredentials: unknown user or wrong password, which are not told apart.
	ErrInvalidCredentials = &Error{Code: "invalid_credentials", Status: http.StatusUnauthorized, Detail: "The user name or the password is wrong."}
	// ErrTooManyAttempts: too many failed logins; RetryAfter says when to come back.
	ErrTooManyAttempts = &Error{Code: "too_many_attempts", Status: http.StatusTooManyRequests, Detail: "Too many failed attempts. Try again later."}
	// ErrBusy: more work is waiting than will be done in time.
	ErrBusy = &Error{Code: "server_busy", Status: http.StatusServiceUnavailable, Detail: "The server is busy. Try again.", RetryAfter: storeRetry}
	// ErrStoreUnavailable: the store did not answer, so nothing is known and nothing was changed for certain.
	ErrStoreUnavailable = &Error{Code: "store_unavailable", Status: http.StatusServiceUnavailable, Detail: "A service behind this one does not answer. Try again.", RetryAfter: storeRetry}
	// ErrSessionNotFound: the subject has no such session.
	ErrSessionNotFound = &Error{Code: "session_not_found", Status: http.StatusNotFound, Detail: "There is no such session."}
	// ErrCredentialsMalformed: the request carries its credentials in a way that must not be guessed at.
	ErrCredentialsMalformed = &Error{Code: "credentials_malformed", Status: http.StatusBadRequest, Detail: "The credentials are sent in a malformed way."}
	// ErrRequestMalformed: the request does not have the form that the document describes.
	ErrRequestMalformed = &Error{Code: "request_malformed", Status: http.StatusBadRequest, Detail: "The request is malformed."}
	// ErrMediaType: the body has another media type than the document describes.
	ErrMediaType = &Error{Code: "unsupported_media_type", Status: http.StatusUnsupportedMediaType, Detail: "The body must be application/json."}
)

// errServer stands for every error that has no code of its own.
var errServer = &Error{Code: "server_error", Status: http.StatusInternalServerError, Detail: "Something went wrong."}

// errNotFound stands for a route that the document does not know.
var errNotFound = &Error{Code: "not_found", Status: http.StatusNotFound, Detail: "There is nothing here."}

// ErrorOf returns the refusal in err's chain, which may be a *security.Denied,
// or server_error with status 500 for an error that has none. It returns nil
// for nil.
func ErrorOf(err error) *Error {
	if err == nil {
		return nil
	}
	e := errServer
	if d, ok := errors.AsType[*security.Denied](err); ok {
		e = refusalOf(d)
	} else if found, ok := errors.AsType[*Error](err); ok {
		e = found.answerable()
	}
	if t, ok := errors.AsType[*tokenError](err); ok {
		refusal := *e
		refusal.Claims = t.claims
		return &refusal
	}
	return e
}

// tokenError tells which token an error is about.
type tokenError struct {
	error

	claims *Claims
}

// Unwrap returns the error itself.
func (t *tokenError) Unwrap() error { return t.error }

// answerable returns e with a status that refuses: zero, say, would be 200.
func (e *Error) answerable() *Error {
	if e.Status >= 400 && e.Status <= 599 {
		return e
	}
	refusal := *e
	refusal.Status = http.StatusInternalServerError
	return &refusal
}

// Unknown makes a refusal of an error behind which no verdict stands: an err
// that wraps an Error is returned as it is, every other one becomes
// ErrStoreUnavailable, wrapping err. What names the question. It is for
// callbacks and stores: what cannot be known is 503, never a yes and never a no.
func Unknown(what string, err error) error {
	if _, ok := errors.AsType[*Error](err); ok {
		return err
	}
	return fmt.Errorf("%w: %s: %w", ErrStoreUnavailable, what, err)
}
