package main

import (
	"context"
	"encoding/base64"
	"errors"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/keyring"
)

var errNoKeys = setting("--keys is empty: give a file, such as data/keys.json")

// where names the place of the keys, for people.
func (f keyFlags) where() string {
	if f.KeyStore == "" {
		return f.Keys
	}
	p, err := parsePlace("--key-store", f.KeyStore)
	if err != nil {
		return "" // whoever opens it says so
	}
	return p.String()
}

// ring reads the keys.
func (f keyFlags) ring(ctx context.Context) (*keyring.Ring, error) {
	if f.KeyStore != "" {
		p, err := parsePlace("--key-store", f.KeyStore)
		if err != nil {
			return nil, err
		}
		if err := p.exists(ctx); err != nil {
			return nil, err
		}
		shared, err := f.stored(ctx)
		if err != nil {
			return nil, err
		}
		ring, err := shared.Load(ctx)
		if err != nil {
			return nil, setting("--key-store: %w", err)
		}
		return ring, nil
	}
	if f.Keys == "" {
		return nil, errNoKeys
	}
	ring, err := keyring.File(f.Keys)(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, setting("--keys: %w; `authsdk serve` and `authsdk key generate` make one", err)
	}
	if err != nil {
		return nil, setting("--keys: %w", err)
	}
	return ring, nil
}

// stored is the keys in a store. It stays open until the process ends.
func (f keyFlags) stored(ctx context.Context) (*keyring.Shared, error) {
	p, err := parsePlace("--key-store", f.KeyStore)
	if err != nil {
		return nil, err
	}
	cfg := keyring.SharedConfig{}
	for _, text := range f.KeySecret {
		secret, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
		if err != nil || len(secret) != 32 {
			return nil, setting("--key-secret must be 32 bytes in base64: `openssl rand -base64 32` makes one")
		}
		cfg.Secrets = append(cfg.Secrets, secret)
	}
	if len(cfg.Secrets) == 0 {
		return nil, setting("--key-store needs --key-secret: whoever reads the store could sign; `openssl rand -base64 32` makes one")
	}
	store, err := p.open(ctx, p.where)
	if err != nil {
		return nil, setting("--key-store: %w", err)
	}
	keys, ok := store.(keyring.Store)
	if !ok {
		return nil, setting("--key-store: %s keeps no keys", p.kind)
	}
	cfg.Store = keys
	return keyring.NewShared(cfg)
}

// load reads the key file, as it is now.
func (f keyFlags) load(ctx context.Context) (*authsdk.KeySet, error) {
	ring, err := f.ring(ctx)
	if err != nil {
		return nil, err
	}
	keys, _, err := ring.KeySet(time.Now())
	if err != nil {
		return nil, setting("--keys: %s: %w", f.where(), err)
	}
	return keys, nil
}

// shared is the key file for those who change it. One that is there is read
// first: what is wrong with it is told before anything is written.
func (f keyFlags) shared(ctx context.Context) (*keyring.Shared, error) {
	if f.KeyStore != "" {
		return f.stored(ctx)
	}
	if f.Keys == "" {
		return nil, errNoKeys
	}
	store := keyring.NewFileStore(f.Keys)
	if _, err := os.Stat(f.Keys); !errors.Is(err, fs.ErrNotExist) {
		if _, err := f.ring(ctx); err != nil {
			return nil, err
		}
	}
	return keyring.NewShared(keyring.SharedConfig{Store: store, InsecurePlain: true}) // its mode is 0600
}

// change changes the key file. Without one change is given an empty ring.
func (f keyFlags) change(ctx context.Context, change func(*keyring.Ring, time.Time) (*keyring.Ring, error)) (*keyring.Ring, error) {
	if p, err := parsePlace("--key-store", f.KeyStore); err == nil {
		if err := p.outlives(); err != nil {
			return nil, err
		}
	}
	shared, err := f.shared(ctx)
	if err != nil {
		return nil, err
	}
	ring, err := shared.Update(ctx, func(old *keyring.Ring) (*keyring.Ring, error) {
		if old == nil {
			old = &keyring.Ring{}
		}
		return change(old, time.Now())
	})
	if errors.Is(err, keyring.ErrPending) {
		return nil, setting("%w; --now lets the new key sign at once", err)
	}
	return ring, err
}
