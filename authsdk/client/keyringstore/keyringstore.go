// Package keyringstore keeps the tokens of a client in the keyring of the system:
// the Keychain of macOS, the Credential Manager of Windows, the Secret Service of
// Linux (GNOME Keyring, KWallet). There they are encrypted while nobody is logged
// in at the machine, and other users cannot read them. Where there is no keyring,
// on most servers, [client.FileStore] is the place.
package keyringstore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/zalando/go-keyring"

	"github.com/authsdk/authsdk-go/authsdk/client"
)

// Config configures [New]. Service and Account are required.
type Config struct {
	// Service is the name of the program, under which people find the entry.
	Service string
	// Account tells the sessions of one program apart: the user and the server.
	Account string
	// LockFile is where processes that share the entry wait for each other; .lock
	// is appended. Empty means a file in the user's cache folder.
	LockFile string
}

// Store is a [client.TokenStore] in the keyring of the system. It is safe for
// concurrent use, and may be shared by processes, one of which refreshes for all.
//
// A keyring may ask its owner for the password before it answers. A call whose
// context ends meanwhile returns; what it asked for may still happen.
type Store struct {
	service, account string
	lock             *client.FileStore
}

var (
	_ client.TokenStore = (*Store)(nil)
	_ client.Locker     = (*Store)(nil)
)

// New checks cfg and reports all its mistakes together. It does not touch the
// keyring.
func New(cfg Config) (*Store, error) {
	var errs []error
	if cfg.Service == "" {
		errs = append(errs, errors.New("Service is required: the name of the program"))
	}
	if cfg.Account == "" {
		errs = append(errs, errors.New("Account is required: whose session it is, and at which server"))
	}
	if cfg.LockFile == "" {
		dir, err := os.UserCacheDir()
		if err != nil {
			errs = append(errs, fmt.Errorf("LockFile is required, as there is no cache folder: %w", err))
		}
		sum := sha256.Sum256([]byte(cfg.Service + "\x00" + cfg.Account))
		cfg.LockFile = filepath.Join(dir, "authsdk", hex.EncodeToString(sum[:8]))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("keyringstore: Config: %w", err)
	}
	return &Store{service: cfg.Service, account: cfg.Account, lock: client.NewFileStore(cfg.LockFile)}, nil
}

// Load returns the pair that was saved last, or client.ErrNoToken. A keyring that
// is locked or not there is an error.
func (s *Store) Load(ctx context.Context) (client.Token, error) {
	text, err := call(ctx, func() (string, error) { return keyring.Get(s.service, s.account) })
	if errors.Is(err, keyring.ErrNotFound) {
		return client.Token{}, client.ErrNoToken
	}
	if err != nil {
		return client.Token{}, s.explain("read", err)
	}
	var t client.Token
	if err := t.UnmarshalBinary([]byte(text)); err != nil {
		return client.Token{}, fmt.Errorf("keyringstore: the entry %s of %s is damaged (%w): delete it and log in again",
			s.account, s.service, err)
	}
	return t, nil
}

// Save replaces the pair. Windows keeps at most 2560 bytes, macOS about 3000: a
// pair with many claims is refused there, and the former one is still in place.
func (s *Store) Save(ctx context.Context, t client.Token) error {
	data, err := t.MarshalBinary()
	if err != nil {
		return err
	}
	_, err = call(ctx, func() (struct{}, error) { return struct{}{}, keyring.Set(s.service, s.account, string(data)) })
	if errors.Is(err, keyring.ErrSetDataTooBig) {
		return fmt.Errorf("keyringstore: the tokens have %d bytes, more than this keyring keeps: use a token file, or fewer claims: %w", len(data), err)
	}
	return s.explain("write", err)
}

// Delete removes the pair. That there is none is no error.
func (s *Store) Delete(ctx context.Context) error {
	_, err := call(ctx, func() (struct{}, error) { return struct{}{}, keyring.Delete(s.service, s.account) })
	if errors.Is(err, keyring.ErrNotFound) {
		return nil
	}
	return s.explain("delete", err)
}

// Lock implements [client.Locker], by the lock of the system on LockFile.
func (s *Store) Lock(ctx context.Context) (unlock func(), err error) { return s.lock.Lock(ctx) }

func (s *Store) explain(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("keyringstore: %s the entry %s of %s (is there a keyring, and is it open? else use a token file): %w",
		what, s.account, s.service, err)
}

// call waits for do, which knows no context, while ctx lasts.
func call[T any](ctx context.Context, do func() (T, error)) (T, error) {
	if err := ctx.Err(); err != nil {
		return *new(T), err
	}
	type outcome struct {
		value T
		err   error
	}
	done := make(chan outcome, 1) // so that do ends, too, when nobody waits
	go func() {
		value, err := do()
		done <- outcome{value, err}
	}()
	select {
	case o := <-done:
		return o.value, o.err
	case <-ctx.Done():
		return *new(T), ctx.Err()
	}
}
