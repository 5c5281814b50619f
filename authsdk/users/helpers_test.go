package users_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"go.uber.org/goleak"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/memstore"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/users"
)

const (
	right = "correct horse battery"
	wrong = "battery horse correct"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// store is a memory store whose calls can be seen and made to fail.
type store struct {
	*memstore.Store

	mu   sync.Mutex // guards hook
	hook func(method string) error
}

func newStore() *store { return &store{Store: memstore.New()} }

func (s *store) on(hook func(method string) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hook = hook
}

func (s *store) call(method string) error {
	s.mu.Lock()
	hook := s.hook
	s.mu.Unlock()
	if hook == nil {
		return nil
	}
	return hook(method)
}

func (s *store) AddUser(ctx context.Context, u users.User) error {
	if err := s.call("AddUser"); err != nil {
		return err
	}
	return s.Store.AddUser(ctx, u)
}

func (s *store) User(ctx context.Context, id string) (users.User, error) {
	if err := s.call("User"); err != nil {
		return users.User{}, err
	}
	return s.Store.User(ctx, id)
}

func (s *store) UserByName(ctx context.Context, name string) (users.User, error) {
	if err := s.call("UserByName"); err != nil {
		return users.User{}, err
	}
	return s.Store.UserByName(ctx, name)
}

func (s *store) Users(ctx context.Context) ([]users.User, error) {
	if err := s.call("Users"); err != nil {
		return nil, err
	}
	return s.Store.Users(ctx)
}

func (s *store) SetUserPassword(ctx context.Context, id, hash, ifHash string) error {
	method := "SetUserPassword"
	if ifHash != "" {
		method = "renew"
	}
	if err := s.call(method); err != nil {
		return err
	}
	return s.Store.SetUserPassword(ctx, id, hash, ifHash)
}

func (s *store) SetUserDisabled(ctx context.Context, id string, disabled bool) error {
	if err := s.call("SetUserDisabled"); err != nil {
		return err
	}
	return s.Store.SetUserDisabled(ctx, id, disabled)
}

func (s *store) RemoveUser(ctx context.Context, id string) error {
	if err := s.call("RemoveUser"); err != nil {
		return err
	}
	return s.Store.RemoveUser(ctx, id)
}

// clock is a time that only tests move.
type clock struct {
	mu  sync.Mutex // guards now
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// newService returns a service with cheap hashes.
func newService(t *testing.T, cfg users.Config) *users.Service {
	t.Helper()
	cfg.InsecureCheapHash = true
	return newServiceAsIs(t, cfg)
}

func newServiceAsIs(t testing.TB, cfg users.Config) *users.Service {
	t.Helper()
	if cfg.Store == nil {
		cfg.Store = memstore.New()
	}
	s, err := users.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// add adds a user with the password right.
func add(t testing.TB, s *users.Service, name string) users.User {
	t.Helper()
	u, err := s.Add(t.Context(), name, right, []string{"read"}, []string{"admin"})
	if err != nil {
		t.Fatalf("Add(%q): %v", name, err)
	}
	return u
}

// login logs in as name from 192.0.2.1.
func login(t testing.TB, s *users.Service, name, password string) error {
	t.Helper()
	return loginFrom(t, s, name, password, "192.0.2.1")
}

func loginFrom(t testing.TB, s *users.Service, name, password, address string) error {
	t.Helper()
	a, err := s.Authenticate(t.Context(), session.Credentials{Username: name, Password: password, Address: address})
	if (a == nil) != (err != nil) {
		t.Errorf("Authenticate(%q) = %v, %v: want an account or an error", name, a, err)
	}
	return err
}

// want fails the test if err does not wrap target; nil stands for no error.
func want(t testing.TB, what string, err, target error) {
	t.Helper()
	if !errors.Is(err, target) {
		t.Errorf("%s: got %v, want %v", what, err, target)
	}
}

// retryAfter returns what err tells the client to wait, if it is too_many_attempts.
func retryAfter(t testing.TB, err error) time.Duration {
	t.Helper()
	want(t, "refusal", err, authsdk.ErrTooManyAttempts)
	return authsdk.ErrorOf(err).RetryAfter
}

// hashOf hashes a password as another program would.
func hashOf(t testing.TB, password string, p argon2id.Params) string {
	t.Helper()
	hash, err := argon2id.CreateHash(password, &p)
	if err != nil {
		t.Fatal(err)
	}
	return hash
}

// storedHash returns what the store has for a user.
func storedHash(t testing.TB, s users.Store, id string) string {
	t.Helper()
	u, err := s.User(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return u.PasswordHash
}
