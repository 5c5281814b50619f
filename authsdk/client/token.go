package client

import (
	"encoding/json"
	"errors"
	"log/slog"
	"time"
)

// Token is a session as its holder knows it: the access token for requests,
// and the refresh token that brings the next pair. Times are those of this
// machine's clock, reckoned from the lifetimes that the server gave.
//
// Its text, in fmt and in slog, leaves the tokens out, and encoding/json
// refuses it: see [Token.MarshalBinary].
type Token struct {
	AccessToken, RefreshToken               string
	IssuedAt, AccessExpires, RefreshExpires time.Time
	// Scope lists the scopes of the access token, separated by spaces.
	Scope string
	// SessionID is the session as the server lists it.
	SessionID string
}

// String leaves the tokens out.
func (t Token) String() string { return "client.Token{session " + t.SessionID + "}" }

// GoString keeps %#v from printing the tokens.
func (t Token) GoString() string { return t.String() }

// LogValue keeps slog from printing the tokens.
func (t Token) LogValue() slog.Value { return slog.StringValue(t.String()) }

// MarshalJSON always fails. A Token that stands somewhere in an answer or in a
// log entry would publish the session, and without its tokens it would be
// lost in a store.
func (t Token) MarshalJSON() ([]byte, error) {
	return nil, errors.New("client: a Token is secret: MarshalBinary encodes it for a TokenStore")
}

// tokenFile is the encoding of a Token, in the words of RFC 6749 section 5.1
// where it has one.
type tokenFile struct {
	AccessToken    string    `json:"access_token"`
	RefreshToken   string    `json:"refresh_token"`
	IssuedAt       time.Time `json:"issued_at"`
	AccessExpires  time.Time `json:"access_expires_at"`
	RefreshExpires time.Time `json:"refresh_expires_at"`
	Scope          string    `json:"scope"`
	SessionID      string    `json:"session_id"`
}

// MarshalBinary encodes t, with its tokens, for a [TokenStore] to keep in a
// safe place.
func (t Token) MarshalBinary() ([]byte, error) {
	data, err := json.MarshalIndent(tokenFile(t), "", "  ")
	return append(data, '\n'), err
}

// errNotToken quotes nothing of the input: half a pair is secret as well.
var errNotToken = errors.New("not a pair of tokens")

// UnmarshalBinary decodes what [Token.MarshalBinary] made. It refuses anything
// without both tokens, and leaves t alone then.
func (t *Token) UnmarshalBinary(data []byte) error {
	var file tokenFile
	if err := json.Unmarshal(data, &file); err != nil {
		return errNotToken
	}
	if file.AccessToken == "" || file.RefreshToken == "" {
		return errNotToken
	}
	*t = Token(file)
	return nil
}

// same reports whether a and b are one pair; nil stands for none. The access
// tokens are compared as well, because a server without sessions does not
// rotate the refresh token.
func same(a, b *Token) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.AccessToken == b.AccessToken && a.RefreshToken == b.RefreshToken
}
