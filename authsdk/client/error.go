package client

import (
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"
	"unicode"

	gen "github.com/authsdk/authsdk-go/gen/client"
)

// ErrLoggedOut means that there is no session and that somebody has to log in:
// nobody has yet, somebody logged out, or the server has ended the session. In
// the last case the error wraps the server's [Error] too, with its code.
var ErrLoggedOut = errors.New("client: not logged in")

// Error is an answer of the server that is not what was asked for. Match it
// with errors.As.
type Error struct {
	// Status is the HTTP status.
	Status int
	// Code is the code of the problem (RFC 9457), such as invalid_credentials
	// or too_many_attempts, or invalid_grant (RFC 6749). It is empty when the answer is not a problem of
	// the contract, which often means that a proxy gave it.
	Code string
	// Detail is the problem's text for people. It may change.
	Detail string
	// RetryAfter is how long the server asks to wait; zero if it does not say.
	RetryAfter time.Duration

	// refused is whether the auth server itself turned the credential down.
	refused bool
}

// Error returns status, code and detail.
func (e *Error) Error() string {
	s := strconv.Itoa(e.Status)
	if e.Code == "" {
		s += " " + http.StatusText(e.Status)
	} else {
		s += " " + e.Code
	}
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	return s
}

// answered reports whether err is an answer of the server, and not the lack of one.
func answered(err error) bool {
	var e *Error
	return errors.As(err, &e)
}

// refused reports whether err says for certain that the token sent is of no
// use any more.
func refused(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.refused
}

const maxDetail = 1024

// codePattern is that of ProblemCode in the document. No token matches it.
var codePattern = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)

// newError reads an answer that is not a success. The secrets that were sent
// are taken out of a text that could repeat them. In a text that anybody can
// look up the gap itself would tell the secret, if that is one of its words.
func newError(res *http.Response, body []byte, now time.Time, secrets ...string) *Error {
	e := &Error{Status: res.StatusCode, RetryAfter: retryAfter(res.Header.Get("Retry-After"), now)}
	e.Code, e.Detail = problem(res.Header, body)
	own := e.Detail == ownDetails()[e.Code]
	for _, s := range secrets {
		if s != "" && !own {
			e.Detail = strings.ReplaceAll(e.Detail, s, "…")
		}
	}
	switch {
	case e.Status/100 == 3:
		e.Detail = "the server redirects: set BaseURL to the address that it redirects to"
	case invalidGrant(res, body):
		e.Code, e.refused = "invalid_grant", true
	case e.Status == http.StatusUnauthorized && e.Code != "":
		// That no token came is said of a request whose header got lost on the way.
		e.refused = e.Code != "token_missing"
	case e.Status == http.StatusUnauthorized:
		// A renderer of the application's own, unlike a proxy that wants a
		// password of its own.
		e.refused = mediaType(res.Header) == "application/json" || bearerChallenge(res.Header)
	}
	return e
}

// problem returns code and detail of a problem document (RFC 9457), or nothing.
func problem(h http.Header, body []byte) (code, detail string) {
	var p gen.Problem
	if mediaType(h) != "application/problem+json" || json.Unmarshal(body, &p) != nil || !codePattern.MatchString(p.Code) {
		return "", ""
	}
	detail = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, p.Detail)
	if len(detail) > maxDetail {
		detail = strings.ToValidUTF8(detail[:maxDetail], "")
	}
	return p.Code, detail
}

// invalidGrant reports whether the answer says of a refresh token what the
// token endpoint of OAuth says (RFC 6749 section 5.2), as a renderer of the
// application's own may do.
func invalidGrant(res *http.Response, body []byte) bool {
	var p struct {
		Error string `json:"error"`
	}
	return (res.StatusCode == http.StatusBadRequest || res.StatusCode == http.StatusUnauthorized) &&
		mediaType(res.Header) == "application/json" && json.Unmarshal(body, &p) == nil && p.Error == "invalid_grant"
}

func mediaType(h http.Header) string {
	media, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return ""
	}
	return media
}

// bearerChallenge reports whether the answer asks for a token (RFC 6750 section 3).
func bearerChallenge(h http.Header) bool {
	for _, v := range h.Values("WWW-Authenticate") {
		if scheme, _, _ := strings.Cut(v, " "); strings.EqualFold(scheme, "Bearer") {
			return true
		}
	}
	return false
}

// maxRetryAfter is the most that the contract allows.
const maxRetryAfter = 24 * time.Hour

// retryAfter reads both forms of the header, RFC 9110 section 10.2.3.
func retryAfter(value string, now time.Time) time.Duration {
	var d time.Duration
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		d = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		d = at.Sub(now)
	}
	return min(max(d, 0), maxRetryAfter)
}
