package users_test

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/users"
)

// TestLoginDuringChange: a login that waits for its turn while another process changes
// the user ends as the change wants it. The sessions that there were have ended then,
// and nobody would end the one that it begins.
func TestLoginDuringChange(t *testing.T) {
	t.Parallel()
	const another = "another password"
	for name, c := range map[string]struct {
		change   func(ctx context.Context, s *users.Service, kept *store) error
		password string
		want     error
	}{
		"the password is changed": {func(ctx context.Context, s *users.Service, _ *store) error {
			return s.SetPassword(ctx, "alice", another)
		}, right, authsdk.ErrInvalidCredentials},
		"the same password again": {func(ctx context.Context, s *users.Service, _ *store) error {
			return s.SetPassword(ctx, "alice", right)
		}, right, nil},
		"disabled": {func(ctx context.Context, s *users.Service, _ *store) error {
			return s.SetDisabled(ctx, "alice", true)
		}, right, authsdk.ErrInvalidCredentials},
		"removed": {func(ctx context.Context, s *users.Service, _ *store) error {
			return s.Remove(ctx, "alice")
		}, right, authsdk.ErrInvalidCredentials},
		"the store goes down": {func(_ context.Context, _ *users.Service, kept *store) error {
			kept.on(func(string) error { return errDown })
			return nil
		}, right, authsdk.ErrStoreUnavailable},
		"a wrong password": {func(ctx context.Context, s *users.Service, _ *store) error {
			return s.SetPassword(ctx, "alice", another)
		}, wrong, authsdk.ErrInvalidCredentials},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				kept := newStore()
				s := newService(t, users.Config{Store: kept, Concurrency: 1})
				add(t, s, "alice")
				release := s.Hold()
				result := make(chan error)
				go func() { result <- login(t, s, "alice", c.password) }()
				synctest.Wait()
				if err := c.change(t.Context(), newService(t, users.Config{Store: kept}), kept); err != nil {
					t.Fatal(err)
				}
				release()
				want(t, "the login that waited", <-result, c.want)
			})
		})
	}
}
