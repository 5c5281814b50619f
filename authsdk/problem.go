package authsdk

import (
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"strings"
)

// problemTypes is where the codes are explained to people.
const problemTypes = "https://github.com/authsdk/authsdk-go/blob/main/docs/errors.md#"

// problem is the body of a refusal, RFC 9457 section 3.
type problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Code   string `json:"code"`
}

// Renderer writes the answer to a refused request. The same one serves every
// router. It must write a status and may be called concurrently.
type Renderer func(w http.ResponseWriter, r *http.Request, e *Error)

// WriteProblem is the default [Renderer]: application/problem+json (RFC 9457)
// with the code, WWW-Authenticate (RFC 6750 section 3) where a credential was
// refused, Retry-After where waiting helps, and Cache-Control: no-store.
func WriteProblem(w http.ResponseWriter, _ *http.Request, e *Error) {
	body, err := json.Marshal(problem{
		Type:   problemTypes + e.Code,
		Title:  http.StatusText(e.Status),
		Status: e.Status,
		Detail: e.Detail,
		Code:   e.Code,
	})
	if err != nil { // four strings and a number always marshal
		body = []byte(`{}`)
	}
	h := w.Header()
	for _, c := range e.challenges() {
		h.Add("WWW-Authenticate", c)
	}
	if e.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(e.RetryAfter.Seconds()))))
	}
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Type", "application/problem+json")
	h.Set("Content-Length", strconv.Itoa(len(body)+1))
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(e.Status)
	_, _ = w.Write(append(body, '\n'))
}

const bearer = `Bearer realm="api"`

// challenges returns what WWW-Authenticate says about e, RFC 6750 section 3.1:
// nothing but the scheme when no credentials came, else the error.
func (e *Error) challenges() []string {
	if len(e.Challenges) > 0 {
		return e.Challenges
	}
	switch e.Code {
	case ErrTokenMissing.Code, ErrInvalidCredentials.Code:
		return []string{bearer}
	case ErrInsufficientScope.Code:
		c := bearer + `, error="insufficient_scope"`
		if e.Scope != "" {
			c += `, scope="` + quotable(e.Scope) + `"`
		}
		return []string{c}
	case ErrCredentialsMalformed.Code:
		return []string{bearer + `, error="invalid_request", error_description="` + quotable(e.Detail) + `"`}
	}
	if e.Status == http.StatusUnauthorized {
		return []string{bearer + `, error="invalid_token", error_description="` + quotable(e.Detail) + `"`}
	}
	return nil
}

// quotable drops what may not stand in error_description or scope, RFC 6750
// section 3: everything outside %x20-21 / %x23-5B / %x5D-7E.
func quotable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r > 0x7E || r == '"' || r == '\\' {
			return -1
		}
		return r
	}, s)
}
