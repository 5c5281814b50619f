package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"

	"github.com/authsdk/authsdk-go/adapters/authhttp"
	"github.com/authsdk/authsdk-go/authsdk"
	"github.com/authsdk/authsdk-go/authsdk/keyring"
	"github.com/authsdk/authsdk-go/authsdk/revocation"
	"github.com/authsdk/authsdk-go/authsdk/server"
	"github.com/authsdk/authsdk-go/authsdk/session"
	"github.com/authsdk/authsdk-go/authsdk/users"
)

// app is the server's parts, put together from the settings.
type app struct {
	log      *slog.Logger
	issuer   string
	keys     *keyring.Source
	rotator  *keyring.Rotator
	store    *opened
	users    *users.Service
	sessions *session.Manager
	revoked  *revocation.List
	clients  *clients
	handler  http.Handler
}

// build checks every setting before it opens anything that lasts.
func (s *serveCmd) build(ctx context.Context, log *slog.Logger, addr string) (*app, error) {
	if _, _, err := s.places(); err != nil {
		return nil, err
	}
	if err := s.check(); err != nil {
		return nil, err
	}
	if s.DrainDelay < 0 || s.DrainDelay > maxDrainDelay {
		return nil, setting("--drain-delay is %s: it must lie between 0 and %s", s.DrainDelay, maxDrainDelay)
	}
	issuer, err := s.name(addr)
	if err != nil {
		return nil, err
	}
	cookies, err := authsdk.NewCookies(authsdk.CookieConfig{TrustedOrigins: s.TrustedOrigin, InsecureHTTP: s.InsecureCookies})
	if err != nil {
		return nil, setting("--trusted-origin: %w", err)
	}
	trusted, err := s.prefixes()
	if err != nil {
		return nil, err
	}
	keys, rotator, err := s.openKeys(ctx, log)
	if err != nil {
		return nil, err
	}
	st, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	if err := st.warn(ctx, log, s.RequireDurable); err != nil {
		return nil, errors.Join(err, st.close())
	}
	a := &app{log: log, issuer: issuer, keys: keys, rotator: rotator, store: st, clients: &clients{trusted: trusted, log: log}}
	if err := a.assemble(s, cookies); err != nil {
		return nil, errors.Join(err, st.close())
	}
	return a, nil
}

// assemble makes the services over the store.
func (a *app) assemble(s *serveCmd, cookies *authsdk.Cookies) error {
	var err error
	if a.users, err = users.New(users.Config{Store: a.store.users, Throttle: a.store.sessionStore, OnRefused: a.throttled}); err != nil {
		return err
	}
	issuer, err := authsdk.NewIssuer(authsdk.IssuerConfig{
		Issuer: a.issuer, Keys: a.keys, Audience: s.Audience, AccessTTL: s.AccessTTL, RefreshTTL: s.RefreshTTL,
	})
	if err != nil {
		return err
	}
	if err := a.revocations(); err != nil {
		return err
	}
	a.sessions, err = session.New(session.Config{
		Issuer: issuer, Revocations: a.revoked, Store: a.store, Accounts: a.users,
		IdleTTL: s.RefreshTTL, AbsoluteTTL: max(s.RefreshTTL, absoluteTTL), OnEvent: session.LogTo(a.log), ClientID: ownPages,
	})
	if err != nil {
		return err
	}
	verifier, err := authsdk.NewVerifier(authsdk.VerifierConfig{
		Issuer: a.issuer, Keys: a.keys, Audience: s.Audience, Revoked: a.isRevoked,
	})
	if err != nil {
		return err
	}
	clients, err := a.oauth(s, issuer)
	if err != nil {
		return err
	}
	endpoints, err := server.New(server.Config{
		Sessions: a.sessions, Verifier: verifier, Keys: a.keys, Cookies: cookies, ClientAddress: a.clients.address, OAuth: clients,
	})
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	authhttp.Mount(mux, endpoints, authhttp.Options{OnError: a.refused})
	addMetadata(mux, endpoints)
	if err := a.addPages(mux, s.Console); err != nil {
		return err
	}
	a.handler = a.logged(bounded(unknown(mux)))
	return nil
}

// throttled logs that a login was refused because too many have failed.
func (a *app) throttled(ctx context.Context, r users.Refusal) {
	a.log.WarnContext(ctx, "login_throttled", "by", r.By, "subject", r.Subject, "remote", r.Address, "retry_after", r.RetryAfter)
}

// refused logs why a request was refused: what clients do wrong is no error of
// the server.
func (a *app) refused(r *http.Request, err error) {
	e := authsdk.ErrorOf(err)
	level := slog.LevelInfo
	switch {
	case errors.Is(e, authsdk.ErrBusy): // as it should be under more load than there is room for
		level = slog.LevelWarn
	case e.Status >= http.StatusInternalServerError:
		level = slog.LevelError
	}
	a.log.LogAttrs(r.Context(), level, "refused",
		slog.String("code", e.Code), slog.String("path", r.URL.Path),
		slog.String("remote", a.clients.address(r)), slog.String("cause", oneLine(err)))
}
