package users_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/users"
)

func TestAdministration(t *testing.T) {
	t.Parallel()
	kept, clock := newStore(), newClock()
	s := newService(t, users.Config{Store: kept, Now: clock.Now})
	ctx := t.Context()
	scopes := []string{"read", "write"}
	alice, err := s.Add(ctx, "Alice", right, scopes, []string{"admin", "Domain Users"})
	if err != nil {
		t.Fatal(err)
	}
	scopes[0] = "changed"
	wantUser := users.User{
		ID: alice.ID, Name: "alice", Scopes: []string{"read", "write"}, Roles: []string{"admin", "Domain Users"}, CreatedAt: clock.Now(),
	}
	if diff := cmp.Diff(wantUser, alice); diff != "" {
		t.Errorf("Add (-want +got):\n%s", diff)
	}
	if len(alice.ID) < 20 {
		t.Errorf("ID %q is short", alice.ID)
	}
	add(t, s, "bob")

	_, err = s.Add(ctx, "ALICE", wrong, nil, nil)
	want(t, "a taken name", err, users.ErrExists)
	want(t, "the password of the first", login(t, s, "alice", right), nil)

	list, err := s.List(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 2 || list[0].Name != "alice" || list[1].Name != "bob" {
		t.Fatalf("List = %v, want alice and bob", list)
	}
	if diff := cmp.Diff(wantUser, list[0]); diff != "" {
		t.Errorf("List (-want +got):\n%s", diff)
	}

	want(t, "SetPassword, too short", s.SetPassword(ctx, "alice", "short"), users.ErrInvalid)
	want(t, "SetPassword", s.SetPassword(ctx, "ALICE", "another password"), nil)
	want(t, "old password", login(t, s, "alice", right), authsdk.ErrInvalidCredentials)
	want(t, "new password", login(t, s, "alice", "another password"), nil)

	want(t, "SetDisabled", s.SetDisabled(ctx, "Bob", true), nil)
	want(t, "disabled", login(t, s, "bob", right), authsdk.ErrInvalidCredentials)
	want(t, "SetDisabled", s.SetDisabled(ctx, "bob", false), nil)
	want(t, "enabled", login(t, s, "bob", right), nil)

	want(t, "Remove", s.Remove(ctx, "BOB"), nil)
	want(t, "removed", login(t, s, "bob", right), authsdk.ErrInvalidCredentials)
	again := add(t, s, "bob")
	if slices.ContainsFunc(list, func(u users.User) bool { return u.ID == again.ID }) {
		t.Error("an ID was used again")
	}
}

func TestAdministrationOfNobody(t *testing.T) {
	t.Parallel()
	kept := newStore()
	s := newService(t, users.Config{Store: kept})
	add(t, s, "alice")
	ctx := t.Context()
	calls := map[string]func(name string) error{
		"SetPassword": func(name string) error { return s.SetPassword(ctx, name, right) },
		"SetDisabled": func(name string) error { return s.SetDisabled(ctx, name, true) },
		"Remove":      func(name string) error { return s.Remove(ctx, name) },
	}
	for name, call := range calls {
		err := call("Nobody")
		want(t, name, err, users.ErrNotFound)
		if !strings.Contains(err.Error(), `"nobody"`) {
			t.Errorf("%s: %q does not name the user", name, err)
		}
		want(t, name, call("no body"), users.ErrInvalid)
	}
	calls["Add"] = func(string) error { _, err := s.Add(ctx, "bob", right, nil, nil); return err }
	calls["List"] = func(string) error { _, err := s.List(ctx); return err }
	for name, call := range calls {
		for _, method := range []string{"UserByName", "change"} {
			kept.on(func(got string) error {
				if (got == "UserByName") == (method == "UserByName") || name == "Add" || name == "List" {
					return errDown
				}
				return nil
			})
			err := call("alice")
			want(t, name, err, authsdk.ErrStoreUnavailable)
			want(t, name, err, errDown)
		}
	}
	// Removed by somebody else between the two calls.
	kept.on(func(got string) error {
		if got != "UserByName" {
			return users.ErrNotFound
		}
		return nil
	})
	for _, name := range []string{"SetPassword", "SetDisabled", "Remove"} {
		want(t, name, calls[name]("alice"), users.ErrNotFound)
	}
}

func TestAddRefuses(t *testing.T) {
	t.Parallel()
	kept := newStore()
	s := newService(t, users.Config{Store: kept})
	long := strings.Repeat("a", 129)
	for name, tt := range map[string]struct {
		name, password string
		scopes, roles  []string
		text           string
	}{
		"no name":          {"", right, nil, nil, "name is empty"},
		"long name":        {long, right, nil, nil, "128 characters"},
		"name with blank":  {"al ice", right, nil, nil, "without spaces"},
		"no password":      {"alice", "", nil, nil, "empty"},
		"7 characters":     {"alice", "1234567", nil, nil, "7 characters: it must have at least 8"},
		"7, 14 bytes":      {"alice", "äöüäöüß", nil, nil, "at least 8"},
		"7, decomposed":    {"alice", strings.Repeat("e\u0301", 7), nil, nil, "at least 8"},
		"1025 bytes":       {"alice", strings.Repeat("a", 1025), nil, nil, "1024"},
		"NUL":              {"alice", right + "\x00", nil, nil, "leave it out"},
		"not UTF-8":        {"alice", right + "\xff", nil, nil, "UTF-8"},
		"joined emoji":     {"alice", right + "👨\u200d👩", nil, nil, "emoji"},
		"scope with blank": {"alice", right, []string{"read admin"}, nil, `"read admin"`},
		"scope with quote": {"alice", right, []string{`"`}, nil, "scope"},
		"empty scope":      {"alice", right, []string{""}, nil, "scope"},
		"long scope":       {"alice", right, []string{long}, nil, "scope"},
		"empty role":       {"alice", right, nil, []string{""}, "role"},
		"blank role":       {"alice", right, nil, []string{" "}, "role"},
		"role with break":  {"alice", right, nil, []string{"a\nb"}, "role"},
		"role reordered":   {"alice", right, nil, []string{"a\u202eb"}, "role"},
		"role not UTF-8":   {"alice", right, nil, []string{"a\xff"}, "role"},
		"long role":        {"alice", right, nil, []string{long}, "role"},
	} {
		_, err := s.Add(t.Context(), tt.name, tt.password, tt.scopes, tt.roles)
		want(t, name, err, users.ErrInvalid)
		if err != nil && (!strings.Contains(err.Error(), tt.text) || len(err.Error()) > 300) {
			t.Errorf("%s: got %q, want %q in it", name, err, tt.text)
		}
	}
	if list, err := s.List(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("List = %v, %v, want nobody", list, err)
	}
	for name, password := range map[string]string{
		"8 characters": "12345678", "blanks": "        ", "1024 bytes": strings.Repeat("a", 1024), "emoji": "🐎🔋🐎🔋🐎🔋🐎🔋",
	} {
		if _, err := s.Add(t.Context(), "user-"+strings.ReplaceAll(name, " ", "-"), password, nil, nil); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestNothingLeaks looks for a password and for hashes in whatever the package
// gives away.
func TestNothingLeaks(t *testing.T) {
	t.Parallel()
	const canary = "canary-7f3a90c1"
	kept := newStore()
	s := newService(t, users.Config{Store: kept, AccountLimit: users.Limit{Burst: 2}})
	ctx := t.Context()
	var out bytes.Buffer
	log := slog.New(slog.NewJSONHandler(&out, nil))
	tell := func(v any) {
		fmt.Fprintf(&out, "%v %+v %#v %s\n", v, v, v, v)
		log.InfoContext(ctx, "value", "v", v)
		if err, ok := v.(error); ok {
			for ; err != nil; err = errors.Unwrap(err) {
				fmt.Fprintf(&out, "%v %+v %#v\n", err, err, err)
			}
		}
	}
	u, err := s.Add(ctx, "alice", canary, nil, nil)
	tell(u)
	tell(&u)
	tell(err)
	stored, err := kept.User(ctx, u.ID)
	tell(stored)
	tell(&stored)
	fmt.Fprintf(&out, "%+v %#v", struct{ User users.User }{stored}, []users.User{stored})
	tell(err)
	list, err := s.List(ctx)
	tell(list)
	tell(err)
	_, err = s.Add(ctx, "alice", canary, nil, nil)
	tell(err)
	for _, password := range []string{canary, canary + "!", canary + "\x00", canary + "\xff", strings.Repeat(canary, 100), canary[:5]} {
		_, err = s.Add(ctx, "bob", password, []string{"a b"}, nil)
		tell(err)
		tell(s.SetPassword(ctx, "nobody", password))
		tell(s.SetPassword(ctx, "bob", password))
		for _, c := range []session.Credentials{
			{Username: "alice", Password: password},
			{Username: "nobody", Password: password},
			{Username: canary, Password: password},
			{Username: canary + " ", Password: password},
			{Subject: u.ID, Password: password},
		} {
			a, err := s.Authenticate(ctx, c)
			tell(a)
			tell(err)
		}
	}
	kept.on(func(string) error { return errDown })
	tell(login(t, s, "alice", canary))
	tell(s.SetPassword(ctx, "alice", canary))
	tell(s)
	for _, secret := range []string{canary, stored.PasswordHash} {
		for line := range strings.Lines(out.String()) {
			if strings.Contains(line, secret) {
				t.Errorf("%s is in %s", secret, line)
			}
		}
	}
	if !strings.Contains(out.String(), u.ID) || time.Since(u.CreatedAt) > time.Minute {
		t.Error("nothing was written at all")
	}
}
