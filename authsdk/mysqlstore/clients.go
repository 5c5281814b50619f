package mysqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"github.com/authsdk/authsdk-go/authsdk/clientstore"
)

const insertClient = `
INSERT INTO authsdk_clients (id, secret_hash, grants, scopes, audience, created_at)
VALUES (?, ?, ?, ?, ?, ?)`

// AddClient implements [clientstore.Store].
func (s *Store) AddClient(ctx context.Context, c clientstore.Client) error {
	args := []any{c.ID, append([]byte{}, c.SecretHash...)} // nil would be NULL
	for _, list := range [][]string{c.Grants, c.Scopes, c.Audience} {
		text, err := json.Marshal(list)
		if err != nil {
			return err
		}
		args = append(args, string(text))
	}
	_, err := s.execute(ctx, insertClient, append(args, c.CreatedAt.UnixMilli())...)
	if code(err) == codeDuplicate {
		return clientstore.ErrExists
	}
	return err
}

const selectClient = `SELECT id, secret_hash, grants, scopes, audience, created_at FROM authsdk_clients `

// Client implements [clientstore.Store].
func (s *Store) Client(ctx context.Context, id string) (c clientstore.Client, err error) {
	err = s.read(ctx, func(ctx context.Context) error {
		c, err = scanClient(s.db.QueryRowContext(ctx, selectClient+`WHERE id = ?`, id))
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return clientstore.Client{}, clientstore.ErrNotFound
	}
	return c, err
}

// Clients implements [clientstore.Store].
func (s *Store) Clients(ctx context.Context) (found []clientstore.Client, err error) {
	err = s.read(ctx, func(ctx context.Context) error {
		found, err = list(ctx, s.db, scanClient, selectClient+`ORDER BY id`)
		return err
	})
	return found, err
}

const replaceSecret = `
UPDATE authsdk_clients SET secret_hash = ?
WHERE id = ? AND length(secret_hash) > 0 AND length(?) > 0`

// ReplaceSecret implements [clientstore.Store]. An equal hash counts as a change,
// by the ClientFoundRows of the connection.
func (s *Store) ReplaceSecret(ctx context.Context, id string, hash []byte) error {
	changed, err := s.execute(ctx, replaceSecret, hash, id, hash)
	if err == nil && changed == 0 {
		return clientstore.ErrNotFound
	}
	return err
}

// RemoveClient implements [clientstore.Store].
func (s *Store) RemoveClient(ctx context.Context, id string) error {
	changed, err := s.execute(ctx, `DELETE FROM authsdk_clients WHERE id = ?`, id)
	if err == nil && changed == 0 {
		return clientstore.ErrNotFound
	}
	return err
}

func scanClient(r row) (clientstore.Client, error) {
	var (
		c                        clientstore.Client
		grants, scopes, audience []byte
	)
	err := r.Scan(&c.ID, &c.SecretHash, &grants, &scopes, &audience, milli{&c.CreatedAt})
	if err != nil {
		return clientstore.Client{}, err
	}
	return c, errors.Join(json.Unmarshal(grants, &c.Grants), json.Unmarshal(scopes, &c.Scopes), json.Unmarshal(audience, &c.Audience))
}
