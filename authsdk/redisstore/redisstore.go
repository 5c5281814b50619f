// Package redisstore keeps sessions and keys in Redis (6.2 and newer, Valkey
// too): one server, one behind Sentinel, or a Cluster. Users stay in a store
// that is made for what must never be lost.
//
// # What survives
//
// A session that Redis has lost has ended: everybody it concerns logs in again,
// and no token becomes good. What must not be lost alone is the last of what
// was written, as a session that was revoked then would live again. How much
// that can be is a setting of the server:
//
//   - without an append-only file, everything since the last snapshot;
//   - with appendonly yes and appendfsync everysec, the default, the last
//     second or two, if the machine crashes or, while the disk is slow, if only
//     the server is killed;
//   - with appendfsync always, nothing;
//   - in a failover, what the replica had not got yet; min-replicas-to-write
//     makes that less, session.Config.StoreLag says how many rotations that
//     may be;
//   - with a maxmemory-policy that evicts, whatever Redis takes.
//
// Store.Warnings tells which of these a server is set to.
//
// # What is where
//
// All keys begin with authsdk:, or what prefix in the URL says. All that
// belongs to one subject is in one slot of a Cluster, under a hash of the
// subject, and changed by one script at a time; the key of a session's ID names
// that hash. Sessions leave by themselves a day after they have ended.
package redisstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"github.com/redis/go-redis/v9"

	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/internal/breaker"
)

var _ session.Store = (*Store)(nil)

// patience is how long a call takes at most, if its context does not end before.
const patience = 5 * time.Second

// remembered is how many sessions' subjects a store remembers, which never
// change: less than 16 MB.
const remembered = 1 << 16

// Store is a [session.Store] and a keyring.Store. It is safe for concurrent
// use, in any number of processes. Each call takes five seconds at most, less
// if its context ends before; that includes the wait for one of its connections.
//
// Errors that are not named by the interfaces mean that the server did not
// answer, or not with an answer, and wrap authsdk.ErrStoreUnavailable. They
// name the cause and hold nothing secret. After five calls in a row that the
// server did not answer, one a second asks it and the others fail at once. The
// store works again by itself when the cause has gone.
type Store struct {
	client redis.UniversalClient
	// breaker stands before every call, and spares a server that does not answer.
	breaker *breaker.Breaker
	scripts *scripts
	prefix  string
	// tags has the tag of sessions by their ID.
	tags *lru.Cache[string, string]
}

// Open connects to the server of a URL:
//
//	redis://user:password@host:6379/0                             one server
//	redis://user:password@host:26379/0?master_name=main&addr=…    the primary that Sentinels at host and addr name
//	redis://user:password@host:6379?cluster=true&addr=…           a Cluster, by some of its nodes
//
// With rediss:// the connections are encrypted. User and password are those of
// the Redis servers, and with sentinel_auth=true of the Sentinels too. The query
// may hold prefix, pool_size, 20 by default, and what else [go-redis] reads from
// URLs. The error is one line, names the next step, and never shows the password.
//
// [go-redis]: https://pkg.go.dev/github.com/redis/go-redis/v9#ParseURL
func Open(ctx context.Context, url string) (*Store, error) {
	cfg, err := parse(url)
	if err != nil {
		return nil, fmt.Errorf("redisstore: %w", err)
	}
	tags, err := lru.New[string, string](remembered)
	if err != nil {
		return nil, fmt.Errorf("redisstore: %w", err)
	}
	s := &Store{client: cfg.client(), breaker: breaker.New("redisstore", silent), scripts: newScripts(), prefix: cfg.prefix, tags: tags}
	if err := s.Ping(ctx); err != nil {
		_ = s.Close() // err says what happened
		return nil, cfg.explain(err)
	}
	return s, nil
}

// Close closes the connections. Later calls return errors. Closing twice is no
// error.
func (s *Store) Close() error {
	if err := s.client.Close(); err != nil && !errors.Is(err, redis.ErrClosed) {
		return fmt.Errorf("redisstore: %w", err)
	}
	return nil
}
