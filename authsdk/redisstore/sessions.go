package redisstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/session"
)

// kept is how long a session is kept after its end, as in common.lua.
const kept = 24 * time.Hour

// CreateSession implements [session.Store]. An ID that is taken is an error.
// Of sessions seen last at the same time, the one with the smaller ID goes first.
//
// Where the ID leads is written first: what is interrupted between the two has
// not begun, and leaves by itself.
func (s *Store) CreateSession(ctx context.Context, created session.Session, most int) ([]string, error) {
	tag := tagOf(created.Subject)
	taken := fmt.Errorf("redisstore: session %s exists", created.ID)
	if err := s.point(ctx, created, tag); errors.Is(err, redis.Nil) {
		return nil, taken
	} else if err != nil {
		return nil, err
	}
	args := append([]any{s.base(tag), created.CreatedAt.UnixMilli(), most, session.ReasonEvicted}, fields(created)...)
	result, err := s.run(ctx, s.scripts.create, []string{s.base(tag) + created.ID, s.index(tag)}, args...)
	if err != nil {
		return nil, err
	}
	said, err := texts(result)
	switch {
	case err != nil:
		return nil, err
	case len(said) == 0 || said[0] != "created":
		return nil, taken
	case len(said) == 1:
		return nil, nil
	}
	return said[1:], nil
}

// point lets the ID of a session lead to its subject. It returns redis.Nil if
// it leads to another.
func (s *Store) point(ctx context.Context, created session.Session, tag string) error {
	ttl := max(0, created.Expires.Sub(created.CreatedAt)) + kept
	key := s.pointer(created.ID)
	return s.once(ctx, func(ctx context.Context) error {
		err := s.client.SetArgs(ctx, key, tag, redis.SetArgs{Mode: "NX", TTL: ttl}).Err()
		if !errors.Is(err, redis.Nil) {
			return err
		}
		is, err := s.client.Get(ctx, key).Result()
		if err == nil && is != tag {
			err = redis.Nil
		}
		return err
	})
}

// tag returns the tag of a session, or redis.Nil.
func (s *Store) tag(ctx context.Context, id string) (tag string, err error) {
	if tag, ok := s.tags.Get(id); ok && ctx.Err() == nil {
		return tag, nil
	}
	err = s.read(ctx, func(ctx context.Context) error {
		tag, err = s.client.Get(ctx, s.pointer(id)).Result()
		return err
	})
	if err == nil {
		s.tags.Add(id, tag)
	}
	return tag, err
}

// Session implements [session.Store].
func (s *Store) Session(ctx context.Context, id string) (session.Session, error) {
	tag, err := s.tag(ctx, id)
	if errors.Is(err, redis.Nil) {
		return session.Session{}, authsdk.ErrSessionNotFound
	}
	if err != nil {
		return session.Session{}, err
	}
	var values []any
	err = s.read(ctx, func(ctx context.Context) error {
		values, err = s.client.HMGet(ctx, s.base(tag)+id, names()...).Result()
		return err
	})
	if err != nil {
		return session.Session{}, err
	}
	return scan(values, id)
}

// Sessions implements [session.Store].
func (s *Store) Sessions(ctx context.Context, subject string, now time.Time) ([]session.Session, error) {
	tag := tagOf(subject)
	result, err := s.run(ctx, s.scripts.list, []string{s.index(tag)}, s.base(tag), now.UnixMilli())
	if err != nil {
		return nil, err
	}
	list, ok := result.([]any)
	if !ok {
		return nil, odd(result)
	}
	var found []session.Session
	for _, v := range list {
		one, err := scan(v, "")
		if err != nil {
			return nil, err
		}
		found = append(found, one)
	}
	return found, nil
}

// MarkAuthenticated implements [session.Store].
func (s *Store) MarkAuthenticated(ctx context.Context, id string, at time.Time) (session.Session, error) {
	tag, err := s.tag(ctx, id)
	if errors.Is(err, redis.Nil) {
		return session.Session{}, authsdk.ErrSessionNotFound
	}
	if err != nil {
		return session.Session{}, err
	}
	result, err := s.run(ctx, s.scripts.mark, []string{s.base(tag) + id, s.index(tag)}, at.UnixMilli())
	if err != nil {
		return session.Session{}, err
	}
	list, ok := result.([]any)
	if !ok {
		return session.Session{}, odd(result)
	}
	if len(list) == 0 {
		return session.Session{}, authsdk.ErrSessionNotFound
	}
	return scan(list[0], id)
}

// PruneSessions implements [session.Store]. There is nothing to do: sessions
// leave by themselves a day after they have ended.
func (s *Store) PruneSessions(ctx context.Context, _ time.Time, _ int) (int, error) {
	return 0, unknown(ctx.Err())
}
