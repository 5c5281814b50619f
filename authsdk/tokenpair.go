package authsdk

import (
	"log/slog"
	"time"
)

// TokenPair is what a login or a refresh gives: RFC 6749 section 5.1 and a
// little more.
type TokenPair struct {
	AccessToken, RefreshToken     string
	AccessExpires, RefreshExpires time.Time
	// IssuedAt is the clock that the lifetimes count from.
	IssuedAt time.Time
	// Subject is whose the tokens are.
	Subject   string
	Scopes    []string
	SessionID string
	// AccessCSRF and RefreshCSRF are set if the tokens are for cookies.
	AccessCSRF, RefreshCSRF string
}

// String leaves the tokens out.
func (p TokenPair) String() string { return "authsdk.TokenPair{session " + p.SessionID + "}" }

// GoString keeps %#v from printing the tokens.
func (p TokenPair) GoString() string { return p.String() }

// LogValue keeps slog from printing the tokens.
func (p TokenPair) LogValue() slog.Value { return slog.StringValue(p.String()) }
