package flaskcompat

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
)

// lasting is how long cookies last that are not of the browser's session.
const lasting = 31540000 * time.Second

// CookieOptions are what the functions that set and unset cookies take beside
// the token. Nil means the configuration's; new(time.Hour) is an hour.
type CookieOptions struct {
	MaxAge *time.Duration
	Domain *string
}

// SetAccessCookies is set_access_cookies: the cookie of the token, and the
// readable one with its CSRF value. A token that is not good, or that was made
// without a CSRF value where one is needed, is an error, and nothing is set.
func (m *Manager) SetAccessCookies(ctx context.Context, w http.ResponseWriter, token string, o CookieOptions) error {
	return m.set(ctx, w, &m.cfg.Cookies.Access, token, o)
}

// SetRefreshCookies is set_refresh_cookies.
func (m *Manager) SetRefreshCookies(ctx context.Context, w http.ResponseWriter, token string, o CookieOptions) error {
	return m.set(ctx, w, &m.cfg.Cookies.Refresh, token, o)
}

// UnsetCookies is unset_jwt_cookies, or with one type unset_access_cookies or
// unset_refresh_cookies. MaxAge says nothing.
func (m *Manager) UnsetCookies(w http.ResponseWriter, o CookieOptions, types ...authsdk.TokenType) {
	for _, t := range []authsdk.TokenType{authsdk.Access, authsdk.Refresh} {
		if len(types) > 0 && !slices.Contains(types, t) {
			continue
		}
		names := m.names(t)
		for _, c := range []*http.Cookie{m.bake(names.Name, "", names.Path, o), m.bake(names.CSRFName, "", names.CSRFPath, o)} {
			c.Expires, c.MaxAge = time.Unix(0, 0), 0
			if c.Name == names.CSRFName {
				if !m.readable() {
					continue
				}
				c.HttpOnly = false
			}
			http.SetCookie(w, c)
		}
	}
}

func (m *Manager) set(ctx context.Context, w http.ResponseWriter, names *authsdk.CookieNames, token string, o CookieOptions) error {
	cookies := []*http.Cookie{m.bake(names.Name, token, names.Path, o)}
	if m.readable() {
		c, err := m.Decode(ctx, token, DecodeOptions{})
		if err != nil {
			return err
		}
		if c.CSRF == "" {
			return errors.New("flaskcompat: the token was made without a CSRF value")
		}
		csrf := m.bake(names.CSRFName, c.CSRF, names.CSRFPath, o)
		csrf.HttpOnly = false
		cookies = append(cookies, csrf)
	}
	for _, c := range cookies {
		http.SetCookie(w, c)
	}
	return nil
}

// readable reports whether CSRF values stand in cookies of their own.
func (m *Manager) readable() bool { return !m.cfg.Cookies.InsecureNoCSRF && !m.cfg.Cookies.CSRFInBody }

// bake makes a cookie.
func (m *Manager) bake(name, value, path string, o CookieOptions) *http.Cookie {
	cfg := &m.cfg.Cookies
	c := &http.Cookie{
		Name: name, Value: value, Path: path, Domain: cfg.Domain, HttpOnly: true,
		Secure: !cfg.InsecureHTTP, SameSite: cfg.SameSite, Partitioned: cfg.Partitioned,
	}
	if o.Domain != nil {
		c.Domain = *o.Domain
	}
	age := o.MaxAge
	if age == nil && cfg.Lasting {
		age = new(lasting)
	}
	if age != nil {
		c.Expires = m.cfg.Now().Add(*age)
		if c.MaxAge = int(age.Seconds()); c.MaxAge <= 0 {
			c.MaxAge = -1 // Max-Age=0
		}
	}
	return c
}

func (m *Manager) names(t authsdk.TokenType) *authsdk.CookieNames {
	if t == authsdk.Refresh {
		return &m.cfg.Cookies.Refresh
	}
	return &m.cfg.Cookies.Access
}

// cookie is the location cookies. That the request repeats the CSRF value at
// all is asked before the token is looked at, as Flask-JWT-Extended does.
func (m *Manager) cookie() authsdk.Location {
	return authsdk.Location{
		Name: "cookies",
		Find: func(r *http.Request, t authsdk.TokenType) (string, error) {
			name := m.names(t).Name
			c, err := r.Cookie(name)
			if err != nil || c.Value == "" {
				return "", missing("Missing cookie \"" + name + "\"")
			}
			if m.guarded(r) {
				sent, err := m.sent(r, t)
				if err != nil {
					return "", err
				}
				if sent == "" {
					return "", because(authsdk.ErrCSRF, "Missing CSRF token")
				}
			}
			return c.Value, nil
		},
		Confirm: m.confirm,
	}
}

// guarded reports whether r needs the CSRF value.
func (m *Manager) guarded(r *http.Request) bool {
	return !m.cfg.Cookies.InsecureNoCSRF && slices.Contains(m.cfg.Cookies.InsecureCSRFMethods, strings.ToUpper(r.Method))
}

// confirm refuses a request that is or may be forged.
func (m *Manager) confirm(r *http.Request, t authsdk.TokenType, c *authsdk.Claims) error {
	if !m.cfg.Cookies.InsecureAnyOrigin {
		if err := m.origins.Check(r); err != nil {
			return fmt.Errorf("%w: %w", because(authsdk.ErrCSRF, "The request comes from another origin"), err)
		}
	}
	if !m.guarded(r) {
		return nil
	}
	sent, err := m.sent(r, t)
	if err == nil {
		err = checkCSRF(c, sent)
	}
	return err
}

// sent returns the CSRF value that the request repeats: of the header, or of
// the form where there is no header.
func (m *Manager) sent(r *http.Request, t authsdk.TokenType) (string, error) {
	names := m.names(t)
	if value := strings.Join(r.Header.Values(names.CSRFHeader), ","); value != "" || !m.cfg.Cookies.CSRFForm {
		return value, nil
	}
	data, err := peek(r)
	if err != nil {
		return "", err
	}
	form := http.Request{Method: http.MethodPost, Header: r.Header, Body: io.NopCloser(bytes.NewReader(data))}
	return form.PostFormValue(names.CSRFField), nil
}
