package storetest

import (
	"context"
	"errors"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/clientstore"
	"github.com/authsdk/authsdk-go/authsdk/keyring"
	"github.com/authsdk/authsdk-go/authsdk/revocation"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/userstore"
)

// RunFaults tests what a store on a server does while that does not answer. At
// is the URL of an empty store; open opens it, also at another address, and has
// it closed by t.Cleanup.
func RunFaults(t *testing.T, at string, open func(t *testing.T, at string) session.Store) {
	t.Helper()
	t.Run("faults", func(t *testing.T) {
		t.Run("closed", func(t *testing.T) { faultClosed(t, at, open) })
		t.Run("cut off", func(t *testing.T) { faultCut(t, at, open) })
		t.Run("no answer", func(t *testing.T) { faultHeld(t, at, open) })
	})
}

// replayable presents a generation, with a grace that no test outlasts.
func replayable(s session.Session, generation int64) session.Rotation {
	r := newRotation(s, generation, start)
	r.Grace = time.Hour
	return r
}

// noAnswer wants from every method an error that none can take for an answer.
func noAnswer(ctx context.Context, t *testing.T, store session.Store, s session.Session) {
	t.Helper()
	calls := map[string]func() error{
		"CreateSession": func() error { _, err := store.CreateSession(ctx, newSession("alice"), 1); return err },
		"Session":       func() error { _, err := store.Session(ctx, s.ID); return err },
		"Sessions":      func() error { _, err := store.Sessions(ctx, "alice", start); return err },
		"RotateSession": func() error {
			stored, verdict, err := store.RotateSession(ctx, replayable(s, 0))
			if verdict != session.VerdictRefused || stored.ID != "" {
				t.Errorf("RotateSession: got %s and %+v, want refused and nothing", verdict, stored)
			}
			return err
		},
		"RevokeSessions": func() error {
			_, err := store.RevokeSessions(ctx, session.Match{ID: s.ID}, start, session.ReasonLogout)
			return err
		},
		"RevokeSessions of a subject": func() error {
			_, err := store.RevokeSessions(ctx, session.Match{Subject: "alice"}, start, session.ReasonLogout)
			return err
		},
		"MarkAuthenticated": func() error { _, err := store.MarkAuthenticated(ctx, s.ID, start); return err },
	}
	if accounts, ok := store.(userstore.Store); ok {
		for name, do := range userCalls(accounts, "id", "name") {
			calls[name] = func() error { return do(ctx) }
		}
	}
	if clients, ok := store.(clientstore.Store); ok {
		for name, do := range clientCalls(clients, "id") {
			calls[name] = func() error { return do(ctx) }
		}
	}
	if keys, ok := store.(keyring.Store); ok {
		calls["LoadKeys"] = func() error { _, _, err := keys.LoadKeys(ctx); return err }
		calls["SaveKeys"] = func() error { _, err := keys.SaveKeys(ctx, nil, 0); return err }
	}
	if feed, ok := store.(revocation.Store); ok {
		calls["AppendRevocations"] = func() error {
			return feed.AppendRevocations(ctx, start, newEntry(revocation.Token, s.ID))
		}
		calls["Revocations"] = func() error { _, _, err := feed.Revocations(ctx, start, 0, 1); return err }
		calls["PruneRevocations"] = func() error { _, err := feed.PruneRevocations(ctx, start, 1); return err }
		calls["RenewRevocations"] = func() error { return feed.RenewRevocations(ctx, "epoch", start) }
	}
	if listener, ok := store.(revocation.Listener); ok {
		calls["ListenRevocations"] = func() error { return listener.ListenRevocations(ctx, func() {}) }
	}
	if p, ok := store.(interface {
		Ping(ctx context.Context) error
	}); ok {
		calls["Ping"] = func() error { return p.Ping(ctx) }
	}
	for name, do := range calls {
		err := do()
		if !errors.Is(err, authsdk.ErrStoreUnavailable) || errors.Is(err, authsdk.ErrSessionNotFound) ||
			errors.Is(err, clientstore.ErrNotFound) || errors.Is(err, clientstore.ErrExists) ||
			errors.Is(err, userstore.ErrNotFound) || errors.Is(err, userstore.ErrExists) {
			t.Errorf("%s: got error %v, want that the store is unavailable", name, err)
		}
	}
}

func faultClosed(t *testing.T, at string, open func(t *testing.T, at string) session.Store) {
	store := open(t, at)
	s := create(t, store, newSession("alice"))
	closer, ok := store.(io.Closer)
	if !ok {
		t.Fatal("the store cannot be closed")
	}
	for range 2 {
		if err := closer.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	noAnswer(t.Context(), t, store, s)
}

// faultCut cuts the wire to the server and mends it, again and again.
func faultCut(t *testing.T, at string, open func(t *testing.T, at string) session.Store) {
	w, through := newWire(t, at)
	store := open(t, through)
	s := create(t, store, newSession("alice"))
	for generation := range int64(3) {
		w.cut(true)
		begun := time.Now()
		noAnswer(t.Context(), t, store, s)
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("all calls without a server: took %s, want them refused at once", took)
		}
		w.cut(false)
		works(t, store, s, generation)
	}
	// Whoever only reads does not notice that a connection broke.
	w.cut(false)
	if _, err := store.Session(t.Context(), s.ID); err != nil {
		t.Errorf("Session after the connections broke: %v", err)
	}
}

// works wants that a refresh of the session works again, soon.
func works(t *testing.T, store session.Store, s session.Session, generation int64) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		_, verdict, err := store.RotateSession(t.Context(), replayable(s, generation))
		if err == nil && (verdict == session.VerdictRotated || verdict == session.VerdictReplayed) {
			return // some may have reached the server before, and been decided
		}
		if err == nil || time.Now().After(deadline) {
			t.Fatalf("RotateSession(generation %d) after the server answers again: got %s and error %v, want rotated or replayed",
				generation, verdict, err)
		}
	}
}

// faultHeld lets the server not answer: that costs a caller what his context
// allows.
func faultHeld(t *testing.T, at string, open func(t *testing.T, at string) session.Store) {
	w, through := newWire(t, at)
	store := open(t, through)
	s := create(t, store, newSession("alice"))
	w.passing.Lock()
	var waiting sync.WaitGroup
	for range 100 { // more than there are connections
		waiting.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			begun := time.Now()
			_, verdict, err := store.RotateSession(ctx, replayable(s, 0))
			if !errors.Is(err, authsdk.ErrStoreUnavailable) || verdict != session.VerdictRefused {
				t.Errorf("RotateSession: got %s and error %v, want that the store is unavailable", verdict, err)
			}
			if took := time.Since(begun); took > promptly {
				t.Errorf("RotateSession: took %s, want 300ms", took)
			}
		})
	}
	time.Sleep(200 * time.Millisecond) // when all wait, and none has given up
	w.mu.Lock()
	if most := 2 * 40; len(w.conns) > most { // each has two ends
		t.Errorf("connections: got %d, want at most %d", len(w.conns)/2, most/2)
	}
	w.mu.Unlock()
	waiting.Wait()
	w.passing.Unlock()
	works(t, store, s, 0)
}
