package redisstore

import (
	"context"
	"errors"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/authsdk/authsdk-go/authsdk/session"
)

// RotateSession implements [session.Store]. The script is the verdict and the
// write in one step: a server executes one at a time.
func (s *Store) RotateSession(ctx context.Context, r session.Rotation) (session.Session, session.Verdict, error) {
	stored, verdict, err := s.rotate(ctx, r)
	if err != nil {
		return session.Session{}, session.VerdictRefused, err
	}
	return stored, verdict, nil
}

func (s *Store) rotate(ctx context.Context, r session.Rotation) (session.Session, session.Verdict, error) {
	tag, err := s.tag(ctx, r.SessionID)
	if errors.Is(err, redis.Nil) {
		return session.Session{}, session.VerdictRefused, nil // an unknown session is refused like any other
	}
	if err != nil {
		return session.Session{}, session.VerdictRefused, err
	}
	now := r.Now.Truncate(time.Millisecond) // so that what is added to it is rounded like everywhere
	grace := int64(-1)
	if r.Grace > 0 {
		grace = r.Grace.Milliseconds()
	}
	result, err := s.run(ctx, s.scripts.rotate, []string{s.base(tag) + r.SessionID, s.index(tag)},
		now.UnixMilli(), r.Generation, grace, r.LateReplays, r.StoreLag, now.Add(r.IdleTTL).UnixMilli(), session.ReasonReuse)
	if err != nil {
		return session.Session{}, session.VerdictRefused, err
	}
	list, ok := result.([]any)
	if !ok || len(list) == 0 {
		return session.Session{}, session.VerdictRefused, odd(result)
	}
	if len(list) == 1 {
		return session.Session{}, session.VerdictRefused, nil
	}
	stored, err := scan(list[1], r.SessionID)
	if err != nil {
		return session.Session{}, session.VerdictRefused, err
	}
	for _, verdict := range []session.Verdict{
		session.VerdictRefused, session.VerdictRotated, session.VerdictReplayed, session.VerdictReused,
	} {
		if list[0] == verdict.String() {
			return stored, verdict, nil
		}
	}
	return session.Session{}, session.VerdictRefused, odd(list[0])
}

// RevokeSessions implements [session.Store].
func (s *Store) RevokeSessions(ctx context.Context, match session.Match, at time.Time, reason string) ([]string, error) {
	switch {
	case match.ID == "" && match.Subject == "", match.ID != "" && match.ID == match.Except:
		return nil, unknown(ctx.Err())
	case match.ID == "":
		tag := tagOf(match.Subject)
		result, err := s.run(ctx, s.scripts.revokeSubject, []string{s.index(tag)},
			s.base(tag), at.UnixMilli(), reason, match.Except)
		if err != nil {
			return nil, err
		}
		return texts(result)
	}
	tag, err := s.tag(ctx, match.ID)
	if errors.Is(err, redis.Nil) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	result, err := s.run(ctx, s.scripts.revoke, []string{s.base(tag) + match.ID, s.index(tag)},
		at.UnixMilli(), reason, match.Subject)
	if err != nil {
		return nil, err
	}
	return texts(result)
}
