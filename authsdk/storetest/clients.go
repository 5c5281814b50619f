package storetest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/clientstore"
)

func newClient(id string) clientstore.Client {
	return clientstore.Client{
		ID: id, SecretHash: []byte("\x00\xff" + rand.Text()), Grants: []string{"client_credentials", "introspection"},
		Scopes: []string{"read", "write"}, Audience: []string{"https://api.example"}, CreatedAt: start,
	}
}

func addClient(t *testing.T, store clientstore.Store, c clientstore.Client) clientstore.Client {
	t.Helper()
	if err := store.AddClient(t.Context(), c); err != nil {
		t.Fatalf("AddClient(%q): %v", c.ID, err)
	}
	return c
}

func storedClient(t *testing.T, store clientstore.Store, want clientstore.Client) {
	t.Helper()
	got, err := store.Client(t.Context(), want.ID)
	if err != nil {
		t.Fatalf("Client(%q): %v", want.ID, err)
	}
	same(t, "Client", got, want)
	if got.Public() != want.Public() {
		t.Errorf("Client(%q): public is %v, want %v", want.ID, got.Public(), want.Public())
	}
}

func clientKeepsEverything(t *testing.T, store clientstore.Store) {
	public := newClient("public")
	public.SecretHash, public.Grants, public.Scopes, public.Audience = nil, []string{}, nil, nil
	odd := newClient("Ωmega 📱:' \" % _ -- ;")
	odd.Scopes, odd.Audience = []string{"a b", "", `"`, "ü", "<&>", "a b"}, []string{"null"}
	for _, c := range []clientstore.Client{newClient("reports"), public, odd} {
		storedClient(t, store, addClient(t, store, c))
	}
	finer := newClient("finer")
	finer.CreatedAt = start.In(time.FixedZone("west", -5*3600)).Add(999999)
	addClient(t, store, finer)
	finer.CreatedAt = start
	storedClient(t, store, finer)
}

func clientSharesNoMemory(t *testing.T, store clientstore.Store) {
	given := newClient("reports")
	want := newClient("reports")
	want.SecretHash = append([]byte{}, given.SecretHash...)
	addClient(t, store, given)
	change := func(c clientstore.Client) {
		c.SecretHash[0], c.Grants[0], c.Scopes[0], c.Audience[0] = 'x', "changed", "changed", "changed"
	}
	change(given)
	got, err := store.Client(t.Context(), "reports")
	if err != nil {
		t.Fatalf("Client: %v", err)
	}
	same(t, "Client after the caller changed what it added", got, want)
	change(got)
	list, err := store.Clients(t.Context())
	if err != nil {
		t.Fatalf("Clients: %v", err)
	}
	same(t, "Clients", list, []clientstore.Client{want})
	change(list[0])
	storedClient(t, store, want)
}

func clientTaken(t *testing.T, store clientstore.Store) {
	reports := addClient(t, store, newClient("reports"))
	if err := store.AddClient(t.Context(), newClient("reports")); !errors.Is(err, clientstore.ErrExists) {
		t.Errorf("AddClient of a name that is taken: got %v, want ErrExists", err)
	}
	storedClient(t, store, reports)
}

func clientNames(t *testing.T, store clientstore.Store) {
	for _, id := range []string{"reports", "Reports", "reports ", "stra\u00dfe", "strasse", "a:b"} {
		storedClient(t, store, addClient(t, store, newClient(id)))
	}
	for _, id := range []string{"REPORTS", " reports", "report%", "report_", "a", ""} {
		if got, err := store.Client(t.Context(), id); !errors.Is(err, clientstore.ErrNotFound) {
			t.Errorf("Client(%q): got %v and error %v, want ErrNotFound", id, got, err)
		}
	}
}

func clientList(t *testing.T, store clientstore.Store) {
	list, err := store.Clients(t.Context())
	if err != nil || len(list) != 0 {
		t.Fatalf("Clients of an empty store: got %v and error %v, want none", list, err)
	}
	a, b, c := newClient("Zulu"), newClient("alpha"), newClient("bravo") // as bytes compare
	for _, one := range []clientstore.Client{c, a, b} {
		addClient(t, store, one)
	}
	if list, err = store.Clients(t.Context()); err != nil {
		t.Fatalf("Clients: %v", err)
	}
	same(t, "Clients", list, []clientstore.Client{a, b, c})
}

func clientSecret(t *testing.T, store clientstore.Store) {
	all := map[string]clientstore.Client{}
	for _, id := range []string{"reports", "Reports", "reports ", "stra\u00dfe", "strasse"} {
		all[id] = addClient(t, store, newClient(id))
	}
	another := newClient("").SecretHash
	for _, c := range []struct {
		id   string
		hash []byte
	}{
		{"reports", another},
		{"reports", another},     // as it is already
		{"stra\u00dfe", another}, // of another client
		{"reports ", []byte("   ")},
		{"reports", []byte("\x00")},
	} {
		if err := store.ReplaceSecret(t.Context(), c.id, c.hash); err != nil {
			t.Fatalf("ReplaceSecret(%q, %q): %v", c.id, c.hash, err)
		}
		changed := all[c.id]
		changed.SecretHash = c.hash
		all[c.id] = changed
		for _, want := range all {
			storedClient(t, store, want)
		}
	}
	for _, id := range []string{"REPORTS", " reports", "report%", "report_", "nobody", ""} {
		if err := store.ReplaceSecret(t.Context(), id, another); !errors.Is(err, clientstore.ErrNotFound) {
			t.Errorf("ReplaceSecret(%q): got %v, want ErrNotFound", id, err)
		}
	}
	if list, err := store.Clients(t.Context()); err != nil || len(list) != len(all) {
		t.Errorf("Clients: got %v and error %v, want %d", list, err, len(all))
	}
}

func clientSecretKind(t *testing.T, store clientstore.Store) {
	reports, app := newClient("reports"), newClient("app")
	app.SecretHash = nil
	addClient(t, store, reports)
	addClient(t, store, app)
	for _, c := range []struct {
		id   string
		hash []byte
	}{{"app", []byte("another")}, {"app", nil}, {"reports", nil}, {"reports", []byte{}}} {
		if err := store.ReplaceSecret(t.Context(), c.id, c.hash); !errors.Is(err, clientstore.ErrNotFound) {
			t.Errorf("ReplaceSecret(%q, %q): got %v, want ErrNotFound", c.id, c.hash, err)
		}
		storedClient(t, store, reports)
		storedClient(t, store, app)
	}
}

func clientSecretMemory(t *testing.T, store clientstore.Store) {
	reports := addClient(t, store, newClient("reports"))
	before, err := store.Client(t.Context(), "reports")
	if err != nil {
		t.Fatalf("Client: %v", err)
	}
	hash := []byte("another")
	if err := store.ReplaceSecret(t.Context(), "reports", hash); err != nil {
		t.Fatalf("ReplaceSecret: %v", err)
	}
	hash[0] = 'x'
	same(t, "Client of before", before, reports)
	reports.SecretHash = []byte("another")
	storedClient(t, store, reports)
}

func clientRemove(t *testing.T, store clientstore.Store) {
	addClient(t, store, newClient("reports"))
	other := addClient(t, store, newClient("other"))
	if err := store.RemoveClient(t.Context(), "reports"); err != nil {
		t.Fatalf("RemoveClient: %v", err)
	}
	if err := store.RemoveClient(t.Context(), "reports"); !errors.Is(err, clientstore.ErrNotFound) {
		t.Errorf("RemoveClient twice: got %v, want ErrNotFound", err)
	}
	if _, err := store.Client(t.Context(), "reports"); !errors.Is(err, clientstore.ErrNotFound) {
		t.Errorf("Client after it was removed: got %v, want ErrNotFound", err)
	}
	storedClient(t, store, other)
	storedClient(t, store, addClient(t, store, newClient("reports")))
}

// clientCalls are all methods, by name.
func clientCalls(store clientstore.Store, id string) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"AddClient": func(ctx context.Context) error { return store.AddClient(ctx, newClient("new")) },
		"Client": func(ctx context.Context) error {
			_, err := store.Client(ctx, id)
			return err
		},
		"Clients": func(ctx context.Context) error {
			_, err := store.Clients(ctx)
			return err
		},
		"ReplaceSecret": func(ctx context.Context) error { return store.ReplaceSecret(ctx, id, []byte("another")) },
		"RemoveClient":  func(ctx context.Context) error { return store.RemoveClient(ctx, id) },
	}
}

func clientRaceAdd(t *testing.T, store clientstore.Store) {
	for range rounds(6) {
		id := rand.Text()
		added := 0
		for _, err := range together(16, func(int) error { return store.AddClient(t.Context(), newClient(id)) }) {
			switch {
			case err == nil:
				added++
			case !errors.Is(err, clientstore.ErrExists):
				t.Errorf("AddClient: got %v, want ErrExists", err)
			}
		}
		if added != 1 {
			t.Errorf("clients that got the name: got %d, want 1", added)
		}
	}
}

// clientRaceSecret: nobody who was removed comes back, and whoever takes the name
// gets no secret that was meant for the one before.
func clientRaceSecret(t *testing.T, store clientstore.Store) {
	for i := range rounds(12) {
		id := rand.Text()
		addClient(t, store, newClient(id))
		next := newClient(id)
		next.SecretHash = nil
		var gone atomic.Bool
		replace := func() error { return store.ReplaceSecret(t.Context(), id, newClient("").SecretHash) }
		for _, err := range together(4, func(who int) error {
			for who > 0 {
				after := gone.Load()
				switch err := replace(); {
				case errors.Is(err, clientstore.ErrNotFound):
					return nil
				case err != nil:
					return fmt.Errorf("ReplaceSecret: %w", err)
				case after:
					return errors.New("ReplaceSecret that began after the removal: got no error, want ErrNotFound")
				}
			}
			defer gone.Store(true)
			err := errors.Join(replace(), replace(), store.RemoveClient(t.Context(), id))
			if err == nil && i%2 == 0 {
				err = store.AddClient(t.Context(), next)
			}
			return err
		}) {
			if err != nil {
				t.Error(err)
			}
		}
		if i%2 == 0 {
			storedClient(t, store, next)
		} else if got, err := store.Client(t.Context(), id); !errors.Is(err, clientstore.ErrNotFound) {
			t.Errorf("Client after it was removed: got %v and error %v, want ErrNotFound", got, err)
		}
	}
}

func clientContextEnded(t *testing.T, store clientstore.Store) {
	reports := addClient(t, store, newClient("reports"))
	for _, id := range []string{"reports", "nobody"} {
		for name, do := range clientCalls(store, id) {
			refusesEnded(t, name, do, clientstore.ErrNotFound, clientstore.ErrExists)
		}
	}
	storedClient(t, store, reports)
}
