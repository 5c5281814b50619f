package session

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
)

// Revoker refuses the access tokens of sessions, given by their IDs, wherever
// they are verified. It has done so, durably, when it returns nil; doing so
// again does no harm. A *revocation.List is one.
type Revoker interface {
	RevokeSession(ctx context.Context, ids ...string) error
}

// End ends the live sessions that match, as [Manager] does, and returns the IDs
// of those that this call ended; for programs that have nothing but the store.
//
// If r is not nil, the access tokens are refused first and the sessions end
// then. Whoever is killed in between has refused tokens of a session that
// lives, and has not said that he is done: the call is repeated. The other way
// round nobody would ever refuse them.
func End(ctx context.Context, store Store, r Revoker, match Match, at time.Time, reason string) ([]string, error) {
	var published []string
	if r != nil {
		live, err := matching(ctx, store, match, at)
		if err != nil {
			return nil, authsdk.Unknown("sessions", err)
		}
		for i := range live {
			published = append(published, live[i].ID)
		}
		if err := publish(ctx, r, published); err != nil {
			return nil, err
		}
	}
	ended, err := store.RevokeSessions(ctx, match, at, reason)
	if err != nil {
		return nil, authsdk.Unknown("revoke session", err)
	}
	// A login may have come in between.
	late := slices.DeleteFunc(slices.Clone(ended), func(id string) bool { return slices.Contains(published, id) })
	return ended, publishLate(ctx, r, late)
}

// matching returns the live sessions that match.
func matching(ctx context.Context, store Store, match Match, at time.Time) ([]Session, error) {
	var found []Session
	switch {
	case match.ID != "":
		one, err := store.Session(ctx, match.ID)
		if err != nil && !errors.Is(err, authsdk.ErrSessionNotFound) {
			return nil, err
		}
		if err == nil {
			found = []Session{one}
		}
	case match.Subject != "":
		var err error
		if found, err = store.Sessions(ctx, match.Subject, at); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(found, func(s Session) bool { return !match.Matches(&s) || !s.Live(at) }), nil
}

// publishLate is publish for sessions that have ended already. Whoever repeats the
// call finds nothing to do, so a caller who has left in between is no reason to stop.
func publishLate(ctx context.Context, r Revoker, ids []string) error {
	return publish(context.WithoutCancel(ctx), r, ids)
}

func publish(ctx context.Context, r Revoker, ids []string) error {
	if r == nil || len(ids) == 0 {
		return nil
	}
	if err := r.RevokeSession(ctx, ids...); err != nil {
		return authsdk.Unknown("revoke tokens", err)
	}
	return nil
}
