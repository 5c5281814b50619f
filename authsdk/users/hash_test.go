package users_test

import (
	"strings"
	"testing"

	"github.com/alexedwards/argon2id"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/users"
)

// cheap are the parameters of InsecureCheapHash.
var cheap = argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}

func TestRenewal(t *testing.T) {
	t.Parallel()
	differently := func(change func(*argon2id.Params)) argon2id.Params {
		p := cheap
		change(&p)
		return p
	}
	for name, p := range map[string]argon2id.Params{
		"less memory":  differently(func(p *argon2id.Params) { p.Memory = 32 }),
		"more memory":  differently(func(p *argon2id.Params) { p.Memory = 128 }),
		"more passes":  differently(func(p *argon2id.Params) { p.Iterations = 3 }),
		"more lanes":   differently(func(p *argon2id.Params) { p.Parallelism = 4 }),
		"shorter salt": differently(func(p *argon2id.Params) { p.SaltLength = 8 }),
		"shorter key":  differently(func(p *argon2id.Params) { p.KeyLength = 16 }),
		"the same":     cheap,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kept := newStore()
			s := newService(t, users.Config{Store: kept})
			old := hashOf(t, right, p)
			if err := kept.AddUser(t.Context(), users.User{ID: "1", Name: "alice", PasswordHash: old}); err != nil {
				t.Fatal(err)
			}
			want(t, "wrong password", login(t, s, "alice", wrong), authsdk.ErrInvalidCredentials)
			if storedHash(t, kept, "1") != old {
				t.Error("a wrong password changed the hash")
			}
			want(t, "first login", login(t, s, "alice", right), nil)
			renewed := storedHash(t, kept, "1")
			if got, want := renewed != old, p != cheap; got != want {
				t.Errorf("renewed: got %v, want %v", got, want)
			}
			want(t, "second login", login(t, s, "alice", right), nil)
			if storedHash(t, kept, "1") != renewed {
				t.Error("a new hash was renewed")
			}
			want(t, "wrong password", login(t, s, "alice", wrong), authsdk.ErrInvalidCredentials)
		})
	}
}

func TestRenewalThatFails(t *testing.T) {
	t.Parallel()
	kept := newStore()
	s := newService(t, users.Config{Store: kept})
	old := hashOf(t, right, argon2id.Params{Memory: 32, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err := kept.AddUser(t.Context(), users.User{ID: "1", Name: "alice", PasswordHash: old}); err != nil {
		t.Fatal(err)
	}
	kept.on(func(method string) error {
		if method == "renew" {
			return errDown
		}
		return nil
	})
	want(t, "login", login(t, s, "alice", right), nil)
	if got := storedHash(t, kept, "1"); got != old {
		t.Error("the hash changed all the same")
	}
}

// TestRenewalRacesPasswordChange changes the password at the last moment
// before a renewed hash is stored.
func TestRenewalRacesPasswordChange(t *testing.T) {
	t.Parallel()
	kept := newStore()
	s := newService(t, users.Config{Store: kept})
	old := hashOf(t, right, argon2id.Params{Memory: 32, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err := kept.AddUser(t.Context(), users.User{ID: "1", Name: "alice", PasswordHash: old}); err != nil {
		t.Fatal(err)
	}
	kept.on(func(method string) error {
		if method == "renew" {
			return s.SetPassword(t.Context(), "alice", "another password")
		}
		return nil
	})
	want(t, "login under way", login(t, s, "alice", right), nil)
	want(t, "new password", login(t, s, "alice", "another password"), nil)
	want(t, "old password", login(t, s, "alice", right), authsdk.ErrInvalidCredentials)
}

// TestForeignHashes holds hashes that must not be run, or could match what
// nobody set, to "cannot know".
func TestForeignHashes(t *testing.T) {
	t.Parallel()
	const salt, key = "c2FsdHNhbHRzYWx0c2FsdA", "a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2V5a2U"
	for name, hash := range map[string]string{
		"no hash":         "hunter2",
		"bcrypt":          "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
		"argon2i":         "$argon2i$v=19$m=64,t=1,p=1$" + salt + "$" + key,
		"old version":     "$argon2id$v=16$m=64,t=1,p=1$" + salt + "$" + key,
		"2 GiB":           "$argon2id$v=19$m=2097152,t=1,p=1$" + salt + "$" + key,
		"4 TiB":           "$argon2id$v=19$m=4294967295,t=1,p=1$" + salt + "$" + key,
		"memory overflow": "$argon2id$v=19$m=4294967296,t=1,p=1$" + salt + "$" + key,
		"a day of work":   "$argon2id$v=19$m=1048576,t=65536,p=1$" + salt + "$" + key,
		"no memory":       "$argon2id$v=19$m=0,t=1,p=1$" + salt + "$" + key,
		"no pass":         "$argon2id$v=19$m=64,t=0,p=1$" + salt + "$" + key,
		"no lane":         "$argon2id$v=19$m=64,t=1,p=0$" + salt + "$" + key,
		"too many lanes":  "$argon2id$v=19$m=64,t=1,p=255$" + salt + "$" + key,
		"no key":          "$argon2id$v=19$m=64,t=1,p=1$" + salt + "$",
		"a byte of key":   "$argon2id$v=19$m=64,t=1,p=1$" + salt + "$AA",
		"no salt":         "$argon2id$v=19$m=64,t=1,p=1$$" + key,
		"long salt":       "$argon2id$v=19$m=64,t=1,p=1$" + strings.Repeat("AAAA", 100) + "$" + key,
		"damaged key":     "$argon2id$v=19$m=64,t=1,p=1$" + salt + "$?",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			kept := newStore()
			s := newService(t, users.Config{Store: kept, AccountLimit: users.Limit{Burst: 1}})
			if err := kept.AddUser(t.Context(), users.User{ID: "user-1", Name: "alice", PasswordHash: hash}); err != nil {
				t.Fatal(err)
			}
			for _, password := range []string{right, hash} {
				err := login(t, s, "alice", password)
				want(t, "login", err, authsdk.ErrStoreUnavailable)
				if text := err.Error(); strings.Contains(text, hash) || !strings.Contains(text, "user-1") {
					t.Errorf("got %q, want the user's ID and not the hash", text)
				}
			}
			if got := storedHash(t, kept, "user-1"); got != hash {
				t.Errorf("the hash became %q", got)
			}
		})
	}
}
