package session_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/session"
)

// recorder is a Revoker, and a store between it and another, that tell in
// which order they were called.
type recorder struct {
	session.Store

	tell func(string)

	mu        sync.Mutex
	fail      error
	published []string
	// between is done before the store writes, and after when it has written.
	between, after func()
}

func (r *recorder) RevokeSession(ctx context.Context, ids ...string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := errors.Join(r.fail, ctx.Err()); err != nil {
		return err
	}
	r.published = append(r.published, ids...)
	r.tell("publish " + strconv.Itoa(len(ids)))
	return nil
}

func (r *recorder) meddle() { once(&r.between) }

func once(hook *func()) {
	if do := *hook; do != nil {
		*hook = nil
		do()
	}
}

func (r *recorder) CreateSession(ctx context.Context, s session.Session, most int) ([]string, error) {
	defer once(&r.after)
	return r.Store.CreateSession(ctx, s, most)
}

func (r *recorder) RevokeSessions(ctx context.Context, m session.Match, at time.Time, reason string) ([]string, error) {
	r.meddle()
	defer once(&r.after)
	ended, err := r.Store.RevokeSessions(ctx, m, at, reason)
	r.tell("end " + strconv.Itoa(len(ended)))
	return ended, err
}

func (r *recorder) RotateSession(ctx context.Context, o session.Rotation) (session.Session, session.Verdict, error) {
	r.meddle()
	defer once(&r.after)
	s, verdict, err := r.Store.RotateSession(ctx, o)
	r.tell(verdict.String())
	return s, verdict, err
}

// recorded is a world whose store and revoker are recorded.
func recorded(t *testing.T, change ...func(*session.Config)) (w *world, r *recorder, took func() []string) {
	t.Helper()
	var did []string
	r = &recorder{tell: func(what string) { did = append(did, what) }}
	w = newWorld(t, append(change, func(c *session.Config) {
		r.Store, c.Store, c.Revocations = c.Store, r, r
	})...)
	return w, r, func() []string {
		last := did
		did = nil
		return last
	}
}

func check(t *testing.T, what string, got, want []string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// TestPublishes: what ends a session refuses its access tokens, and does so
// first.
func TestPublishes(t *testing.T) {
	t.Parallel()
	w, r, took := recorded(t, func(c *session.Config) { c.MaxSessions = 4 })
	first, second, third := w.login("alice"), w.login("alice"), w.login("alice")
	bob := w.login("bob")
	published := func(what string, want ...*authsdk.TokenPair) {
		t.Helper()
		var ids []string
		for _, pair := range want {
			ids = append(ids, pair.SessionID)
		}
		slices.Sort(ids)
		slices.Sort(r.published)
		check(t, what+": published", r.published, ids)
		r.published = nil
	}
	do := func(what string, err, wantErr error, want ...string) {
		t.Helper()
		if !errors.Is(err, wantErr) {
			t.Errorf("%s: got error %v, want %v", what, err, wantErr)
		}
		check(t, what, took(), want)
	}
	ctx := t.Context()
	claims := w.claims(first.AccessToken)
	do("Revoke of somebody else's", w.sessions.Revoke(ctx, "alice", bob.SessionID), authsdk.ErrSessionNotFound, "end 0")
	do("Revoke of a stranger", w.sessions.Revoke(ctx, "alice", "0123456789abcdef"), authsdk.ErrSessionNotFound, "end 0")
	published("nobody")
	do("Revoke", w.sessions.Revoke(ctx, "alice", first.SessionID), nil, "publish 1", "end 1")
	published("Revoke", first)
	do("Revoke again", w.sessions.Revoke(ctx, "alice", first.SessionID), authsdk.ErrSessionNotFound, "end 0")
	do("Logout of what has ended", w.sessions.Logout(ctx, claims), nil, "end 0")
	published("what has ended")
	do("LogoutOthers", w.sessions.LogoutOthers(ctx, w.claims(second.AccessToken)), nil, "publish 1", "end 1")
	published("LogoutOthers", third)
	if err := w.alive(second.AccessToken); err != nil {
		t.Errorf("the session that logged out the others: %v", err)
	}
	do("Logout", w.sessions.Logout(ctx, w.claims(second.RefreshToken)), nil, "publish 1", "end 1")
	published("Logout", second)
	do("LogoutAll", w.sessions.LogoutAll(ctx, "bob"), nil, "publish 1", "end 1")
	published("LogoutAll", bob)

	fourth := w.login("alice")
	var late *authsdk.TokenPair
	r.between = func() { late = w.login("alice") }
	do("LogoutAll during a login", w.sessions.LogoutAll(ctx, "alice"), nil, "publish 1", "end 2", "publish 1")
	published("LogoutAll during a login", fourth, late)

	oldest := w.login("alice")
	for range 3 {
		w.now = w.now.Add(time.Second)
		w.login("alice")
	}
	do("logins", nil, nil)
	w.now = w.now.Add(time.Second)
	w.login("alice")
	do("a login too many", nil, nil, "publish 1")
	published("a login too many", oldest)

	gone := w.login("bob")
	delete(w.accounts.by, "bob")
	_, err := w.refresh(gone.RefreshToken)
	do("refresh of an account that is gone", err, authsdk.ErrUserNotFound, "publish 1", "end 1")
	published("refresh of an account that is gone", gone)
}

// TestPublishesReuse: the access tokens are refused before the session ends, or
// at once after it where that was not to be foreseen.
func TestPublishesReuse(t *testing.T) {
	t.Parallel()
	w, r, took := recorded(t)
	first := w.login("alice")
	third := w.mustRefresh(w.mustRefresh(first.RefreshToken).RefreshToken)
	took()
	if _, err := w.refresh(first.RefreshToken); !errors.Is(err, authsdk.ErrTokenRevoked) {
		t.Errorf("reuse: got %v", err)
	}
	check(t, "reuse", took(), []string{"publish 1", "reused"})
	check(t, "reuse: published", r.published, []string{third.SessionID})
	if _, err := w.refresh(first.RefreshToken); !errors.Is(err, authsdk.ErrTokenRevoked) {
		t.Errorf("reuse again: got %v", err)
	}
	check(t, "reuse again", took(), []string{"refused"})

	first = w.login("alice")
	r.between = func() { w.mustRefresh(w.mustRefresh(first.RefreshToken).RefreshToken) }
	if _, err := w.refresh(first.RefreshToken); !errors.Is(err, authsdk.ErrTokenRevoked) {
		t.Errorf("reuse in a race: got %v", err)
	}
	check(t, "reuse in a race", took(), []string{"rotated", "rotated", "reused", "publish 1"})
}

// TestPublishFails: whoever cannot refuse the access tokens ends no session,
// and the call can be repeated.
func TestPublishFails(t *testing.T) {
	t.Parallel()
	w, r, took := recorded(t)
	first := w.login("alice")
	second := w.mustRefresh(w.mustRefresh(first.RefreshToken).RefreshToken)
	took()
	r.fail = errors.New("down")
	ctx := t.Context()
	for what, do := range map[string]func() error{
		"Logout":       func() error { return w.sessions.Logout(ctx, w.claims(second.AccessToken)) },
		"LogoutAll":    func() error { return w.sessions.LogoutAll(ctx, "alice") },
		"LogoutOthers": func() error { return w.sessions.LogoutOthers(ctx, &authsdk.Claims{Subject: "alice"}) },
		"Revoke":       func() error { return w.sessions.Revoke(ctx, "alice", first.SessionID) },
		"reuse":        func() error { _, err := w.refresh(first.RefreshToken); return err },
	} {
		if err := do(); !errors.Is(err, authsdk.ErrStoreUnavailable) {
			t.Errorf("%s while nothing can be published: got %v, want that the store is unavailable", what, err)
		}
		check(t, what, took(), nil)
	}
	w.store.set(errors.New("store down"), nil)
	if err := w.sessions.LogoutAll(ctx, "alice"); !errors.Is(err, authsdk.ErrStoreUnavailable) {
		t.Errorf("LogoutAll without a store: got %v", err)
	}
	if err := w.sessions.Logout(ctx, &authsdk.Claims{SessionID: first.SessionID}); !errors.Is(err, authsdk.ErrStoreUnavailable) {
		t.Errorf("Logout without a store: got %v", err)
	}
	w.store.set(nil, nil)
	if err := w.alive(second.AccessToken); err != nil {
		t.Errorf("the session after calls that failed: %v", err)
	}
	r.fail = nil
	if err := w.sessions.Logout(ctx, w.claims(second.AccessToken)); err != nil {
		t.Errorf("Logout repeated: %v", err)
	}
	check(t, "Logout repeated", took(), []string{"publish 1", "end 1"})
}

// TestPublishesForTheGone: a caller who leaves when the session has ended, and before
// its access tokens are refused, has them refused all the same: nobody would do it later.
func TestPublishesForTheGone(t *testing.T) {
	t.Parallel()
	leaving := func() (context.Context, context.CancelFunc) { return context.WithCancel(t.Context()) }
	w, r, took := recorded(t, func(c *session.Config) { c.MaxSessions = 1 })
	first := w.login("alice")
	took()
	ctx, leave := leaving()
	r.after = leave
	if _, err := w.sessions.Start(ctx, w.accounts.by["alice"], session.LoginOptions{}); err != nil {
		t.Errorf("a login too many: %v", err)
	}
	check(t, "a login too many", r.published, []string{first.SessionID})

	first = w.login("bob")
	ctx, leave = leaving()
	r.between = func() { w.mustRefresh(w.mustRefresh(first.RefreshToken).RefreshToken); r.after = leave }
	r.published = nil
	if _, err := w.sessions.Refresh(ctx, w.claims(first.RefreshToken)); !errors.Is(err, authsdk.ErrTokenRevoked) {
		t.Errorf("reuse in a race: got %v", err)
	}
	check(t, "reuse in a race", r.published, []string{first.SessionID})

	var late *authsdk.TokenPair
	ctx, leave = leaving()
	r.between = func() { late = w.login("bob"); r.after = leave }
	r.published = nil
	if err := w.sessions.LogoutAll(ctx, "bob"); err != nil {
		t.Errorf("LogoutAll during a login: %v", err)
	}
	check(t, "LogoutAll during a login", r.published, []string{late.SessionID})
}
