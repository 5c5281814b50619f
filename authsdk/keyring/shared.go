package keyring

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"

	"github.com/authsdk/authsdk-go/internal/conf"
)

// Store keeps a ring that several processes change. The stores of this module
// implement it, and [NewFileStore] for one machine. It must be safe for
// concurrent use.
type Store interface {
	// LoadKeys returns what was saved last, and its version; nil and 0 if
	// nothing was.
	LoadKeys(ctx context.Context) (data []byte, version int64, err error)
	// SaveKeys saves data if the version is still the given one, and reports
	// whether it was. What is saved has another version.
	SaveKeys(ctx context.Context, data []byte, version int64) (saved bool, err error)
}

// SharedConfig configures [NewShared]. Store is required.
type SharedConfig struct {
	Store Store
	// Secrets encrypt the ring in the store, AES-256-GCM, 32 bytes each: the
	// first encrypts, all of them decrypt, so that they can be changed. Keep
	// them somewhere else than the store.
	Secrets [][]byte
	// InsecurePlain keeps the ring as it is, where the store lets nobody else
	// read it, as a file with the mode 0600 does.
	InsecurePlain bool
}

// Shared is a ring in a store. It is safe for concurrent use, by several
// processes, too.
type Shared struct {
	store Store
	aeads []cipher.AEAD
}

// sealed stands in front of an encrypted ring, and is authenticated with it.
const sealed = "authsdk-keyring-1\n"

// NewShared checks cfg and reports all its mistakes together.
func NewShared(cfg SharedConfig) (*Shared, error) {
	var errs []error
	s := &Shared{store: cfg.Store}
	if conf.IsNil(cfg.Store) {
		errs = append(errs, errors.New("Store is required"))
	}
	if (len(cfg.Secrets) == 0) != cfg.InsecurePlain {
		errs = append(errs, errors.New("set either Secrets or InsecurePlain"))
	}
	for i, secret := range cfg.Secrets {
		if len(secret) != 32 {
			errs = append(errs, fmt.Errorf("Secrets: the %d. has %d bytes, it must have 32", i+1, len(secret)))
			continue
		}
		block, err := aes.NewCipher(secret)
		if err != nil {
			return nil, fmt.Errorf("keyring: %w", err)
		}
		aead, err := cipher.NewGCMWithRandomNonce(block)
		if err != nil {
			return nil, fmt.Errorf("keyring: %w", err)
		}
		s.aeads = append(s.aeads, aead)
	}
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("keyring: SharedConfig: %w", err)
	}
	return s, nil
}

// ErrEmpty is returned where nothing has been saved yet.
var ErrEmpty = errors.New("keyring: the store holds no keys yet")

// Load returns the ring, for SourceConfig.Load. The error wraps ErrEmpty where
// there is none yet: a Rotator makes one.
func (s *Shared) Load(ctx context.Context) (*Ring, error) {
	ring, _, _, err := s.load(ctx)
	if err == nil && ring == nil {
		return nil, ErrEmpty
	}
	return ring, err
}

// load returns the ring and its version, nil where there is none yet, and
// whether it is encrypted with another secret than the first.
func (s *Shared) load(ctx context.Context) (ring *Ring, version int64, old bool, err error) {
	data, version, err := s.store.LoadKeys(ctx)
	if err != nil {
		return nil, 0, false, fmt.Errorf("keyring: load: %w", err)
	}
	if len(data) == 0 {
		return nil, version, false, nil
	}
	if data, old, err = s.open(data); err != nil {
		return nil, 0, false, err
	}
	ring, err = Parse(data)
	return ring, version, old, err
}

// maxAttempts is how often a change is made again because somebody else was
// quicker.
const maxAttempts = 20

// Update loads the ring, nil if there is none yet, and saves what change
// returns. Where another process was quicker it begins again, so change may be
// called more than once. It returns the ring as it is then: unchanged where
// change returns nil and no error, but encrypted with the first of the secrets
// if it was not.
func (s *Shared) Update(ctx context.Context, change func(*Ring) (*Ring, error)) (*Ring, error) {
	for range maxAttempts {
		old, version, reseal, err := s.load(ctx)
		if err != nil {
			return nil, err
		}
		next, err := change(old)
		if err == nil && next == nil && reseal {
			next = old
		}
		if err != nil || next == nil {
			return old, err
		}
		data, err := next.Marshal()
		if err != nil {
			return nil, err
		}
		if len(s.aeads) > 0 {
			data = append([]byte(sealed), s.aeads[0].Seal(nil, nil, data, []byte(sealed))...) //nolint:gosec // the AEAD makes its nonces
		}
		saved, err := s.store.SaveKeys(ctx, data, version)
		if err != nil {
			return nil, fmt.Errorf("keyring: save: %w", err)
		}
		if saved {
			return next, nil
		}
	}
	return nil, errors.New("keyring: others change the keys all the time: try again")
}

// open decrypts what the store has, and reports whether that took another
// secret than the first.
func (s *Shared) open(data []byte) (plain []byte, old bool, err error) {
	if len(s.aeads) == 0 {
		return data, false, nil
	}
	rest, ok := bytes.CutPrefix(data, []byte(sealed))
	if !ok {
		return nil, false, errors.New("keyring: what the store holds is not encrypted, or is no ring")
	}
	for i, aead := range s.aeads {
		if plain, err := aead.Open(nil, nil, rest, []byte(sealed)); err == nil {
			return plain, i > 0, nil
		}
	}
	return nil, false, errors.New("keyring: none of the Secrets decrypts what the store holds")
}
