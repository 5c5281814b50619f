// Audit writes what happens to sessions, logins and keys to a log, and raises an
// alarm when somebody uses a stolen refresh token. It plays a day of alice and of
// somebody who has copied her token, and ends.
package main

import (
	"context"
	"errors"
	"log"
	"log/slog"
	"os"
	"time"

	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/memstore"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/users"
)

func main() {
	if err := run(context.Background(), slog.New(slog.NewTextHandler(os.Stdout, nil))); err != nil {
		log.Fatal(err)
	}
}

// site is a program whose operator wants to know.
type site struct {
	log      *slog.Logger
	now      func() time.Time
	users    *users.Service
	sessions *session.Manager
	verifier *authsdk.Verifier
}

func newSite(logger *slog.Logger, now func() time.Time) *site {
	s := &site{log: logger, now: now}
	keys := must(authsdk.NewKeySet(must(authsdk.GenerateKey(authsdk.ES256))))
	issuer := must(authsdk.NewIssuer(authsdk.IssuerConfig{Issuer: "https://shop.example", Keys: keys, Now: now}))
	s.verifier = must(authsdk.NewVerifier(authsdk.VerifierConfig{Issuer: "https://shop.example", Keys: keys, Now: now}))

	store := memstore.New()
	s.users = must(users.New(users.Config{Store: store, OnRefused: s.refused, Now: now}))
	s.sessions = must(session.New(session.Config{
		Issuer: issuer, Store: store, Accounts: s.users, OnEvent: s.event, Now: now,
	}))
	return s
}

// event is told after something has happened, while the caller waits: what takes
// long goes into a queue.
func (s *site) event(ctx context.Context, e session.Event) {
	session.LogTo(s.log)(ctx, e)
	if e.Kind == session.EventReuse {
		s.alarm(ctx, e.Subject)
	}
}

// refused is told of logins that were refused because too many have failed.
func (s *site) refused(ctx context.Context, r users.Refusal) {
	s.log.WarnContext(ctx, "login_throttled", "by", r.By, "subject", r.Subject, "address", r.Address, "retry_after", r.RetryAfter)
}

// alarm is where a program of yours would write to the person.
func (s *site) alarm(ctx context.Context, subject string) {
	s.log.ErrorContext(ctx, "a refresh token of this account was copied: its session has ended", "subject", subject)
}

func run(ctx context.Context, logger *slog.Logger) error {
	clock := time.Now()
	s := newSite(logger, func() time.Time { return clock })
	if _, err := s.users.Add(ctx, "alice", "correct horse battery", nil, nil); err != nil {
		return err
	}
	credentials := session.Credentials{Username: "alice", Password: "correct horse battery", Address: "192.0.2.1"}
	first, err := s.sessions.Login(ctx, credentials, session.LoginOptions{Label: "laptop"})
	if err != nil {
		return err
	}
	// Somebody copies the token. Alice refreshes, an hour later and again; then he does.
	token := first.RefreshToken
	for range 2 {
		clock = clock.Add(time.Hour)
		if token, err = s.refresh(ctx, token); err != nil {
			return err
		}
	}
	if _, err = s.refresh(ctx, first.RefreshToken); !errors.Is(err, authsdk.ErrTokenRevoked) {
		return errors.New("a stolen token was accepted")
	}
	credentials.Password, credentials.Address = "a guess", "198.51.100.7"
	for errors.Is(err, authsdk.ErrTokenRevoked) || errors.Is(err, authsdk.ErrInvalidCredentials) {
		_, err = s.sessions.Login(ctx, credentials, session.LoginOptions{})
	}
	if !errors.Is(err, authsdk.ErrTooManyAttempts) {
		return err
	}
	return nil
}

func (s *site) refresh(ctx context.Context, token string) (string, error) {
	claims, err := s.verifier.Verify(ctx, token, authsdk.Policy{Types: []authsdk.TokenType{authsdk.Refresh}})
	if err != nil {
		return "", err
	}
	pair, err := s.sessions.Refresh(ctx, claims)
	if err != nil {
		return "", err
	}
	return pair.RefreshToken, nil
}

// must ends a program that cannot start.
func must[T any](v T, err error) T {
	if err != nil {
		log.Fatal(err)
	}
	return v
}
