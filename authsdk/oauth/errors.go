package oauth

import (
	"fmt"
	"net/http"

	"github.com/authsdk/authsdk-go/authsdk"
)

// The refusals of this package. Their codes are the error codes of RFC 6749
// section 5.2 and RFC 7009 section 2.2.1, and their details hold nothing of the
// request.
var (
	// ErrInvalidRequest: a parameter is missing, malformed or came twice.
	ErrInvalidRequest = &authsdk.Error{Code: "invalid_request", Status: http.StatusBadRequest, Detail: "The request is malformed."}
	// ErrInvalidClient: the client is unknown, its secret is wrong or missing.
	ErrInvalidClient = &authsdk.Error{
		Code: "invalid_client", Status: http.StatusUnauthorized, Detail: "Client authentication failed.",
		Challenges: []string{`Basic realm="api", charset="UTF-8"`},
	}
	// ErrInvalidGrant: the refresh token or the password is not good, or the
	// token is another client's.
	ErrInvalidGrant = &authsdk.Error{
		Code: "invalid_grant", Status: http.StatusBadRequest,
		Detail: "The grant is invalid, expired or revoked, or was issued to another client.",
	}
	// ErrUnauthorizedClient: the client was not registered for this. With
	// introspection its status is 403.
	ErrUnauthorizedClient = &authsdk.Error{Code: "unauthorized_client", Status: http.StatusBadRequest, Detail: "The client may not do this."}
	// ErrUnsupportedGrantType: no grant of this server, or one that it was not
	// told to allow.
	ErrUnsupportedGrantType = &authsdk.Error{Code: "unsupported_grant_type", Status: http.StatusBadRequest, Detail: "The server does not support this grant."}
	// ErrInvalidScope: the scope is malformed, or nothing of it can be granted.
	ErrInvalidScope = &authsdk.Error{Code: "invalid_scope", Status: http.StatusBadRequest, Detail: "The scope is malformed, or more than can be granted."}
	// ErrUnsupportedTokenType: an access token without a session, and there is
	// no Config.RevokeToken.
	ErrUnsupportedTokenType = &authsdk.Error{Code: "unsupported_token_type", Status: http.StatusBadRequest, Detail: "The server cannot revoke tokens of this type."}
)

// badGrant makes ErrInvalidGrant of an error that says that a token or a
// password is not good. What cannot be known stays as it is, and so does what
// is about something else.
func badGrant(err error) error {
	e := authsdk.ErrorOf(err)
	switch e.Code {
	case ErrInvalidScope.Code, authsdk.ErrRequestMalformed.Code:
		return err
	}
	if e.Status >= http.StatusInternalServerError || e.Status == http.StatusTooManyRequests {
		return err
	}
	return fmt.Errorf("%w: %w", ErrInvalidGrant, err)
}

// invalid is ErrInvalidRequest with a detail that says what to mend.
func invalid(detail string) error {
	refusal := *ErrInvalidRequest
	refusal.Detail = detail
	return &refusal
}
