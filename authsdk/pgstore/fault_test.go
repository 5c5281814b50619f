package pgstore_test

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/pgstore"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/userstore"
	"github.com/authsdk/authsdk-go/internal/testservice"
)

func newSession(subject string) session.Session {
	now := time.Now().UTC().Truncate(time.Millisecond)
	return session.Session{
		ID: rand.Text(), Subject: subject, RotatedAt: now, CreatedAt: now, AuthTime: now, LastSeen: now,
		IdleExpires: now.Add(time.Hour), Expires: now.Add(24 * time.Hour),
	}
}

func create(t *testing.T, store *pgstore.Store, s session.Session) session.Session {
	t.Helper()
	if _, err := store.CreateSession(t.Context(), s, 0); err != nil {
		t.Fatalf("CreateSession: %v", err)
	}
	return s
}

// newRotation presents a generation, with a grace that no test outlasts.
func newRotation(id string, generation int64) session.Rotation {
	return session.Rotation{SessionID: id, Generation: generation, Now: time.Now(), Grace: time.Hour, IdleTTL: time.Hour}
}

func rotate(t *testing.T, store *pgstore.Store, id string, generation int64, want session.Verdict) {
	t.Helper()
	stored, verdict, err := store.RotateSession(t.Context(), newRotation(id, generation))
	if err != nil || verdict != want || stored.Generation != generation+1 {
		t.Fatalf("RotateSession(generation %d): got %s, generation %d, error %v; want %s", generation, verdict, stored.Generation, err, want)
	}
}

// noAnswer wants an error that none can take for an answer, from every method,
// within the time that ctx gives.
func noAnswer(ctx context.Context, t *testing.T, store *pgstore.Store, id string) {
	t.Helper()
	now := time.Now()
	for name, do := range map[string]func() error{
		"CreateSession": func() error { _, err := store.CreateSession(ctx, newSession("alice"), 1); return err },
		"Session":       func() error { _, err := store.Session(ctx, id); return err },
		"Sessions":      func() error { _, err := store.Sessions(ctx, "alice", now); return err },
		"RotateSession": func() error {
			stored, verdict, err := store.RotateSession(ctx, newRotation(id, 0))
			if verdict != session.VerdictRefused || stored.ID != "" {
				t.Errorf("RotateSession: got %s and %+v, want refused and nothing", verdict, stored)
			}
			return err
		},
		"RevokeSessions": func() error {
			_, err := store.RevokeSessions(ctx, session.Match{ID: id}, now, session.ReasonLogout)
			return err
		},
		"MarkAuthenticated": func() error { _, err := store.MarkAuthenticated(ctx, id, now); return err },
		"PruneSessions":     func() error { _, err := store.PruneSessions(ctx, now, 1); return err },
		"AddUser":           func() error { return store.AddUser(ctx, userstore.User{ID: "id", Name: "name"}) },
		"UserByName":        func() error { _, err := store.UserByName(ctx, "name"); return err },
		"Users":             func() error { _, err := store.Users(ctx); return err },
		"RemoveUser":        func() error { return store.RemoveUser(ctx, "id") },
		"LoadKeys":          func() error { _, _, err := store.LoadKeys(ctx); return err },
		"SaveKeys":          func() error { _, err := store.SaveKeys(ctx, nil, 0); return err },
		"Ping":              func() error { return store.Ping(ctx) },
	} {
		err := do()
		if !errors.Is(err, authsdk.ErrStoreUnavailable) || errors.Is(err, authsdk.ErrSessionNotFound) || errors.Is(err, userstore.ErrNotFound) {
			t.Errorf("%s: got error %v, want that the store is unavailable", name, err)
		}
	}
}

func TestClosed(t *testing.T) {
	t.Parallel()
	store := open(t, testservice.Postgres(t))
	s := create(t, store, newSession("alice"))
	shut(t, store)
	noAnswer(t.Context(), t, store, s.ID)
}

// wire stands between a store and its server, and can be cut or held.
type wire struct {
	listener net.Listener
	server   string
	cut      atomic.Bool
	mu       sync.Mutex // guards conns
	conns    []net.Conn
	passing  sync.RWMutex // is held to hold what passes
}

// newWire returns a wire, and the URL that leads through it.
func newWire(t *testing.T, to string) (*wire, string) {
	t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	w := &wire{server: u.Host}
	if w.listener, err = new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			conn, err := w.listener.Accept()
			if err != nil {
				return
			}
			w.connect(conn)
		}
	}()
	t.Cleanup(func() {
		_ = w.listener.Close()
		w.close()
	})
	u.Host = w.listener.Addr().String()
	return w, u.String()
}

func (w *wire) connect(client net.Conn) {
	server, err := net.Dial("tcp", w.server)
	if err != nil || w.cut.Load() {
		_ = client.Close()
		if server != nil {
			_ = server.Close()
		}
		return
	}
	w.mu.Lock()
	w.conns = append(w.conns, client, server)
	w.mu.Unlock()
	for _, pair := range [][2]net.Conn{{client, server}, {server, client}} {
		go func() {
			defer func() { _, _ = pair[0].Close(), pair[1].Close() }()
			buffer := make([]byte, 32<<10)
			for {
				n, err := pair[0].Read(buffer)
				if err != nil {
					return
				}
				w.passing.RLock()
				_, err = pair[1].Write(buffer[:n])
				w.passing.RUnlock()
				if err != nil && !errors.Is(err, io.EOF) {
					return
				}
			}
		}()
	}
}

func (w *wire) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, conn := range w.conns {
		_ = conn.Close()
	}
	w.conns = nil
}

// TestCut cuts the wire to the server, and mends it.
func TestCut(t *testing.T) {
	t.Parallel()
	w, dsn := newWire(t, testservice.Postgres(t))
	store := open(t, dsn)
	s := create(t, store, newSession("alice"))
	for generation := range int64(3) {
		w.cut.Store(true)
		w.close()
		begun := time.Now()
		noAnswer(t.Context(), t, store, s.ID)
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("calls without a server: took %s, want them refused at once", took)
		}
		w.cut.Store(false)
		rotate(t, store, s.ID, generation, session.VerdictRotated)
	}
	// Whoever only reads does not notice that a connection broke.
	w.close()
	if _, err := store.Session(t.Context(), s.ID); err != nil {
		t.Errorf("Session after the connections broke: %v", err)
	}
}

// TestHeld: a server that does not answer costs a caller what his context allows.
func TestHeld(t *testing.T) {
	t.Parallel()
	w, dsn := newWire(t, testservice.Postgres(t))
	store := open(t, dsn)
	s := create(t, store, newSession("alice"))
	w.passing.Lock()
	var waiting sync.WaitGroup
	for range 100 { // many more than there are connections
		waiting.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			defer cancel()
			begun := time.Now()
			_, verdict, err := store.RotateSession(ctx, newRotation(s.ID, 0))
			if !errors.Is(err, authsdk.ErrStoreUnavailable) || verdict != session.VerdictRefused {
				t.Errorf("RotateSession: got %s and error %v, want that the store is unavailable", verdict, err)
			}
			if took := time.Since(begun); took > 2*time.Second {
				t.Errorf("RotateSession: took %s, want 300ms", took)
			}
		})
	}
	waiting.Wait()
	if got := store.Connections(); got > 16 {
		t.Errorf("connections: got %d, want at most 16", got)
	}
	w.passing.Unlock()
	// Some may have reached the server, and been decided.
	deadline := time.Now().Add(10 * time.Second)
	for {
		_, verdict, err := store.RotateSession(t.Context(), newRotation(s.ID, 0))
		if err == nil && (verdict == session.VerdictRotated || verdict == session.VerdictReplayed) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("RotateSession after the server answers again: got %s and error %v, want rotated or replayed", verdict, err)
		}
	}
}

// TestTerminated: an administrator ends the connections, again and again, while
// a client refreshes. Nothing that was acknowledged is lost, and no retry is
// taken for a theft.
func TestTerminated(t *testing.T) {
	t.Parallel()
	schema := testservice.Postgres(t)
	store := open(t, testservice.With(t, schema, "application_name", "authsdk_terminated"))
	s := create(t, store, newSession("alice"))
	done := make(chan struct{})
	var ending sync.WaitGroup
	ending.Go(func() {
		for range 20 {
			testservice.PostgresExec(t, schema, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'authsdk_terminated'")
			time.Sleep(10 * time.Millisecond)
		}
		close(done)
	})
	generation, failed := int64(0), 0
	for ended := false; !ended; {
		select {
		case <-done:
			ended = true
		default:
		}
		stored, verdict, err := store.RotateSession(t.Context(), newRotation(s.ID, generation))
		switch {
		case err != nil && errors.Is(err, authsdk.ErrStoreUnavailable):
			failed++ // may or may not have happened: the client asks again
		case err != nil || verdict != session.VerdictRotated && verdict != session.VerdictReplayed || stored.Generation != generation+1:
			t.Fatalf("RotateSession(generation %d): got %s, generation %d, error %v; want rotated or replayed", generation, verdict, stored.Generation, err)
		default:
			generation++
		}
	}
	ending.Wait()
	t.Logf("%d refreshes, %d asked again", generation, failed)
	if got, err := store.Session(t.Context(), s.ID); err != nil || got.Generation != generation || !got.RevokedAt.IsZero() {
		t.Errorf("Session: got %+v and error %v, want generation %d", got, err, generation)
	}
}
