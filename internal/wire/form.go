package wire

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/authsdk/authsdk-go/authsdk"
)

// takesForm reports whether r is for an operation that takes a form and answers
// as OAuth clients expect, wherever that is mounted. A test compares the paths
// with the document.
func takesForm(r *http.Request) bool {
	if r.Method != http.MethodPost {
		return false
	}
	for _, end := range [...]string{"/auth/token", "/auth/revoke", "/auth/introspect"} {
		if strings.HasSuffix(r.URL.Path, end) {
			return true
		}
	}
	return false
}

// readForm reads the form of r and leaves it where the stubs look for it, each
// parameter once. The stubs would also take the query, of several values the
// first, and a form that is broken in the middle: RFC 6749 section 3.2 wants
// none of that.
func readForm(w http.ResponseWriter, r *http.Request) error {
	body, err := readAll(w, r)
	if err != nil {
		return err
	}
	values := url.Values{}
	if len(body) > 0 {
		if err := checkFormType(r.Header); err != nil {
			return err
		}
		if values, err = parseForm(string(body)); err != nil {
			return err
		}
	}
	r.Body, r.ContentLength = http.NoBody, 0
	r.Form, r.PostForm = values, values
	return nil
}

// parseForm returns the parameters that have a value, which is once each.
func parseForm(body string) (url.Values, error) {
	values, err := url.ParseQuery(body)
	if err != nil {
		return nil, Refuse("The form cannot be read.") // what could not be is not repeated
	}
	for name, all := range values {
		if len(all) > 1 {
			return nil, Refuse("A parameter of the form came twice.")
		}
		if !isText(name) || !isText(all[0]) {
			return nil, Refuse("The form must be text in UTF-8.")
		}
		if all[0] == "" {
			delete(values, name) // counts as absent
		}
	}
	return values, nil
}

func isText(s string) bool { return utf8.ValidString(s) && !strings.Contains(s, "\x00") }

// checkFormType accepts a form in UTF-8 that is not compressed. RFC 6749 section
// 5.2 has no other status than 400 for another media type.
func checkFormType(h http.Header) error {
	media, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	charset, ok := params["charset"]
	if err != nil || media != "application/x-www-form-urlencoded" || ok && !strings.EqualFold(charset, "utf-8") {
		return Refuse("The body must be application/x-www-form-urlencoded, in UTF-8.")
	}
	if encoding := h.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		refusal := *authsdk.ErrMediaType
		refusal.Detail = "The body must not be encoded."
		return fmt.Errorf("%w: the form is %.32q", &refusal, encoding)
	}
	return nil
}

// OAuthError marks an error of an operation whose errors are those of RFC 6749
// section 5.2, whatever renderer the others have.
func OAuthError(err error) error {
	if err == nil {
		return nil
	}
	return &oauthError{err}
}

type oauthError struct{ error }

func (e *oauthError) Unwrap() error { return e.error }

// WriteOAuthError answers a request that was refused with an error that
// OAuthError has marked, and reports whether it was one.
func WriteOAuthError(w http.ResponseWriter, err error) bool {
	if _, marked := errors.AsType[*oauthError](err); !marked {
		return false
	}
	e := *authsdk.ErrorOf(err)
	e.Code = oauthCode(&e)
	if e.Challenges == nil {
		e.Challenges = []string{} // none of Bearer
	}
	body, err := json.Marshal(struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}{e.Code, e.Detail})
	if err != nil { // two strings always marshal
		body = []byte(`{}`)
	}
	h := w.Header()
	e.SetHeaders(h)
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)+1))
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(e.Status)
	_, _ = w.Write(append(body, '\n'))
	return true
}

// oauthCode is the code of RFC 6749 for a refusal. Those of package oauth are
// such codes; the others are ours.
func oauthCode(e *authsdk.Error) string {
	switch {
	case e.Status == http.StatusServiceUnavailable || e.Status == http.StatusTooManyRequests:
		return "temporarily_unavailable"
	case e.Status >= http.StatusInternalServerError:
		return "server_error"
	case e.Code == authsdk.ErrRequestMalformed.Code || e.Code == authsdk.ErrMediaType.Code || e.Code == errTooLarge.Code:
		return "invalid_request"
	}
	return e.Code
}
