package authsdk

import (
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"slices"
)

// Location reads the token from its cookie and confirms that a request which
// may change something is not forged: [Cookies.CheckOrigin], and the CSRF
// header, or form field, must have the value that is signed into the token.
func (k *Cookies) Location() Location {
	return Location{Name: "cookies", Find: k.find, Confirm: k.confirm}
}

// names returns what belongs to tokens of type t. Types of an application
// travel where access tokens do.
func (k *Cookies) names(t TokenType) *CookieNames {
	if t == Refresh {
		return &k.cfg.Refresh
	}
	return &k.cfg.Access
}

func (k *Cookies) find(r *http.Request, t TokenType) (string, error) {
	name := k.names(t).Name
	switch cookies := r.CookiesNamed(name); {
	case len(cookies) == 0 || len(cookies) == 1 && cookies[0].Value == "":
		return "", ErrTokenMissing.because("Missing cookie \"" + name + "\"")
	case len(cookies) == 1:
		return cookies[0].Value, nil
	}
	// A second one was planted from another host or path: which of them is
	// ours cannot be told.
	return "", ErrCredentialsMalformed.because("The cookie \"" + name + "\" came twice")
}

// unsafe reports whether a request with this method needs the CSRF value. By
// default all do but those that change nothing, RFC 9110 section 9.2.1.
func (k *Cookies) unsafe(method string) bool {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodOptions, http.MethodTrace:
		return slices.Contains(k.cfg.CSRFMethods, method)
	}
	return true
}

func (k *Cookies) confirm(r *http.Request, t TokenType, c *Claims) error {
	if !k.unsafe(r.Method) {
		return nil
	}
	if err := k.CheckOrigin(r); err != nil {
		return err
	}
	if k.cfg.InsecureNoCSRF {
		return nil
	}
	sent, err := k.sent(r, k.names(t))
	if err != nil {
		return err
	}
	if sent == "" {
		return ErrCSRF.because("Missing CSRF token")
	}
	return c.CheckCSRF(sent)
}

// sent returns the CSRF value that the request repeats: of the header, or of
// the form field where there is no header.
func (k *Cookies) sent(r *http.Request, names *CookieNames) (string, error) {
	values := r.Header.Values(names.CSRFHeader)
	if len(values) > 1 {
		return "", ErrCSRF.because("The header " + names.CSRFHeader + " came twice")
	}
	if len(values) == 1 && values[0] != "" || names.CSRFField == "" {
		return first(values), nil
	}
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/x-www-form-urlencoded" {
		return "", nil //nolint:nilerr // no form, no field
	}
	data, err := peek(r)
	if err != nil {
		return "", err
	}
	form, err := url.ParseQuery(string(data))
	if err != nil || len(form[names.CSRFField]) > 1 {
		return "", ErrCSRF.because("The form cannot be read")
	}
	return form.Get(names.CSRFField), nil
}

func first(values []string) string {
	if len(values) == 0 {
		return ""
	}
	return values[0]
}

// CheckOrigin refuses an unsafe request that a browser sent from a page of
// another origin, by Sec-Fetch-Site and Origin. Requests of programs that are
// no browsers pass. A login that sets cookies needs it, because there is no
// token yet.
func (k *Cookies) CheckOrigin(r *http.Request) error {
	if k.cfg.InsecureAnyOrigin {
		return nil
	}
	if err := k.origins.Check(r); err != nil {
		return fmt.Errorf("%w: %w", ErrCSRF, err)
	}
	return nil
}
