package memstore

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/session"
)

// CreateSession implements [session.Store]. An ID that is taken is an error.
// Of sessions seen last at the same time, the one with the smaller ID goes first.
func (s *Store) CreateSession(ctx context.Context, created session.Session, most int) ([]string, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	if s.sessions[created.ID] != nil {
		return nil, fmt.Errorf("memstore: session %s exists", created.ID)
	}
	stored := clone(&created)
	s.sessions[stored.ID] = &stored
	if s.subjects[stored.Subject] == nil {
		s.subjects[stored.Subject] = map[string]*session.Session{}
	}
	s.subjects[stored.Subject][stored.ID] = &stored
	if most <= 0 {
		return nil, nil
	}
	live := s.live(stored.Subject, stored.CreatedAt)
	surplus := len(live) - most
	var evicted []string
	for _, old := range slices.Backward(live) { // the least recently seen first
		if surplus > len(evicted) && old != &stored {
			end(old, stored.CreatedAt, session.ReasonEvicted)
			evicted = append(evicted, old.ID)
		}
	}
	return evicted, nil
}

// Session implements [session.Store].
func (s *Store) Session(ctx context.Context, id string) (session.Session, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return session.Session{}, err
	}
	defer unlock()
	found := s.sessions[id]
	if found == nil {
		return session.Session{}, authsdk.ErrSessionNotFound
	}
	return clone(found), nil
}

// Sessions implements [session.Store].
func (s *Store) Sessions(ctx context.Context, subject string, now time.Time) ([]session.Session, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	var list []session.Session
	for _, found := range s.live(subject, milli(now)) {
		list = append(list, clone(found))
	}
	return list, nil
}

// RotateSession implements [session.Store].
func (s *Store) RotateSession(ctx context.Context, r session.Rotation) (session.Session, session.Verdict, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return session.Session{}, session.VerdictRefused, err
	}
	defer unlock()
	found := s.sessions[r.SessionID]
	if found == nil {
		return session.Session{}, session.VerdictRefused, nil
	}
	r.Now = milli(r.Now)
	next, verdict := r.Decide(*found)
	*found = clone(&next)
	return clone(found), verdict, nil
}

// RevokeSessions implements [session.Store].
func (s *Store) RevokeSessions(ctx context.Context, match session.Match, at time.Time, reason string) ([]string, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return nil, err
	}
	defer unlock()
	candidates := s.subjects[match.Subject]
	if match.ID != "" {
		candidates = map[string]*session.Session{}
		if found := s.sessions[match.ID]; found != nil {
			candidates[match.ID] = found
		}
	}
	at = milli(at)
	var revoked []string
	for id, found := range candidates {
		if match.Matches(found) && found.Live(at) {
			end(found, at, reason)
			revoked = append(revoked, id)
		}
	}
	return revoked, nil
}

// MarkAuthenticated implements [session.Store].
func (s *Store) MarkAuthenticated(ctx context.Context, id string, at time.Time) (session.Session, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return session.Session{}, err
	}
	defer unlock()
	at = milli(at)
	found := s.sessions[id]
	if found == nil || !found.Live(at) {
		return session.Session{}, authsdk.ErrSessionNotFound
	}
	found.AuthTime, found.LastSeen = at, at
	return clone(found), nil
}

// PruneSessions implements [session.Store].
func (s *Store) PruneSessions(ctx context.Context, before time.Time, limit int) (int, error) {
	unlock, err := s.lock(ctx)
	if err != nil {
		return 0, err
	}
	defer unlock()
	before = milli(before)
	deleted := 0
	for id, found := range s.sessions {
		if deleted >= limit {
			break
		}
		revoked := !found.RevokedAt.IsZero() && found.RevokedAt.Before(before)
		if !revoked && !found.Expires.Before(before) && !found.IdleExpires.Before(before) {
			continue
		}
		delete(s.sessions, id)
		delete(s.subjects[found.Subject], id)
		if len(s.subjects[found.Subject]) == 0 {
			delete(s.subjects, found.Subject)
		}
		deleted++
	}
	return deleted, nil
}

// live returns the live sessions of subject, the most recently seen first.
func (s *Store) live(subject string, now time.Time) []*session.Session {
	var list []*session.Session
	for _, found := range s.subjects[subject] {
		if found.Live(now) {
			list = append(list, found)
		}
	}
	slices.SortFunc(list, func(a, b *session.Session) int {
		return cmp.Or(b.LastSeen.Compare(a.LastSeen), strings.Compare(b.ID, a.ID))
	})
	return list
}

func end(s *session.Session, at time.Time, reason string) {
	s.RevokedAt, s.RevokeReason = at, reason
}

// clone copies s with all that it points to.
func clone(s *session.Session) session.Session {
	c := *s
	for _, t := range []*time.Time{
		&c.RotatedAt, &c.CreatedAt, &c.AuthTime, &c.LastSeen, &c.IdleExpires, &c.Expires, &c.RevokedAt,
	} {
		*t = milli(*t)
	}
	c.CSRFSecret = bytes.Clone(c.CSRFSecret)
	return c
}
