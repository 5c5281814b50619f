// Package clientstore is the contract between the OAuth clients of package
// oauth and the stores that keep them. It stands apart so that a store compiles
// nothing of the endpoints.
package clientstore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Client is an OAuth client (RFC 6749 section 2).
type Client struct {
	// ID is the client_id, which its owner chose.
	ID string
	// SecretHash is the SHA-256 of the client's secret; empty for a public
	// client, which has none. A secret is 256 random bits: nobody finds it by
	// trying, so that a slow hash would protect nothing.
	SecretHash []byte
	// Grants are what the client may do, Scopes what it may be granted.
	Grants, Scopes []string
	// Audience is the aud of its access tokens; empty means that of the issuer.
	Audience []string
	// CreatedAt has a resolution of one millisecond.
	CreatedAt time.Time
}

// Public reports whether the client has no secret.
func (c Client) Public() bool { return len(c.SecretHash) == 0 }

// String leaves the hash out.
func (c Client) String() string { return fmt.Sprintf("oauth.Client{%q}", c.ID) }

// GoString keeps %#v from printing the hash.
func (c Client) GoString() string { return c.String() }

// LogValue keeps slog from printing the hash.
func (c Client) LogValue() slog.Value { return slog.StringValue(c.String()) }

// Errors of a [Store].
var (
	ErrNotFound = errors.New("oauth: there is no such client")
	ErrExists   = errors.New("oauth: the name is taken")
)

// Store keeps OAuth clients. The packages memstore, sqlitestore, pgstore and
// mysqlstore implement it, and storetest checks an implementation. All methods
// may be called concurrently; errors other than the named ones mean "cannot
// know".
type Store interface {
	// AddClient adds c, or returns ErrExists if its ID is taken. IDs are
	// compared byte by byte.
	AddClient(ctx context.Context, c Client) error
	// Client returns one client, or ErrNotFound.
	Client(ctx context.Context, id string) (Client, error)
	// Clients returns all clients, by ID.
	Clients(ctx context.Context) ([]Client, error)
	// ReplaceSecret gives a confidential client another SecretHash, in one step,
	// and changes nothing else of it. It returns ErrNotFound for a public client
	// too, and for an empty hash: neither kind of client becomes the other.
	ReplaceSecret(ctx context.Context, id string, hash []byte) error
	// RemoveClient deletes a client, or returns ErrNotFound.
	RemoveClient(ctx context.Context, id string) error
}
