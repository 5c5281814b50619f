package pgstore

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/authsdk/authsdk-go/authsdk/clientstore"
)

const insertClient = `
INSERT INTO authsdk_clients (id, secret_hash, grants, scopes, audience, created_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING`

// AddClient implements [clientstore.Store].
func (s *Store) AddClient(ctx context.Context, c clientstore.Client) error {
	return s.changeRow(ctx, clientstore.ErrExists, insertClient, c.ID,
		append([]byte{}, c.SecretHash...), append([]string{}, c.Grants...), // nil would be NULL
		append([]string{}, c.Scopes...), append([]string{}, c.Audience...), c.CreatedAt.UnixMilli())
}

const selectClient = `SELECT id, secret_hash, grants, scopes, audience, created_at FROM authsdk_clients `

// Client implements [clientstore.Store].
func (s *Store) Client(ctx context.Context, id string) (c clientstore.Client, err error) {
	err = s.read(ctx, func(ctx context.Context) error {
		c, err = scanClient(s.pool.QueryRow(ctx, selectClient+`WHERE id = $1`, id))
		return err
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return clientstore.Client{}, clientstore.ErrNotFound
	}
	return c, err
}

// Clients implements [clientstore.Store].
func (s *Store) Clients(ctx context.Context) (found []clientstore.Client, err error) {
	err = s.read(ctx, func(ctx context.Context) error {
		rows, err := s.pool.Query(ctx, selectClient+`ORDER BY id`)
		if err != nil {
			return err
		}
		found, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (clientstore.Client, error) { return scanClient(r) })
		return err
	})
	return found, err
}

const replaceSecret = `
UPDATE authsdk_clients SET secret_hash = $2
WHERE id = $1 AND length(secret_hash) > 0 AND length($2::bytea) > 0`

// ReplaceSecret implements [clientstore.Store].
func (s *Store) ReplaceSecret(ctx context.Context, id string, hash []byte) error {
	return s.changeRow(ctx, clientstore.ErrNotFound, replaceSecret, id, hash)
}

// RemoveClient implements [clientstore.Store].
func (s *Store) RemoveClient(ctx context.Context, id string) error {
	return s.changeRow(ctx, clientstore.ErrNotFound, `DELETE FROM authsdk_clients WHERE id = $1`, id)
}

func scanClient(r pgx.Row) (clientstore.Client, error) {
	var c clientstore.Client
	err := r.Scan(&c.ID, &c.SecretHash, &c.Grants, &c.Scopes, &c.Audience, milli{&c.CreatedAt})
	return c, err
}
