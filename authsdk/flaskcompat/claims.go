package flaskcompat

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
)

// checkClaims checks the registered claims in PyJWT's order, with its messages.
// Whether the token has ended comes last: everything else was right then.
func (m *Manager) checkClaims(claims map[string]any) (expired bool, err error) {
	now := seconds(m.cfg.Now())
	leeway := m.cfg.Leeway.Seconds()
	for _, t := range []struct {
		claim, name string
		bad         func(at float64) bool
	}{
		{"iat", "Issued At", func(at float64) bool { return at > now+leeway }},
		{"nbf", "Not Before", func(at float64) bool { return at > now+leeway }},
		{"exp", "Expiration Time", nil},
	} {
		value, ok := claims[t.claim]
		if !ok {
			continue
		}
		at, ok := integer(value)
		if !ok {
			return false, invalid(t.name + " claim (" + t.claim + ") must be an integer.")
		}
		if t.bad == nil {
			expired = at <= now-leeway
		} else if t.bad(at) {
			return false, invalid("The token is not yet valid (" + t.claim + ")")
		}
	}
	if err := m.checkIssuer(claims); err != nil {
		return false, err
	}
	if err := m.checkAudience(claims); err != nil {
		return false, err
	}
	if sub, ok := claims["sub"]; ok && !m.cfg.InsecureAnySubject && !isString(sub) {
		return false, invalid("Subject must be a string")
	}
	if jti, ok := claims["jti"]; ok && !isString(jti) {
		return false, invalid("JWT ID must be a string")
	}
	if _, ok := claims[m.cfg.IdentityClaim]; !ok {
		return false, invalid("Missing claim: " + m.cfg.IdentityClaim)
	}
	return expired, nil
}

func (m *Manager) checkIssuer(claims map[string]any) error {
	if len(m.cfg.DecodeIssuer) == 0 {
		return nil
	}
	iss, ok := claims["iss"]
	if !ok {
		return invalid(`Token is missing the "iss" claim`)
	}
	name, ok := iss.(string)
	if !ok {
		return invalid("Payload Issuer (iss) must be a string")
	}
	if !slices.Contains(m.cfg.DecodeIssuer, name) {
		return invalid("Invalid issuer")
	}
	return nil
}

func (m *Manager) checkAudience(claims map[string]any) error {
	if len(m.cfg.DecodeAudience) == 0 {
		return nil
	}
	aud := claims["aud"]
	if empty(aud) {
		return invalid(`Token is missing the "aud" claim`)
	}
	names, ok := audience(aud)
	if !ok {
		return invalid("Invalid claim format in token")
	}
	if !slices.ContainsFunc(names, func(name string) bool { return slices.Contains(m.cfg.DecodeAudience, name) }) {
		return invalid("Audience doesn't match")
	}
	return nil
}

// audience returns aud as a list.
func audience(aud any) ([]string, bool) {
	switch aud := aud.(type) {
	case string:
		return []string{aud}, true
	case []any:
		return texts(aud)
	}
	return nil, false
}

func texts(list []any) ([]string, bool) {
	out := make([]string, len(list))
	for i, member := range list {
		s, ok := member.(string)
		if !ok {
			return nil, false
		}
		out[i] = s
	}
	return out, true
}

func isString(v any) bool {
	_, ok := v.(string)
	return ok
}

// typed makes the claims of a good token. Raw has what is absent filled in:
// type, fresh and jti.
func (m *Manager) typed(t *token) *authsdk.Claims {
	all := map[string]any{"type": "access", "fresh": false, "jti": nil}
	maps.Copy(all, t.claims)
	raw, _ := json.Marshal(all) //nolint:errchkjson // it was JSON a moment ago
	c := &authsdk.Claims{Type: authsdk.Access, Raw: raw, Header: t.rawHeader, Subject: text(all[m.cfg.IdentityClaim])}
	if all["type"] == "refresh" {
		c.Type = authsdk.Refresh
	}
	c.ID, _ = all["jti"].(string)
	c.Issuer, _ = all["iss"].(string)
	c.CSRF, _ = all["csrf"].(string)
	c.SessionID, _ = all["sid"].(string)
	c.ClientID, _ = all["client_id"].(string)
	c.KeyID, _ = t.header["kid"].(string)
	c.Audience, _ = audience(all["aud"])
	if scope, ok := all["scope"].(string); ok {
		c.Scopes = strings.Fields(scope)
	}
	if roles, ok := all["roles"].([]any); ok {
		c.Roles, _ = texts(roles)
	}
	for claim, at := range map[string]*time.Time{"iat": &c.IssuedAt, "nbf": &c.NotBefore, "exp": &c.Expires, "auth_time": &c.AuthTime} {
		if value, ok := all[claim]; ok {
			if n, ok := integer(value); ok {
				*at = moment(n)
			}
		}
	}
	switch fresh := all["fresh"].(type) {
	case bool:
		c.Fresh = fresh
	case json.Number:
		if n, err := fresh.Float64(); err == nil {
			c.FreshUntil = moment(n)
		}
	}
	return c
}

// integer reads a date as Python's int does: numbers are cut, true is 1, and a
// text of digits counts.
func integer(v any) (float64, bool) {
	switch v := v.(type) {
	case bool:
		if v {
			return 1, true
		}
		return 0, true
	case json.Number:
		n, err := v.Float64()
		return math.Trunc(n), err == nil
	case string:
		n, err := strconv.ParseInt(strings.TrimSpace(v), 10, 64)
		return float64(n), err == nil
	}
	return 0, false
}

// seconds and moment convert between times and seconds with a fraction. Times
// that time.Time cannot tell apart from others are cut to the year 9999.
func seconds(t time.Time) float64 { return float64(t.UnixMicro()) / 1e6 }

func moment(n float64) time.Time {
	const last = 253402300799
	n = math.Max(-last, math.Min(last, n))
	whole, fraction := math.Modf(n)
	return time.Unix(int64(whole), int64(fraction*1e9)).UTC()
}

// empty reports whether Python takes a value for false.
func empty(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case bool:
		return !v
	case string:
		return v == ""
	case json.Number:
		n, err := v.Float64()
		return err == nil && n == 0
	case float64:
		return v == 0
	case []any:
		return len(v) == 0
	case map[string]any:
		return len(v) == 0
	}
	return false
}
