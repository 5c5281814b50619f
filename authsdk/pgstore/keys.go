package pgstore

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
)

// LoadKeys implements keyring.Store.
func (s *Store) LoadKeys(ctx context.Context) (data []byte, version int64, err error) {
	err = s.read(ctx, func(ctx context.Context) error {
		return s.pool.QueryRow(ctx, `SELECT data, version FROM authsdk_keys`).Scan(&data, &version)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, 0, nil
	}
	return data, version, err
}

const (
	insertKeys = `INSERT INTO authsdk_keys (id, data, version) VALUES (1, $1, $2 + 1) ON CONFLICT DO NOTHING`
	updateKeys = `UPDATE authsdk_keys SET data = $1, version = $2 + 1 WHERE version = $2`
)

// SaveKeys implements keyring.Store.
func (s *Store) SaveKeys(ctx context.Context, data []byte, version int64) (saved bool, err error) {
	statement := updateKeys
	if version == 0 {
		statement = insertKeys
	}
	err = s.write(ctx, func(ctx context.Context) error {
		done, err := s.pool.Exec(ctx, statement, append([]byte{}, data...), version)
		saved = done.RowsAffected() == 1
		return err
	})
	return saved && err == nil, err
}
