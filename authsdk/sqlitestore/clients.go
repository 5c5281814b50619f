package sqlitestore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"

	"github.com/authsdk/authsdk-go/authsdk/clientstore"
)

const insertClient = `
INSERT INTO authsdk_clients (id, secret_hash, grants, scopes, audience, created_at)
VALUES (:id, :secret_hash, :grants, :scopes, :audience, :created_at)
ON CONFLICT DO NOTHING`

// AddClient implements [clientstore.Store].
func (s *Store) AddClient(ctx context.Context, c clientstore.Client) error {
	lists, err := texts(c.Grants, c.Scopes, c.Audience)
	if err != nil {
		return err
	}
	return s.changeRow(ctx, clientstore.ErrExists, insertClient,
		arg("id", c.ID), arg("secret_hash", append([]byte{}, c.SecretHash...)), // nil would be NULL
		arg("grants", lists[0]), arg("scopes", lists[1]), arg("audience", lists[2]), arg("created_at", c.CreatedAt))
}

const selectClient = `SELECT id, secret_hash, grants, scopes, audience, created_at FROM authsdk_clients `

// Client implements [clientstore.Store].
func (s *Store) Client(ctx context.Context, id string) (c clientstore.Client, err error) {
	err = s.read(ctx, func(ctx context.Context, db *sql.DB) error {
		c, err = scanClient(db.QueryRowContext(ctx, selectClient+`WHERE id = :id`, arg("id", id)))
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return clientstore.Client{}, clientstore.ErrNotFound
	}
	return c, err
}

// Clients implements [clientstore.Store].
func (s *Store) Clients(ctx context.Context) (found []clientstore.Client, err error) {
	err = s.read(ctx, func(ctx context.Context, db *sql.DB) error {
		found, err = list(ctx, db, scanClient, selectClient+`ORDER BY id`)
		return err
	})
	return found, err
}

const replaceSecret = `
UPDATE authsdk_clients SET secret_hash = :secret_hash
WHERE id = :id AND length(secret_hash) > 0 AND length(:secret_hash) > 0`

// ReplaceSecret implements [clientstore.Store].
func (s *Store) ReplaceSecret(ctx context.Context, id string, hash []byte) error {
	return s.changeRow(ctx, clientstore.ErrNotFound, replaceSecret, arg("id", id), arg("secret_hash", hash))
}

// RemoveClient implements [clientstore.Store].
func (s *Store) RemoveClient(ctx context.Context, id string) error {
	return s.changeRow(ctx, clientstore.ErrNotFound, `DELETE FROM authsdk_clients WHERE id = :id`, arg("id", id))
}

// texts returns lists as JSON arrays.
func texts(lists ...[]string) ([]string, error) {
	out := make([]string, len(lists))
	for i, list := range lists {
		text, err := json.Marshal(list)
		if err != nil {
			return nil, err
		}
		out[i] = string(text)
	}
	return out, nil
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
