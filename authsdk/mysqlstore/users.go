package mysqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"github.com/authsdk/authsdk-go/authsdk/userstore"
)

const insertUser = `
INSERT INTO authsdk_users (id, name, password_hash, scopes, roles, disabled, created_at)
VALUES (?, ?, ?, ?, ?, ?, ?)`

// AddUser implements [userstore.Store].
func (s *Store) AddUser(ctx context.Context, u userstore.User) error {
	scopes, err := json.Marshal(u.Scopes)
	if err != nil {
		return err
	}
	roles, err := json.Marshal(u.Roles)
	if err != nil {
		return err
	}
	err = s.changeUser(ctx, insertUser, u.ID, u.Name, u.PasswordHash, string(scopes), string(roles), u.Disabled, u.CreatedAt.UnixMilli())
	if code(err) == codeDuplicate {
		return userstore.ErrExists
	}
	return err
}

const selectUser = `SELECT id, name, password_hash, scopes, roles, disabled, created_at FROM authsdk_users `

// User implements [userstore.Store].
func (s *Store) User(ctx context.Context, id string) (userstore.User, error) {
	return s.user(ctx, selectUser+`WHERE id = ?`, id)
}

// UserByName implements [userstore.Store].
func (s *Store) UserByName(ctx context.Context, name string) (userstore.User, error) {
	return s.user(ctx, selectUser+`WHERE name = ?`, name)
}

func (s *Store) user(ctx context.Context, query, key string) (u userstore.User, err error) {
	err = s.read(ctx, func(ctx context.Context) error {
		u, err = scanUser(s.db.QueryRowContext(ctx, query, key))
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return userstore.User{}, userstore.ErrNotFound
	}
	return u, err
}

// Users implements [userstore.Store].
func (s *Store) Users(ctx context.Context) (found []userstore.User, err error) {
	err = s.read(ctx, func(ctx context.Context) error {
		found, err = list(ctx, s.db, scanUser, selectUser+`ORDER BY name`)
		return err
	})
	return found, err
}

const setUserPassword = `
UPDATE authsdk_users SET password_hash = CASE WHEN ? IN ('', password_hash) THEN ? ELSE password_hash END
WHERE id = ?`

// SetUserPassword implements [userstore.Store].
func (s *Store) SetUserPassword(ctx context.Context, id, hash, ifHash string) error {
	return s.changeUser(ctx, setUserPassword, ifHash, hash, id)
}

// SetUserDisabled implements [userstore.Store].
func (s *Store) SetUserDisabled(ctx context.Context, id string, disabled bool) error {
	return s.changeUser(ctx, `UPDATE authsdk_users SET disabled = ? WHERE id = ?`, disabled, id)
}

// RemoveUser implements [userstore.Store].
func (s *Store) RemoveUser(ctx context.Context, id string) error {
	return s.changeUser(ctx, `DELETE FROM authsdk_users WHERE id = ?`, id)
}

// changeUser runs a statement that concerns one row, and returns ErrNotFound if
// there was no row for it.
func (s *Store) changeUser(ctx context.Context, statement string, args ...any) error {
	changed, err := s.execute(ctx, statement, args...)
	if err == nil && changed == 0 {
		return userstore.ErrNotFound
	}
	return err
}

// execute runs one statement, and returns how many rows it concerned.
func (s *Store) execute(ctx context.Context, statement string, args ...any) (rows int64, err error) {
	err = s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, statement, args...)
		if err != nil {
			return err
		}
		rows, err = result.RowsAffected()
		return err
	})
	return rows, err
}

func scanUser(r row) (userstore.User, error) {
	var (
		u             userstore.User
		scopes, roles []byte
	)
	err := r.Scan(&u.ID, &u.Name, &u.PasswordHash, &scopes, &roles, &u.Disabled, milli{&u.CreatedAt})
	if err != nil {
		return userstore.User{}, err
	}
	return u, errors.Join(json.Unmarshal(scopes, &u.Scopes), json.Unmarshal(roles, &u.Roles))
}
