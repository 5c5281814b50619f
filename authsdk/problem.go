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

// Except returns a renderer that leaves the refusals with the codes of errs to
// other, and the rest to render.
func (render Renderer) Except(other Renderer, errs ...*Error) Renderer {
	codes := make(map[string]bool, len(errs))
	for _, e := range errs {
		codes[e.Code] = true
	}
	return func(w http.ResponseWriter, r *http.Request, e *Error) {
		if codes[e.Code] {
			other(w, r, e)
			return
		}
		render(w, r, e)
	}
}

// WriteProblem is the default [Renderer]: application/problem+json (RFC 9457)
// with the code, WWW-Authenticate (RFC 6750 section 3) where a credential was
// refused, Retry-After where waiting helps, and Cache-Control: no-store.
func WriteProblem(w http.ResponseWriter, _ *http.Request, e *Error) {
	e = e.answerable()
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
	e.SetHeaders(h)
	h.Set("Content-Type", "application/problem+json")
	h.Set("Content-Length", strconv.Itoa(len(body)+1))
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(e.Status)
	_, _ = w.Write(append(body, '\n'))
}

// SetHeaders sets what goes with the refusal whatever its body is: for
// renderers of one's own. WWW-Authenticate (RFC 6750 section 3) stands where a
// credential was refused, Retry-After where waiting helps, and Cache-Control
// keeps the answer out of caches.
func (e *Error) SetHeaders(h http.Header) {
	for _, c := range e.challenges() {
		h.Add("WWW-Authenticate", c)
	}
	if e.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int(math.Ceil(e.RetryAfter.Seconds()))))
	}
	h.Set("Cache-Control", "no-store")
}

const bearer = `Bearer realm="api"`

// challenges returns what WWW-Authenticate says about e, RFC 6750 section 3.1:
// nothing but the scheme when no credentials came, else the error.
func (e *Error) challenges() []string {
	if e.Challenges != nil {
		return e.Challenges
	}
	code := e.BearerError()
	switch {
	case code == "" && e.Status == http.StatusUnauthorized:
		return []string{bearer}
	case code == "":
		return nil
	case code == "insufficient_scope" && e.Scope != "":
		return []string{bearer + `, error="insufficient_scope", scope="` + quotable(e.Scope) + `"`}
	case code == "insufficient_scope":
		return []string{bearer + `, error="insufficient_scope"`}
	}
	return []string{bearer + `, error="` + code + `", error_description="` + quotable(e.Detail) + `"`}
}

// BearerError returns the error that a Bearer challenge names for e, RFC 6750
// section 3.1 and RFC 9470 section 3, or "" if it names none: nothing was sent,
// or the token is not what e is about.
func (e *Error) BearerError() string {
	switch e.Code {
	case ErrTokenMissing.Code, ErrInvalidCredentials.Code:
		return ""
	case ErrInsufficientScope.Code:
		return "insufficient_scope"
	case ErrCredentialsMalformed.Code:
		return "invalid_request"
	case ErrFreshTokenRequired.Code:
		return "insufficient_user_authentication"
	}
	if e.Status == http.StatusUnauthorized {
		return "invalid_token"
	}
	return ""
}

// HTTPStatus returns the status. Package security asks every error for it, and
// for code and detail.
func (e *Error) HTTPStatus() int { return e.Status }

// ErrorCode returns the code.
func (e *Error) ErrorCode() string { return e.Code }

// ErrorDetail returns the detail.
func (e *Error) ErrorDetail() string { return e.Detail }

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
