package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/keyring"
)

var errNoKeys = setting("--keys is empty: give a file, such as data/keys.json")

// ring reads the key file.
func (f keyFlags) ring(ctx context.Context) (*keyring.Ring, error) {
	if f.Keys == "" {
		return nil, errNoKeys
	}
	ring, err := keyring.File(f.Keys)(ctx)
	if err != nil {
		return nil, setting("--keys: %w", err)
	}
	return ring, nil
}

// load reads the key file, as it is now.
func (f keyFlags) load(ctx context.Context) (*authsdk.KeySet, error) {
	ring, err := f.ring(ctx)
	if err != nil {
		return nil, err
	}
	keys, _, err := ring.KeySet(time.Now())
	if err != nil {
		return nil, setting("--keys: %s: %w", f.Keys, err)
	}
	return keys, nil
}

// shared is the key file for those who change it. One that is there is read
// first: what is wrong with it is told before anything is written.
func (f keyFlags) shared(ctx context.Context) (*keyring.Shared, error) {
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
