package authsdk

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// KeySource gives the keys that are valid now. It is asked for every token,
// so an implementation that fetches keys caches them, and gives the same set as
// long as they do not change: what verifiers remember of good tokens is bound
// to it. It must be safe for concurrent use, and must return an error wrapping
// [ErrStoreUnavailable] when it cannot know. A [KeySet] is the source of itself.
type KeySource interface {
	KeySet(ctx context.Context) (*KeySet, error)
}

// KeySet is an immutable set of keys with different IDs.
type KeySet struct {
	keys   []*Key
	byID   map[string]*Key
	signer *Key
	public []byte

	headers  headers
	openings openings
}

// NewKeySet makes a set. The first key that can sign is the one that signs;
// the others verify. Two keys with one ID are refused (RFC 7517 section 4.5).
func NewKeySet(keys ...*Key) (*KeySet, error) {
	if len(keys) == 0 {
		return nil, errors.New("authsdk: a key set needs at least one key")
	}
	ks := &KeySet{byID: make(map[string]*Key, len(keys))}
	for _, k := range keys {
		if k == nil || k.id == "" {
			return nil, errors.New("authsdk: a key of the set is nil or empty: see GenerateKey and ParseKey")
		}
		if _, dup := ks.byID[k.id]; dup {
			return nil, fmt.Errorf("authsdk: two keys of the set have the ID %s", k.id)
		}
		ks.byID[k.id] = k
		ks.keys = append(ks.keys, k)
		if ks.signer == nil && k.CanSign() {
			ks.signer = k
		}
	}
	var err error
	ks.public, err = ks.marshal(func(k *Key) any {
		if _, secret := k.public.([]byte); secret {
			return nil // a secret is never published
		}
		return k.public
	})
	return ks, err
}

// KeySet returns ks itself.
func (ks *KeySet) KeySet(context.Context) (*KeySet, error) { return ks, nil }

// Keys returns the keys in their order.
func (ks *KeySet) Keys() []*Key { return append([]*Key(nil), ks.keys...) }

// Signer returns the key that signs, or nil if the set only verifies.
func (ks *KeySet) Signer() *Key { return ks.signer }

// PublicJWKS returns the public keys as a JWK Set (RFC 7517 section 5), to be
// published. HMAC secrets are left out. The caller owns the bytes.
func (ks *KeySet) PublicJWKS() []byte { return bytes.Clone(ks.public) }

// PrivateJWKS returns all keys with their private halves as a JWK Set, which
// [ParseKeySet] reads back. Whoever has it can sign: keep it where only the
// server reads.
func (ks *KeySet) PrivateJWKS() ([]byte, error) {
	return ks.marshal(func(k *Key) any {
		if _, elsewhere := k.private.(external); k.private != nil && !elsewhere {
			return k.private
		}
		return k.public
	})
}

// marshal writes what half returns of each key; nil leaves a key out.
func (ks *KeySet) marshal(half func(*Key) any) ([]byte, error) {
	set := struct {
		Keys []json.RawMessage `json:"keys"`
	}{Keys: []json.RawMessage{}}
	for _, k := range ks.keys {
		raw := half(k)
		if raw == nil {
			continue
		}
		member, err := k.marshalJWK(raw)
		if err != nil {
			return nil, err
		}
		set.Keys = append(set.Keys, member)
	}
	out, err := json.MarshalIndent(set, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("authsdk: key set: %w", err)
	}
	return append(out, '\n'), nil
}
