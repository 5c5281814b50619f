package mysqlstore

import (
	"context"
	"database/sql"
)

// DB returns the connections of the store.
func (s *Store) DB() *sql.DB { return s.db }

// Setting returns a setting of a connection of the store.
func (s *Store) Setting(ctx context.Context, name string) (value string, err error) {
	err = s.db.QueryRowContext(ctx, `SHOW VARIABLES WHERE Variable_name = ?`, name).Scan(new(string), &value)
	return value, err
}

// Write is write.
func (s *Store) Write(ctx context.Context, do func(context.Context, *sql.Tx) error) error {
	return s.write(ctx, do)
}
