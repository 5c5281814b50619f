package authsdk

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"strings"
	"time"

	"github.com/authsdk/authsdk-go/internal/strictjson"
)

// customNames is what the name of a custom claim may look like. Names come
// from programs, never from input: this keeps input that slips into one from
// becoming another claim.
var customNames = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_:/.-]{0,63}$`)

// encode writes the payload: the claims of this package in a fixed order, then
// the custom ones by name.
func (i *Issuer) encode(ctx context.Context, c *Claims, custom any) ([]byte, error) {
	payload, err := json.Marshal(wireClaims(c))
	if err != nil {
		return nil, fmt.Errorf("authsdk: claims: %w", err)
	}
	members, err := customMembers(custom)
	if err != nil {
		return nil, err
	}
	if i.cfg.Claims != nil {
		further, err := i.cfg.Claims(ctx, *c)
		if err != nil {
			return nil, fmt.Errorf("authsdk: further claims: %w", err)
		}
		all, err := customMembers(further)
		if err != nil {
			return nil, err
		}
		maps.Copy(all, members)
		members = all
	}
	if len(members) == 0 {
		return payload, nil
	}
	extra, err := json.Marshal(members)
	if err != nil {
		return nil, fmt.Errorf("authsdk: custom claims: %w", err)
	}
	// Names that differ in case alone may meet here, and are refused on the way back.
	if _, err := strictjson.Object(extra); err != nil {
		return nil, fmt.Errorf("authsdk: custom claims: %w", err)
	}
	payload[len(payload)-1] = ','
	return append(payload, extra[1:]...), nil
}

// customMembers returns the members of custom, which are checked. The map is
// new: what a callback has returned is not changed.
func customMembers(custom any) (map[string]json.RawMessage, error) {
	if custom == nil {
		return map[string]json.RawMessage{}, nil
	}
	data, err := json.Marshal(custom)
	if err != nil {
		return nil, fmt.Errorf("authsdk: custom claims: %w", err)
	}
	members, err := strictjson.Object(data)
	if err != nil {
		return nil, fmt.Errorf("authsdk: custom claims: %w", err)
	}
	for name := range members {
		if !customNames.MatchString(name) {
			return nil, fmt.Errorf("authsdk: custom claims: the name %.64q must match %s", name, customNames)
		}
		if isRegistered(name) {
			return nil, fmt.Errorf("authsdk: custom claims: the name %q belongs to this package: set the field of Claims", name)
		}
	}
	return members, nil
}

// wireClaims gives the JSON form of c.
func wireClaims(c *Claims) any {
	seconds := func(t time.Time) int64 {
		if t.IsZero() {
			return 0
		}
		return t.Unix()
	}
	var fresh any = c.Fresh
	if !c.FreshUntil.IsZero() {
		fresh = c.FreshUntil.Unix()
	}
	if c.Type == Refresh {
		fresh = nil
	}
	var generation *int64
	if c.Type == Refresh && c.SessionID != "" {
		generation = &c.Generation
	}
	return struct {
		Type       TokenType `json:"type"`
		Issuer     string    `json:"iss"`
		Audience   []string  `json:"aud"`
		Subject    string    `json:"sub"`
		ID         string    `json:"jti"`
		IssuedAt   int64     `json:"iat"`
		NotBefore  int64     `json:"nbf,omitempty"`
		Expires    int64     `json:"exp,omitempty"`
		AuthTime   int64     `json:"auth_time,omitempty"`
		Fresh      any       `json:"fresh,omitempty"`
		Scope      string    `json:"scope,omitempty"`
		Roles      []string  `json:"roles,omitempty"`
		Session    string    `json:"sid,omitempty"`
		Generation *int64    `json:"gen,omitempty"`
		CSRF       string    `json:"csrf,omitempty"`
	}{
		c.Type, c.Issuer, c.Audience, c.Subject, c.ID,
		seconds(c.IssuedAt), seconds(c.NotBefore), seconds(c.Expires), seconds(c.AuthTime),
		fresh, strings.Join(c.Scopes, " "), c.Roles, c.SessionID, generation, c.CSRF,
	}
}
