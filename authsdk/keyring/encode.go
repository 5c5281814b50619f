package keyring

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
)

// times are the members that a ring adds to a JWK. Their names are those of the
// historical keys of OpenID Federation 1.0, section 8.7.
type times struct {
	Created  int64 `json:"iat,omitempty"`
	Activate int64 `json:"nbf,omitempty"`
	Expire   int64 `json:"exp,omitempty"`
}

// Parse reads a ring: a JWK Set (RFC 7517 section 5) whose keys may have the
// times iat, nbf and exp, in seconds since 1970. A set without times is a ring
// as well: its first key signs, the others verify. Whatever authsdk.ParseKeySet
// reads is a ring, too. Errors do not quote the keys.
func Parse(data []byte) (*Ring, error) {
	keys, err := authsdk.ParseKeySet(data)
	if err != nil {
		return nil, fmt.Errorf("keyring: %w", err)
	}
	var set struct {
		Keys []times `json:"keys"`
	}
	var form struct {
		Keys []json.RawMessage `json:"keys"`
	}
	// A single key has no times; of a set they must be read, or a key that has
	// ended would never end.
	if json.Unmarshal(data, &form) == nil && form.Keys != nil {
		if err := json.Unmarshal(data, &set); err != nil {
			return nil, errors.New("keyring: iat, nbf and exp must be whole seconds since 1970")
		}
	}
	var entries []Entry
	for i, k := range keys.Keys() {
		var t times
		if i < len(set.Keys) {
			t = set.Keys[i]
		}
		if t.Created < 0 || t.Activate < 0 || t.Expire < 0 {
			return nil, errors.New("keyring: iat, nbf and exp must not be negative")
		}
		if t == (times{}) && k != keys.Signer() && k.CanSign() {
			k = k.VerifyOnly() // the order said which one signs
		}
		entries = append(entries, Entry{Key: k, Created: at(t.Created), Activate: at(t.Activate), Expire: at(t.Expire)})
	}
	return New(entries...)
}

// Marshal writes a ring with the private halves of its keys, for Parse. Whoever
// has it can sign.
func (r *Ring) Marshal() ([]byte, error) {
	set := struct {
		Keys []json.RawMessage `json:"keys"`
	}{}
	for _, e := range r.entries {
		member, err := e.marshal()
		if err != nil {
			return nil, fmt.Errorf("keyring: key %s: %w", e.Key.ID(), err)
		}
		set.Keys = append(set.Keys, member)
	}
	out, err := json.MarshalIndent(set, "", "  ")
	return append(out, '\n'), err
}

// marshal writes one key and its times.
func (e *Entry) marshal() (json.RawMessage, error) {
	one, err := authsdk.NewKeySet(e.Key)
	if err != nil {
		return nil, err
	}
	data, err := one.PrivateJWKS()
	if err != nil {
		return nil, err
	}
	var set struct {
		Keys []map[string]any `json:"keys"`
	}
	if err := json.Unmarshal(data, &set); err != nil || len(set.Keys) != 1 {
		return nil, errors.New("it cannot be written")
	}
	if _, d := set.Keys[0]["d"]; e.Key.CanSign() && !d && set.Keys[0]["k"] == nil {
		return nil, errors.New("its private half is elsewhere, so a ring cannot keep it: give it to the issuer directly")
	}
	for name, t := range map[string]time.Time{"iat": e.Created, "nbf": e.Activate, "exp": e.Expire} {
		if !t.IsZero() {
			set.Keys[0][name] = t.Unix()
		}
	}
	return json.Marshal(set.Keys[0])
}

func at(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0).UTC()
}
