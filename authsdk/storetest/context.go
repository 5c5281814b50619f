package storetest

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/session"
)

// promptly is the most that a call with an ended context may take on a busy
// machine. It has nothing to wait for.
const promptly = 2 * time.Second

// refusesEnded calls do with contexts that have ended, and wants an error that
// is none of the answers.
func refusesEnded(t *testing.T, name string, do func(context.Context) error, answers ...error) {
	t.Helper()
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancel := context.WithDeadline(t.Context(), time.Unix(1, 0))
	defer cancel()
	for _, ctx := range []context.Context{cancelled, late} {
		begun := time.Now()
		err := do(ctx)
		if took := time.Since(begun); took > promptly {
			t.Errorf("%s with an ended context (%v): took %s, want at most %s", name, ctx.Err(), took, promptly)
		}
		if err == nil {
			t.Errorf("%s with an ended context (%v): got no error, want one", name, ctx.Err())
		}
		for _, answer := range answers {
			if errors.Is(err, answer) {
				t.Errorf("%s with an ended context (%v): got %v, want an error that is no answer", name, ctx.Err(), err)
			}
		}
	}
}

func contextEnded(t *testing.T, store session.Store) {
	live, unused, ended := newSession("alice"), newSession("alice"), newSession("alice")
	ended.Expires = start.Add(-time.Hour)
	create(t, store, live)
	create(t, store, ended)
	at := start.Add(time.Second)
	for _, call := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"CreateSession", func(ctx context.Context) error {
			_, err := store.CreateSession(ctx, unused, 1)
			return err
		}},
		{"Session", func(ctx context.Context) error {
			_, err := store.Session(ctx, live.ID)
			return err
		}},
		{"Session of a stranger", func(ctx context.Context) error {
			_, err := store.Session(ctx, unused.ID)
			return err
		}},
		{"Sessions", func(ctx context.Context) error {
			_, err := store.Sessions(ctx, "alice", start)
			return err
		}},
		{"RotateSession", func(ctx context.Context) error {
			_, _, err := store.RotateSession(ctx, newRotation(live, 0, at))
			return err
		}},
		{"RotateSession of a stranger", func(ctx context.Context) error {
			_, _, err := store.RotateSession(ctx, newRotation(unused, 0, at))
			return err
		}},
		{"RevokeSessions", func(ctx context.Context) error {
			_, err := store.RevokeSessions(ctx, session.Match{Subject: "alice"}, at, session.ReasonLogout)
			return err
		}},
		{"RevokeSessions of nobody", func(ctx context.Context) error {
			_, err := store.RevokeSessions(ctx, session.Match{}, at, session.ReasonLogout)
			return err
		}},
		{"MarkAuthenticated", func(ctx context.Context) error {
			_, err := store.MarkAuthenticated(ctx, live.ID, at)
			return err
		}},
		{"MarkAuthenticated of a stranger", func(ctx context.Context) error {
			_, err := store.MarkAuthenticated(ctx, unused.ID, at)
			return err
		}},
		{"PruneSessions", func(ctx context.Context) error {
			_, err := store.PruneSessions(ctx, start, 10)
			return err
		}},
	} {
		refusesEnded(t, call.name, call.do, authsdk.ErrSessionNotFound)
	}
	stored(t, store, live)
	stored(t, store, ended)
	if got, err := store.Session(t.Context(), unused.ID); !errors.Is(err, authsdk.ErrSessionNotFound) {
		t.Errorf("Session that was not created: got %+v and error %v, want ErrSessionNotFound", got, err)
	}
	rotate(t, store, newRotation(live, 0, at), session.VerdictRotated)
}
