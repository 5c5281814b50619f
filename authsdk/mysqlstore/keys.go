package mysqlstore

import (
	"context"
	"database/sql"
	"errors"
)

// LoadKeys implements keyring.Store.
func (s *Store) LoadKeys(ctx context.Context) (data []byte, version int64, err error) {
	err = s.read(ctx, func(ctx context.Context) error {
		return s.db.QueryRowContext(ctx, `SELECT data, version FROM authsdk_keys`).Scan(&data, &version)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, 0, nil
	}
	return data, version, err
}

// SaveKeys implements keyring.Store.
func (s *Store) SaveKeys(ctx context.Context, data []byte, version int64) (bool, error) {
	data = append([]byte{}, data...) // nil would be NULL
	if version == 0 {
		_, err := s.execute(ctx, `INSERT INTO authsdk_keys (id, data, version) VALUES (1, ?, 1)`, data)
		if code(err) == codeDuplicate {
			return false, nil
		}
		return err == nil, err
	}
	rows, err := s.execute(ctx, `UPDATE authsdk_keys SET data = ?, version = version + 1 WHERE version = ?`, data, version)
	return rows == 1 && err == nil, err
}
