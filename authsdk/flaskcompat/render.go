package flaskcompat

import (
	"encoding/json"
	"math"
	"net/http"
	"strconv"

	"github.com/authsdk/authsdk-go/authsdk"
)

// Renderer writes refusals as Flask-JWT-Extended does by default: its statuses,
// and a JSON object with the message under key. Unlike there, a 401 has its
// WWW-Authenticate, and what could not be known is 503. It serves every
// verifier, also one of package authsdk.
func Renderer(key string) authsdk.Renderer {
	return func(w http.ResponseWriter, _ *http.Request, e *authsdk.Error) {
		status, message := answer(e)
		body, _ := json.Marshal(map[string]string{key: message}) // two strings always marshal
		if status == http.StatusUnauthorized {
			challenge := `Bearer realm="api"`
			if code := e.BearerError(); code != "" {
				challenge += `, error="` + code + `"`
			}
			w.Header().Set("WWW-Authenticate", challenge)
		}
		if e.RetryAfter > 0 {
			w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(e.RetryAfter.Seconds()))))
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		_, _ = w.Write(append(body, '\n'))
	}
}

// Message returns what Flask-JWT-Extended tells its response callbacks, and its
// clients by default.
func Message(e *authsdk.Error) string {
	_, message := answer(e)
	return message
}

// answer returns the status and the message of a refusal.
func answer(e *authsdk.Error) (status int, message string) {
	reason := e.Reason
	if reason == "" {
		reason = e.Detail
	}
	switch e.Code {
	case authsdk.ErrTokenMissing.Code, authsdk.ErrCSRF.Code:
		return http.StatusUnauthorized, reason
	case authsdk.ErrTokenMalformed.Code, authsdk.ErrTokenInvalid.Code, authsdk.ErrCredentialsMalformed.Code:
		return http.StatusUnprocessableEntity, reason
	case authsdk.ErrTokenWrongType.Code:
		if e.Claims != nil && e.Claims.Type == authsdk.Refresh {
			return http.StatusUnprocessableEntity, "Only non-refresh tokens are allowed"
		}
		return http.StatusUnprocessableEntity, "Only refresh tokens are allowed"
	case authsdk.ErrTokenExpired.Code:
		return http.StatusUnauthorized, "Token has expired"
	case authsdk.ErrFreshTokenRequired.Code:
		return http.StatusUnauthorized, "Fresh token required"
	case authsdk.ErrTokenRevoked.Code:
		return http.StatusUnauthorized, "Token has been revoked"
	case authsdk.ErrUserNotFound.Code:
		subject := ""
		if e.Claims != nil {
			subject = e.Claims.Subject
		}
		return http.StatusUnauthorized, "Error loading the user " + subject
	}
	return e.Status, e.Detail
}
