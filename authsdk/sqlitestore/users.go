package sqlitestore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"github.com/authsdk/authsdk-go/authsdk/userstore"
)

const insertUser = `
INSERT INTO authsdk_users (id, name, password_hash, scopes, roles, disabled, created_at)
VALUES (:id, :name, :password_hash, :scopes, :roles, :disabled, :created_at)
ON CONFLICT DO NOTHING`

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
	return s.changeRow(ctx, userstore.ErrExists, insertUser,
		arg("id", u.ID), arg("name", u.Name), arg("password_hash", u.PasswordHash),
		arg("scopes", string(scopes)), arg("roles", string(roles)),
		arg("disabled", u.Disabled), arg("created_at", u.CreatedAt))
}

const selectUser = `SELECT id, name, password_hash, scopes, roles, disabled, created_at FROM authsdk_users `

// User implements [userstore.Store].
func (s *Store) User(ctx context.Context, id string) (userstore.User, error) {
	return s.user(ctx, selectUser+`WHERE id = :id`, arg("id", id))
}

// UserByName implements [userstore.Store].
func (s *Store) UserByName(ctx context.Context, name string) (userstore.User, error) {
	return s.user(ctx, selectUser+`WHERE name = :name`, arg("name", name))
}

func (s *Store) user(ctx context.Context, query string, key sql.NamedArg) (u userstore.User, err error) {
	err = s.read(ctx, func(ctx context.Context, db *sql.DB) error {
		u, err = scanUser(db.QueryRowContext(ctx, query, key))
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return userstore.User{}, userstore.ErrNotFound
	}
	return u, err
}

// Users implements [userstore.Store].
func (s *Store) Users(ctx context.Context) (found []userstore.User, err error) {
	err = s.read(ctx, func(ctx context.Context, db *sql.DB) error {
		found, err = list(ctx, db, scanUser, selectUser+`ORDER BY name`)
		return err
	})
	return found, err
}

const setUserPassword = `
UPDATE authsdk_users SET password_hash = iif(:if_hash IN ('', password_hash), :hash, password_hash)
WHERE id = :id`

// SetUserPassword implements [userstore.Store].
func (s *Store) SetUserPassword(ctx context.Context, id, hash, ifHash string) error {
	return s.changeRow(ctx, userstore.ErrNotFound, setUserPassword,
		arg("id", id), arg("hash", hash), arg("if_hash", ifHash))
}

// SetUserDisabled implements [userstore.Store].
func (s *Store) SetUserDisabled(ctx context.Context, id string, disabled bool) error {
	return s.changeRow(ctx, userstore.ErrNotFound, `UPDATE authsdk_users SET disabled = :disabled WHERE id = :id`,
		arg("id", id), arg("disabled", disabled))
}

// RemoveUser implements [userstore.Store].
func (s *Store) RemoveUser(ctx context.Context, id string) error {
	return s.changeRow(ctx, userstore.ErrNotFound, `DELETE FROM authsdk_users WHERE id = :id`, arg("id", id))
}

// changeRow runs a statement that concerns one row. It returns none if there
// was no row for it.
func (s *Store) changeRow(ctx context.Context, none error, statement string, args ...any) error {
	var changed int64
	err := s.write(ctx, func(ctx context.Context, tx *sql.Tx) error {
		result, err := tx.ExecContext(ctx, statement, args...)
		if err != nil {
			return err
		}
		changed, err = result.RowsAffected()
		return err
	})
	if err == nil && changed == 0 {
		return none
	}
	return err
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
