package openapi

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/security"
)

// extension carries what OpenAPI cannot say.
const extension = "x-authsdk"

// members returns the extension's members, nil if it is not there.
func members(extensions map[string]any, known ...string) (map[string]any, error) {
	raw, there := extensions[extension]
	if !there {
		return nil, nil //nolint:nilnil // no extension, no mistake
	}
	m, ok := raw.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%s must be an object", extension)
	}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("%s has the member %q, which is not known here: %q are", extension, name, known)
		}
	}
	return m, nil
}

// readDemands reads the extension of an operation.
func readDemands(extensions map[string]any) (security.Demands, error) {
	m, err := members(extensions, "fresh", "fresh-within", "roles")
	if err != nil {
		return security.Demands{}, err
	}
	var d security.Demands
	for _, name := range slices.Sorted(maps.Keys(m)) {
		raw := m[name]
		switch name {
		case "fresh":
			fresh, ok := raw.(bool)
			if !ok {
				err = errors.Join(err, fmt.Errorf("%s: fresh must be true or false", extension))
			}
			d.Fresh = fresh
		case "fresh-within":
			text, _ := raw.(string)
			within, parseErr := time.ParseDuration(text)
			if parseErr != nil || within <= 0 {
				err = errors.Join(err, fmt.Errorf("%s: fresh-within must be a duration such as 5m", extension))
			}
			d.FreshWithin = within
		case "roles":
			roles, ok := texts(raw)
			if !ok {
				err = errors.Join(err, fmt.Errorf("%s: roles must be a list of names", extension))
			}
			d.Roles = roles
		}
	}
	return d, err
}

// texts reads a list of strings that are not empty.
func texts(raw any) ([]string, bool) {
	list, ok := raw.([]any)
	if !ok || len(list) == 0 {
		return nil, false
	}
	out := make([]string, len(list))
	for i, member := range list {
		out[i], ok = member.(string)
		if !ok || out[i] == "" {
			return nil, false
		}
	}
	return out, true
}

// readScheme reads the extension of a security scheme.
func readScheme(extensions map[string]any, s *security.Scheme) error {
	m, err := members(extensions, "type", "proof")
	if err != nil {
		return err
	}
	if raw, there := m["type"]; there {
		s.TokenType, _ = raw.(string)
		if !regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`).MatchString(s.TokenType) {
			err = errors.Join(err, fmt.Errorf("%s: type must be a token type such as refresh", extension))
		}
		if s.Kind == security.Basic || s.Kind == security.MutualTLS {
			err = errors.Join(err, fmt.Errorf("%s: type has no effect on a scheme that carries no token: remove it", extension))
		}
	}
	if raw, there := m["proof"]; there {
		var ok bool
		if s.Proof, ok = raw.(bool); !ok {
			err = errors.Join(err, fmt.Errorf("%s: proof must be true or false", extension))
		}
	}
	return err
}
