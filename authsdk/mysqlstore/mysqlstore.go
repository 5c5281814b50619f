// Package mysqlstore keeps sessions, users and keys in MySQL (8.0 and newer) or
// MariaDB (10.6 and newer), for services of several machines.
//
// # What survives
//
// What a method has acknowledged was committed. Whether that is on the disk of
// the server then is a setting of the whole server: it is with
// innodb_flush_log_at_trx_commit = 1, the default; Store.Warnings tells if it
// is not. With asynchronous replication, a failover forgets the last writes,
// and session.Config.StoreLag says how many rotations that may be. A process
// that is killed in the middle of a call has done all of it or nothing.
//
// # Sharing the database
//
// The tables begin with authsdk_. Transactions are READ COMMITTED, for which a
// server that writes a binary log needs binlog_format = ROW, the default. In a
// Galera cluster, one node at a time should be written to.
package mysqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

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
// store works again by itself when the cause has gone.
type Store struct {
	db *sql.DB
	// breaker stands before every call, and spares a server that does not answer.
	breaker *breaker.Breaker
	// The statements of every request and of every refresh, each prepared once
	// on a connection.
	get, swap, lock, rotated *sql.Stmt
	// seen has rows as they were seen last. Nothing is answered from it: it
	// saves a verdict the read before the write.
	seen *lru.Cache[string, session.Session]
}

// remembered is how many rows a store remembers: less than 8 MB.
const remembered = 1 << 13

// Open connects to the database of a URL such as
//
//	mysql://user:password@host:3306/database?tls=true
//
// and brings its tables up to date; of several processes that start at the
// same time one does so. Tables that a newer version has made are taken as
// they are: versions only add to them, so that two run side by side while one
// replaces the other.
//
// The query may hold max_conns, 16 by default, and the parameters of
// [go-sql-driver]; without tls the connection is encrypted if the server offers
// it. The error is one line, names the next step, and never shows the password.
//
// [go-sql-driver]: https://github.com/go-sql-driver/mysql#parameters
func Open(ctx context.Context, url string) (*Store, error) {
	cfg, err := parse(url)
	if err != nil {
		return nil, fmt.Errorf("mysqlstore: %w", err)
	}
	seen, err := lru.New[string, session.Session](remembered)
	if err != nil {
		return nil, fmt.Errorf("mysqlstore: %w", err)
	}
	s := &Store{db: cfg.pool(), breaker: breaker.New("mysqlstore", silent), seen: seen}
	if err := s.open(ctx); err != nil {
		_ = s.Close() // err says what happened
		return nil, cfg.explain(err)
	}
	return s, nil
}

func (s *Store) open(ctx context.Context) error {
	if err := migrate(ctx, s.db); err != nil {
		return err
	}
	for _, p := range []struct {
		statement **sql.Stmt
		text      string
	}{{&s.get, selectSession}, {&s.swap, updateUnchanged}, {&s.lock, selectSession + " FOR UPDATE"}, {&s.rotated, updateRotated}} {
		var err error
		if *p.statement, err = s.db.PrepareContext(ctx, p.text); err != nil { //nolint:sqlclosecheck // end with s.db
			return err
		}
	}
	return s.Ping(ctx)
}

// Close waits for the calls that are under way and closes the connections.
// Later calls return errors. Closing twice is no error.
func (s *Store) Close() error { return s.db.Close() }
