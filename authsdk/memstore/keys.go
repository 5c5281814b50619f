package memstore

import (
	"bytes"
	"context"
)

// LoadKeys implements keyring.Store.
func (s *Store) LoadKeys(ctx context.Context) (data []byte, version int64, err error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return nil, 0, err
	}
	defer unlock()
	return bytes.Clone(s.keys), s.keysVersion, nil
}

// SaveKeys implements keyring.Store.
func (s *Store) SaveKeys(ctx context.Context, data []byte, version int64) (saved bool, err error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return false, err
	}
	defer unlock()
	if version != s.keysVersion {
		return false, nil
	}
	s.keys, s.keysVersion = bytes.Clone(data), version+1
	return true, nil
}
