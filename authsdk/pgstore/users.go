package pgstore

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/authsdk/authsdk-go/authsdk/userstore"
)

const insertUser = `
INSERT INTO authsdk_users (id, name, password_hash, scopes, roles, disabled, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT DO NOTHING`

// AddUser implements [userstore.Store].
func (s *Store) AddUser(ctx context.Context, u userstore.User) error {
	return s.changeRow(ctx, userstore.ErrExists, insertUser, u.ID, u.Name, u.PasswordHash,
		append([]string{}, u.Scopes...), append([]string{}, u.Roles...), // nil would be NULL
		u.Disabled, u.CreatedAt.UnixMilli())
}

const selectUser = `SELECT id, name, password_hash, scopes, roles, disabled, created_at FROM authsdk_users `

// User implements [userstore.Store].
func (s *Store) User(ctx context.Context, id string) (userstore.User, error) {
	return s.user(ctx, selectUser+`WHERE id = $1`, id)
}

// UserByName implements [userstore.Store].
func (s *Store) UserByName(ctx context.Context, name string) (userstore.User, error) {
	return s.user(ctx, selectUser+`WHERE name = $1`, name)
}

func (s *Store) user(ctx context.Context, query, key string) (u userstore.User, err error) {
	err = s.read(ctx, func(ctx context.Context) error {
		u, err = scanUser(s.pool.QueryRow(ctx, query, key))
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return userstore.User{}, userstore.ErrNotFound
	}
	return u, err
}

// Users implements [userstore.Store].
func (s *Store) Users(ctx context.Context) (found []userstore.User, err error) {
	err = s.read(ctx, func(ctx context.Context) error {
		rows, err := s.pool.Query(ctx, selectUser+`ORDER BY name`)
		if err != nil {
			return err
		}
		found, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (userstore.User, error) { return scanUser(r) })
		return err
	})
	return found, err
}

const setUserPassword = `
UPDATE authsdk_users SET password_hash = CASE WHEN $3 IN ('', password_hash) THEN $2 ELSE password_hash END
WHERE id = $1`

// SetUserPassword implements [userstore.Store].
func (s *Store) SetUserPassword(ctx context.Context, id, hash, ifHash string) error {
	return s.changeRow(ctx, userstore.ErrNotFound, setUserPassword, id, hash, ifHash)
}

// SetUserDisabled implements [userstore.Store].
func (s *Store) SetUserDisabled(ctx context.Context, id string, disabled bool) error {
	return s.changeRow(ctx, userstore.ErrNotFound, `UPDATE authsdk_users SET disabled = $2 WHERE id = $1`, id, disabled)
}

// RemoveUser implements [userstore.Store].
func (s *Store) RemoveUser(ctx context.Context, id string) error {
	return s.changeRow(ctx, userstore.ErrNotFound, `DELETE FROM authsdk_users WHERE id = $1`, id)
}

// changeRow runs a statement that concerns one row. It returns none if there
// was no row for it.
func (s *Store) changeRow(ctx context.Context, none error, statement string, args ...any) error {
	var changed int64
	err := s.write(ctx, func(ctx context.Context) error {
		done, err := s.pool.Exec(ctx, statement, args...)
		changed = done.RowsAffected()
		return err
	})
	if err == nil && changed == 0 {
		return none
	}
	return err
}

func scanUser(r pgx.Row) (userstore.User, error) {
	var u userstore.User
	err := r.Scan(&u.ID, &u.Name, &u.PasswordHash, &u.Scopes, &u.Roles, &u.Disabled, milli{&u.CreatedAt})
	return u, err
}
