package authsdk

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"

	"github.com/authsdk/authsdk-go/internal/strictjson"
)

// customNames is what the name of a custom claim may look like. Names come
// from programs, never from input: this keeps input that slips into one from
// becoming another claim.
var customNames = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_:/.-]{0,63}$`)

// further returns the members of the custom claims of a token, of the issuer's
// and of custom, by name. Those of custom go before.
func (i *Issuer) further(ctx context.Context, c *Claims, custom any) ([]byte, error) {
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
		return nil, nil
	}
	extra, err := json.Marshal(members)
	if err != nil {
		return nil, fmt.Errorf("authsdk: custom claims: %w", err)
	}
	// Names that differ in case alone may meet here, and are refused on the way back.
	if _, err := strictjson.Object(extra); err != nil {
		return nil, fmt.Errorf("authsdk: custom claims: %w", err)
	}
	return extra[1 : len(extra)-1], nil
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
