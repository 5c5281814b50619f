package security

import (
	"errors"
	"net/http"
	"slices"
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

// denied makes the answer of the failure that counts.
func (e *evaluation) denied(f failure) *Denied {
	d := &Denied{Operation: e.op, Err: f.err}
	var refusal Refusal
	chosen := errors.As(f.err, &refusal)
	switch f.rank {
	case missing:
		d.Status, d.Code = http.StatusUnauthorized, "token_missing"
	case invalid:
		d.Status, d.Code = http.StatusUnauthorized, "token_invalid"
	case forbidden:
		d.Status, d.Code = http.StatusForbidden, "insufficient_scope"
		d.Scopes = f.scopes
	case malformed:
		d.Status, d.Code = http.StatusBadRequest, "credentials_malformed"
	default:
		d.Status, d.Code, d.RetryAfter = http.StatusServiceUnavailable, "store_unavailable", retryAfter
	}
	if chosen {
		d.Status, d.Code = statusOf(refusal), refusal.ErrorCode()
	}
	d.Challenges = e.challenges(f, d)
	return d
}

// challenges tells every way in: one challenge for each scheme that an
// alternative needs, with what was wrong beside the one that was refused.
func (e *evaluation) challenges(f failure, d *Denied) []string {
	switch {
	case d.Status == http.StatusBadRequest:
		return []string{e.v.table.Schemes[f.scheme].refusedWith("invalid_request", "", nil)}
	case d.Status == http.StatusForbidden && f.scopes != nil:
		return e.scopeChallenges()
	case d.Status == http.StatusForbidden:
		s := &e.v.table.Schemes[f.scheme]
		if code := bearerError(f.err); s.Kind == Bearer && code != "invalid_token" {
			return []string{s.refusedWith(code, "", nil)}
		}
		return nil
	case d.Status != http.StatusUnauthorized:
		return nil
	}
	var out []string
	for _, alt := range e.plan.alternatives {
		for _, req := range alt {
			s := &e.v.table.Schemes[req.Scheme]
			c := s.challenge()
			if f.rank == invalid && req.Scheme == f.scheme {
				c = s.refusedWith(bearerError(f.err), detailOf(f.err), nil)
			}
			if !slices.Contains(out, c) {
				out = append(out, c)
			}
		}
	}
	return out
}

// scopeChallenges names the scopes of every alternative that was refused for
// them.
func (e *evaluation) scopeChallenges() []string {
	var out []string
	for _, alt := range e.plan.alternatives {
		_, f := e.alternative(alt)
		if f == nil || f.rank != forbidden || f.scopes == nil {
			continue
		}
		c := e.v.table.Schemes[f.scheme].refusedWith("insufficient_scope", "", f.scopes)
		if !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}

// bearerError is what a Bearer challenge says about err, RFC 6750 section 3.1.
func bearerError(err error) string {
	var b interface{ BearerError() string }
	if errors.As(err, &b) && b.BearerError() != "" {
		return b.BearerError()
	}
	return "invalid_token"
}

// detailOf is what an authenticator's refusal says to people.
func detailOf(err error) string {
	var d interface{ ErrorDetail() string }
	if errors.As(err, &d) {
		return d.ErrorDetail()
	}
	return ""
}
