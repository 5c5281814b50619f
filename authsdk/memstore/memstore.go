// Package memstore keeps sessions, users and keys in the memory of one process, for
// tests, demonstrations and programs whose logins need not outlive them.
//
// # What a restart loses
//
// Everything. Every session is unknown afterwards, so every refresh token is
// refused and everybody has to log in again; every user has to be added again.
// Nothing that was revoked comes back to life, as a session that is unknown
// has ended. Two processes share nothing: a session of one is unknown to the
// other. The package sqlitestore keeps both in a file.
//
// What revoked access tokens otherwise, by their ID or their subject, is
// unknown too: a revocation.List refuses the tokens of before with
// authsdk.ErrStoreUnavailable until they have expired.
package memstore

import (
	"context"
	"sync"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/clientstore"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/userstore"
)

var (
	_ session.Store     = (*Store)(nil)
	_ userstore.Store   = (*Store)(nil)
	_ clientstore.Store = (*Store)(nil)
)

// Store is a [session.Store], a [userstore.Store], a [userstore.Throttle],
// a [clientstore.Store], a revocation.Store and a keyring.Store. It is safe for
// concurrent use, and shares no slice with its callers. It starts no goroutine:
// sessions that ended stay until PruneSessions removes them.
//
// Its methods fail only when their context has ended, and have done nothing then.
type Store struct {
	// mu guards everything below, and is never held while waiting.
	mu sync.Mutex
	// sessions are by ID, and by subject and ID.
	sessions map[string]*session.Session
	subjects map[string]map[string]*session.Session
	// users are by ID, and names has the ID of each name.
	users map[string]*userstore.User
	names map[string]string
	// clients are by ID.
	clients map[string]*clientstore.Client
	// keys is a key ring, and keysVersion how often it was saved.
	keys        []byte
	keysVersion int64
	// buckets count failed logins.
	buckets buckets
	// feed is what is revoked beside sessions.
	feed feed
}

// New returns an empty store.
func New() *Store {
	return &Store{
		sessions: map[string]*session.Session{},
		subjects: map[string]map[string]*session.Session{},
		users:    map[string]*userstore.User{},
		names:    map[string]string{},
		clients:  map[string]*clientstore.Client{},
		buckets:  newBuckets(),
		feed:     feed{added: make(chan struct{})},
	}
}

// lock waits for the store and returns the function that releases it. A
// context that ended while waiting ends the call too, so that nothing is
// written for a caller that is gone.
func (s *Store) lock(ctx context.Context) (unlock func(), err error) {
	s.mu.Lock()
	if err := ctx.Err(); err != nil {
		s.mu.Unlock()
		return nil, err
	}
	return s.mu.Unlock, nil
}

// milli is t in the resolution of all stores, so that none of them decides
// otherwise than the others.
func milli(t time.Time) time.Time { return t.UTC().Truncate(time.Millisecond) }
