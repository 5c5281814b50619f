package security

import (
	"net/http"
	"strings"
	"time"
)

// Refusal is implemented by errors of an [Authenticator] that choose their own
// answer: a status of 400, 401, 403, 429 or 5xx, and a stable code. Two more
// methods are used where they exist: ErrorDetail() string, for people, and
// BearerError() string, the error of a Bearer challenge (RFC 6750 section 3.1).
type Refusal interface {
	error
	HTTPStatus() int
	ErrorCode() string
}

// Denied is why a request may not pass. Unwrap gives the cause, for the log.
type Denied struct { //nolint:errname // the word of the field for a refused request
	// Status and Code are those of the answer.
	Status int
	Code   string
	// Operation is nil if the document does not know the route.
	Operation *Operation
	// Scopes are those that would have let the request pass, for 403.
	Scopes []string
	// Challenges are the values of WWW-Authenticate, one for each way in.
	Challenges []string
	// RetryAfter is how long to wait, for 503.
	RetryAfter time.Duration
	// Err is the cause.
	Err error
}

// Error returns the code and the cause.
func (d *Denied) Error() string {
	text := "security: " + d.Code
	if d.Operation != nil {
		text += ": " + d.Operation.String()
	}
	if d.Err != nil {
		text += ": " + d.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (d *Denied) Unwrap() error { return d.Err }

const retryAfter = 2 * time.Second

// challenge is what WWW-Authenticate says for s when its credential is missing.
// API keys and client certificates have no registered scheme; a 401 needs a
// challenge all the same (RFC 9110 section 15.5.2).
func (s *Scheme) challenge() string {
	switch s.Kind {
	case Bearer:
		return `Bearer realm="api"`
	case Basic:
		return `Basic realm="api", charset="UTF-8"`
	case MutualTLS:
		return `ClientCertificate realm="api"`
	case APIKeyCookie:
		return `ApiKey realm="api", in="cookie", name="` + quotable(s.Param) + `"`
	case APIKeyQuery:
		return `ApiKey realm="api", in="query", name="` + quotable(s.Param) + `"`
	case APIKeyHeader:
		return `ApiKey realm="api", in="header", name="` + quotable(s.Param) + `"`
	}
	return ""
}

// refusedWith adds what was wrong, RFC 6750 section 3, to a Bearer challenge.
func (s *Scheme) refusedWith(errorCode, detail string, scopes []string) string {
	c := s.challenge()
	if s.Kind != Bearer {
		return c
	}
	c += `, error="` + errorCode + `"`
	if detail != "" {
		c += `, error_description="` + quotable(detail) + `"`
	}
	if len(scopes) > 0 {
		c += `, scope="` + quotable(strings.Join(scopes, " ")) + `"`
	}
	return c
}

// quotable drops what may not stand in a quoted parameter.
func quotable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7E || r == '"' || r == '\\' {
			return -1
		}
		return r
	}, s)
}

func statusOf(r Refusal) int {
	if s := r.HTTPStatus(); s >= 400 && s <= 599 {
		return s
	}
	return http.StatusServiceUnavailable
}
