package redisstore

import (
	"bytes"
	"context"
	"strconv"
)

// LoadKeys implements keyring.Store.
func (s *Store) LoadKeys(ctx context.Context) (data []byte, version int64, err error) {
	var values []any
	err = s.read(ctx, func(ctx context.Context) error {
		values, err = s.client.HMGet(ctx, s.prefix+"keys", "version", "data").Result()
		return err
	})
	if err != nil || values[0] == nil {
		return nil, 0, err
	}
	texts, err := texts(values)
	if err != nil {
		return nil, 0, err
	}
	if version, err = strconv.ParseInt(texts[0], 10, 64); err != nil {
		return nil, 0, unknown(err)
	}
	return []byte(texts[1]), version, nil
}

// SaveKeys implements keyring.Store.
func (s *Store) SaveKeys(ctx context.Context, data []byte, version int64) (bool, error) {
	saved, err := s.run(ctx, s.scripts.saveKeys, []string{s.prefix + "keys"}, version, bytes.Clone(data))
	return saved == int64(1) && err == nil, err
}
