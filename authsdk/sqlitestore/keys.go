package sqlitestore

import (
	"context"
	"database/sql"
	"errors"
)

// LoadKeys implements keyring.Store.
func (s *Store) LoadKeys(ctx context.Context) (data []byte, version int64, err error) {
	err = s.read(ctx, func(ctx context.Context, db *sql.DB) error {
		err := db.QueryRowContext(ctx, `SELECT data, version FROM authsdk_keys`).Scan(&data, &version)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	return data, version, err
}

const (
	insertKeys = `INSERT INTO authsdk_keys (id, data, version) VALUES (1, :data, :version + 1) ON CONFLICT DO NOTHING`
	updateKeys = `UPDATE authsdk_keys SET data = :data, version = :version + 1 WHERE version = :version`
)

// SaveKeys implements keyring.Store.
func (s *Store) SaveKeys(ctx context.Context, data []byte, version int64) (bool, error) {
	statement := updateKeys
	if version == 0 {
		statement = insertKeys
	}
	var changed int64
	err := s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, statement, arg("data", append([]byte{}, data...)), arg("version", version))
		if err != nil {
			return err
		}
		changed, err = result.RowsAffected()
		return err
	})
	return changed == 1 && err == nil, err
}
