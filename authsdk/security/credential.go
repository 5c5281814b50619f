package security

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Credential is what a request carries for one scheme.
type Credential struct {
	Scheme    *Scheme
	Operation *Operation
	// Value is the token, the API key or the user name; empty for MutualTLS,
	// whose certificates are in Request.TLS. Password is that of Basic.
	Value, Password string
	// Request is the request. Its body must not be read.
	Request *http.Request
	// Principal is who an earlier scheme of the same alternative identified.
	Principal *Principal
}

// Authenticator checks a credential. It returns the principal, or nil for a
// credential that is good but identifies nobody, such as a proof against
// forged requests.
//
// An error that wraps ErrInvalidCredential refuses the credential with 401. An
// error with the methods of [Refusal] chooses status and code itself. Every
// other error means that nothing is known, which is 503. Authenticators may be
// called concurrently.
type Authenticator func(ctx context.Context, c *Credential) (*Principal, error)

// ErrInvalidCredential is what an [Authenticator] returns, wrapped or not, for
// a credential that is not good.
var ErrInvalidCredential = errors.New("security: the credential is not valid")

// errTwice is a credential that came more than once.
var errTwice = errors.New("security: a credential came twice")

// extract returns what r carries for s, and whether it carries anything.
func (s *Scheme) extract(r *http.Request) (value, password string, there bool, err error) {
	switch s.Kind {
	case MutualTLS:
		return "", "", r.TLS != nil && len(r.TLS.PeerCertificates) > 0, nil
	case Bearer, Basic:
		return s.authorization(r)
	case APIKeyHeader:
		value, there, err = single(r.Header.Values(s.Param), s.Param)
	case APIKeyQuery:
		value, there, err = single(r.URL.Query()[s.Param], s.Param)
	case APIKeyCookie:
		var values []string
		for _, c := range r.CookiesNamed(s.Param) {
			values = append(values, c.Value)
		}
		value, there, err = single(values, s.Param)
	}
	return value, "", there, err
}

// authorization reads the Authorization header, if its scheme is that of s.
func (s *Scheme) authorization(r *http.Request) (value, password string, there bool, err error) {
	header, there, err := single(r.Header.Values("Authorization"), "Authorization")
	if err != nil || !there {
		return "", "", false, err
	}
	scheme, rest, _ := strings.Cut(header, " ")
	if s.Kind == Basic {
		if !strings.EqualFold(scheme, "Basic") {
			return "", "", false, nil
		}
		user, password, ok := r.BasicAuth()
		if !ok {
			return "", "", false, fmt.Errorf("%w: Basic credentials that cannot be read", errMalformed)
		}
		return user, password, true, nil
	}
	if !strings.EqualFold(scheme, "Bearer") {
		return "", "", false, nil
	}
	if rest = strings.Trim(rest, " "); rest == "" || !oneWord(rest) {
		return "", "", false, fmt.Errorf("%w: not one token after Bearer", errMalformed)
	}
	return rest, "", true, nil
}

// oneWord reports whether s has no blank, tab and comma, in less time than
// strings.ContainsAny takes for a token.
func oneWord(s string) bool {
	return strings.IndexByte(s, ' ') < 0 && strings.IndexByte(s, '\t') < 0 && strings.IndexByte(s, ',') < 0
}

// errMalformed is a credential whose form must not be guessed at.
var errMalformed = errors.New("security: malformed credentials")

// single returns the one value of a list. An empty value counts as none.
func single(values []string, name string) (value string, there bool, err error) {
	switch len(values) {
	case 0:
		return "", false, nil
	case 1:
		return values[0], values[0] != "", nil
	}
	return "", false, fmt.Errorf("%w: %s", errTwice, name)
}
