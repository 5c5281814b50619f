// Package pgstore keeps sessions, users and keys in PostgreSQL, for services of
// several machines.
//
// # What survives
//
// What a method has acknowledged is in the write-ahead log on the disk of the
// server: every connection sets synchronous_commit to on, whatever the
// server's default is, unless that is the stricter remote_apply. With a
// synchronous standby it is there too; with an asynchronous one, a failover
// forgets the last writes, and session.Config.StoreLag says how many rotations
// that may be. A process that is killed in the middle of a call has done all
// of it or nothing: every call is one statement, or one round trip that is one
// transaction.
//
// # Sharing the database
//
// The tables begin with authsdk_ and stand in the first schema of the
// search_path. Connections keep their settings, and locks while the tables are
// brought up to date, so a pooler in between must pool by session, not by
// transaction.
package pgstore

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/authsdk/authsdk-go/authsdk/clientstore"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/userstore"
	"github.com/authsdk/authsdk-go/internal/breaker"
)

var (
	_ session.Store     = (*Store)(nil)
	_ userstore.Store   = (*Store)(nil)
	_ clientstore.Store = (*Store)(nil)
)

// patience is how long a call takes at most, if its context does not end before.
const patience = 5 * time.Second

// Store is a [session.Store], a [userstore.Store], a
// [clientstore.Store] and a keyring.Store. It is
// safe for concurrent use, in any number of processes. Each call takes five
// seconds at most, less if its context ends before; that includes the wait for
// one of its connections.
//
// Errors that are not named by the interfaces mean that the server did not
// answer, or not with an answer, and wrap authsdk.ErrStoreUnavailable. They
// name the cause and hold nothing secret. After five calls in a row that the
// server did not answer, one a second asks it and the others fail at once. The
// store works again by itself when the cause has gone; after a failover it turns to the
// new primary.
type Store struct {
	pool *pgxpool.Pool
	// breaker stands before every call, and spares a server that does not answer.
	breaker *breaker.Breaker
	// open ends when the store is closed, for what listens.
	open  context.Context //nolint:containedctx // it is the store's life
	close context.CancelFunc
}

// Open connects to the database of a URL such as
//
//	postgres://user:password@host:5432/database?sslmode=verify-full
//
// and brings its tables up to date; of several processes that start at the
// same time one does so. Tables that a newer version has made are taken as
// they are: versions only add to them, so that two run side by side while one
// replaces the other.
//
// The URL may hold all that [libpq] knows, several hosts among it, and
// pool_max_conns, 16 by default, with its siblings. What it leaves out comes
// from the environment (PGPASSWORD, PGSSLMODE and so on). The error is one
// line, names the next step, and never shows the password.
//
// [libpq]: https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
func Open(ctx context.Context, url string) (*Store, error) {
	cfg, err := parse(url)
	if err != nil {
		return nil, fmt.Errorf("pgstore: %w", err)
	}
	if err := migrate(ctx, cfg.ConnConfig); err != nil {
		return nil, explain(cfg.ConnConfig, err)
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, explain(cfg.ConnConfig, err)
	}
	s := &Store{pool: pool, breaker: breaker.New("pgstore", silent)}
	s.open, s.close = context.WithCancel(context.Background())
	if err := s.Ping(ctx); err != nil {
		_ = s.Close() // err says what happened
		return nil, explain(cfg.ConnConfig, err)
	}
	return s, nil
}

// Close waits for the calls that are under way and closes the connections.
// Later calls return errors. Closing twice is no error.
func (s *Store) Close() error {
	s.close()
	s.pool.Close()
	return nil
}
