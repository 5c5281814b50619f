package storetest

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/userstore"
)

func newUser(name string) userstore.User {
	return userstore.User{
		ID: rand.Text(), Name: name, PasswordHash: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$" + rand.Text(),
		Scopes: []string{"read", "write"}, Roles: []string{"admin"}, CreatedAt: start,
	}
}

func addUser(t *testing.T, store userstore.Store, u userstore.User) userstore.User {
	t.Helper()
	if err := store.AddUser(t.Context(), u); err != nil {
		t.Fatalf("AddUser(%q): %v", u.Name, err)
	}
	return u
}

// storedUser checks that the store has want, by ID and by name.
func storedUser(t *testing.T, store userstore.Store, want userstore.User) {
	t.Helper()
	got, err := store.User(t.Context(), want.ID)
	if err != nil {
		t.Fatalf("User: %v", err)
	}
	same(t, "User", got, want)
	if got, err = store.UserByName(t.Context(), want.Name); err != nil {
		t.Fatalf("UserByName(%q): %v", want.Name, err)
	}
	same(t, "UserByName", got, want)
}

func userKeepsEverything(t *testing.T, store userstore.Store) {
	plain := newUser("plain")
	plain.Scopes, plain.Roles, plain.PasswordHash = nil, []string{}, ""
	odd := newUser("Ωmega 📱 ' \" % _ -- ;")
	odd.Scopes, odd.Roles = []string{"a b", "", `"`, "ü", "<&>", "a b"}, []string{"null"}
	odd.Disabled = true
	for _, u := range []userstore.User{newUser("alice"), plain, odd} {
		addUser(t, store, u)
		storedUser(t, store, u)
	}
	finer := newUser("finer")
	finer.CreatedAt = start.In(time.FixedZone("west", -5*3600)).Add(999999)
	addUser(t, store, finer)
	finer.CreatedAt = start
	storedUser(t, store, finer)
}

func userSharesNoMemory(t *testing.T, store userstore.Store) {
	given := newUser("alice")
	want := given
	want.Scopes, want.Roles = []string{"read", "write"}, []string{"admin"}
	addUser(t, store, given)
	given.Scopes[0], given.Roles[0] = "changed", "changed"
	got, err := store.User(t.Context(), want.ID)
	if err != nil {
		t.Fatalf("User: %v", err)
	}
	same(t, "User after the caller changed what it added", got, want)
	got.Scopes[0], got.Roles[0] = "changed", "changed"
	list, err := store.Users(t.Context())
	if err != nil {
		t.Fatalf("Users: %v", err)
	}
	same(t, "Users", list, []userstore.User{want})
	list[0].Scopes[0], list[0].Roles[0] = "changed", "changed"
	storedUser(t, store, want)
}

func userTaken(t *testing.T, store userstore.Store) {
	alice := addUser(t, store, newUser("alice"))
	sameName, sameID := newUser("alice"), newUser("bob")
	sameID.ID = alice.ID
	for _, u := range []userstore.User{alice, sameName, sameID} {
		if err := store.AddUser(t.Context(), u); !errors.Is(err, userstore.ErrExists) {
			t.Errorf("AddUser(%q, %s) beside %q, %s: got %v, want ErrExists", u.Name, u.ID, alice.Name, alice.ID, err)
		}
	}
	storedUser(t, store, alice)
	if got, err := store.UserByName(t.Context(), "bob"); !errors.Is(err, userstore.ErrNotFound) {
		t.Errorf("UserByName of one that was not added: got %+v and error %v, want ErrNotFound", got, err)
	}
	addUser(t, store, newUser("bob"))
}

func userNames(t *testing.T, store userstore.Store) {
	for _, name := range []string{"alice", "Alice", "ALICE", "alice ", "al\u00ef\u00e7e", "ali\u0308c\u0327e", "stra\u00dfe", "strasse"} {
		storedUser(t, store, addUser(t, store, newUser(name)))
	}
	for _, name := range []string{"aLICE", " alice", "alic%", "alic_", "alic*", ""} {
		if got, err := store.UserByName(t.Context(), name); !errors.Is(err, userstore.ErrNotFound) {
			t.Errorf("UserByName(%q): got %+v and error %v, want ErrNotFound", name, got, err)
		}
	}
}

func userList(t *testing.T, store userstore.Store) {
	list, err := store.Users(t.Context())
	if err != nil || len(list) != 0 {
		t.Fatalf("Users of an empty store: got %+v and error %v, want none", list, err)
	}
	a, b, c, d := newUser("Zoë"), newUser("alice"), newUser("bob"), newUser("émile") // as bytes compare
	for _, u := range []userstore.User{c, a, d, b} {
		addUser(t, store, u)
	}
	if list, err = store.Users(t.Context()); err != nil {
		t.Fatalf("Users: %v", err)
	}
	same(t, "Users", list, []userstore.User{a, b, c, d})
}

func userPassword(t *testing.T, store userstore.Store) {
	alice, bob := addUser(t, store, newUser("alice")), addUser(t, store, newUser("bob"))
	for _, c := range []struct{ hash, ifHash, want string }{
		{"second", "", "second"},
		{"third", "second", "third"},
		{"fourth", "second", "third"}, // changed in the meantime
		{"fifth", "THIRD", "third"},
		{"sixth", "", "sixth"},
	} {
		if err := store.SetUserPassword(t.Context(), alice.ID, c.hash, c.ifHash); err != nil {
			t.Fatalf("SetUserPassword(%q, if %q): %v", c.hash, c.ifHash, err)
		}
		alice.PasswordHash = c.want
		storedUser(t, store, alice)
	}
	storedUser(t, store, bob)
}

func userDisable(t *testing.T, store userstore.Store) {
	alice, bob := addUser(t, store, newUser("alice")), addUser(t, store, newUser("bob"))
	for _, disabled := range []bool{true, true, false, false} {
		if err := store.SetUserDisabled(t.Context(), alice.ID, disabled); err != nil {
			t.Fatalf("SetUserDisabled(%t): %v", disabled, err)
		}
		alice.Disabled = disabled
		storedUser(t, store, alice)
	}
	storedUser(t, store, bob)
}

func userRemove(t *testing.T, store userstore.Store) {
	alice, bob := addUser(t, store, newUser("alice")), addUser(t, store, newUser("bob"))
	if err := store.RemoveUser(t.Context(), alice.ID); err != nil {
		t.Fatalf("RemoveUser: %v", err)
	}
	if got, err := store.User(t.Context(), alice.ID); !errors.Is(err, userstore.ErrNotFound) {
		t.Errorf("User after RemoveUser: got %+v and error %v, want ErrNotFound", got, err)
	}
	if got, err := store.UserByName(t.Context(), "alice"); !errors.Is(err, userstore.ErrNotFound) {
		t.Errorf("UserByName after RemoveUser: got %+v and error %v, want ErrNotFound", got, err)
	}
	storedUser(t, store, bob)
	storedUser(t, store, addUser(t, store, newUser("alice")))
}

func userUnknown(t *testing.T, store userstore.Store) {
	addUser(t, store, newUser("alice"))
	id := newUser("").ID
	for name, do := range userCalls(store, id, "nobody") {
		if name == "AddUser" || name == "Users" {
			continue
		}
		if err := do(t.Context()); !errors.Is(err, userstore.ErrNotFound) {
			t.Errorf("%s of an unknown user: got error %v, want ErrNotFound", name, err)
		}
	}
}

// userCalls are all methods, by name.
func userCalls(store userstore.Store, id, name string) map[string]func(context.Context) error {
	return map[string]func(context.Context) error{
		"AddUser": func(ctx context.Context) error { return store.AddUser(ctx, newUser("new")) },
		"User": func(ctx context.Context) error {
			_, err := store.User(ctx, id)
			return err
		},
		"UserByName": func(ctx context.Context) error {
			_, err := store.UserByName(ctx, name)
			return err
		},
		"Users": func(ctx context.Context) error {
			_, err := store.Users(ctx)
			return err
		},
		"SetUserPassword":    func(ctx context.Context) error { return store.SetUserPassword(ctx, id, "hash", "") },
		"SetUserPassword if": func(ctx context.Context) error { return store.SetUserPassword(ctx, id, "hash", "old") },
		"SetUserDisabled":    func(ctx context.Context) error { return store.SetUserDisabled(ctx, id, true) },
		"RemoveUser":         func(ctx context.Context) error { return store.RemoveUser(ctx, id) },
	}
}

func userRaceAdd(t *testing.T, store userstore.Store) {
	for range rounds(6) {
		name := rand.Text()
		added := 0
		for _, err := range together(16, func(int) error { return store.AddUser(t.Context(), newUser(name)) }) {
			switch {
			case err == nil:
				added++
			case !errors.Is(err, userstore.ErrExists):
				t.Errorf("AddUser: got %v, want ErrExists", err)
			}
		}
		if added != 1 {
			t.Errorf("users that got the name: got %d, want 1", added)
		}
	}
}

func userRacePassword(t *testing.T, store userstore.Store) {
	for range rounds(20) {
		u := addUser(t, store, newUser(rand.Text()))
		for _, err := range together(2, func(i int) error {
			if i == 0 {
				return store.SetUserPassword(t.Context(), u.ID, "new", "")
			}
			return store.SetUserPassword(t.Context(), u.ID, "renewed", u.PasswordHash)
		}) {
			if err != nil {
				t.Errorf("SetUserPassword: %v", err)
			}
		}
		u.PasswordHash = "new"
		storedUser(t, store, u)
	}
}

func userContextEnded(t *testing.T, store userstore.Store) {
	alice := addUser(t, store, newUser("alice"))
	for _, u := range []userstore.User{alice, newUser("nobody")} {
		for name, do := range userCalls(store, u.ID, u.Name) {
			refusesEnded(t, name, do, userstore.ErrNotFound, userstore.ErrExists)
		}
	}
	list, err := store.Users(t.Context())
	if err != nil {
		t.Fatalf("Users: %v", err)
	}
	same(t, "Users", list, []userstore.User{alice})
}
