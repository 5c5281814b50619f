package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/authsdk/authsdk-go/authsdk/revocation"
)

// absoluteTTL is how long a session lives at most, unless refresh tokens live longer.
const absoluteTTL = 90 * 24 * time.Hour

// serveCmd runs the server.
type serveCmd struct {
	storeFlags
	keyFlags
	rotationFlags
	issuerFlags
	ttlFlags
	logFlags
	proxyFlags

	Addr               string        `default:"127.0.0.1:8080" env:"AUTHSDK_ADDR" help:"Address to listen on; ${default} unless set." placeholder:"HOST:PORT"`
	TrustedOrigin      []string      `env:"AUTHSDK_TRUSTED_ORIGIN" help:"Further origin whose pages may use the cookies, https://app.example.com. May be repeated." placeholder:"ORIGIN"`
	InsecureCookies    bool          `env:"AUTHSDK_INSECURE_COOKIES" help:"Cookies that travel over plain HTTP; for development beyond localhost."`
	DrainDelay         time.Duration `default:"5s" env:"AUTHSDK_DRAIN_DELAY" help:"How long SIGTERM leaves the listener open after /readyz says no."`
	AllowPasswordGrant bool          `env:"AUTHSDK_ALLOW_PASSWORD_GRANT" help:"Let OAuth clients that have the grant password send people's passwords, for programs that know no other way."`
	Console            bool          `env:"AUTHSDK_CONSOLE" help:"Serve two pages for browsers: /console/ signs in and shows sessions, /docs/ is the API reference and sends its requests."`
	RequireDurable     bool          `env:"AUTHSDK_REQUIRE_DURABLE" help:"Refuse to start on a store that can forget what it has acknowledged, instead of warning."`
	Demo               bool          `help:"Add a user demo at the first start and print commands to try; on loopback addresses only."`
	DemoPassword       string        `env:"AUTHSDK_DEMO_PASSWORD" help:"Password of the user demo; generated unless set." hidden:""`
}

// maxDrainDelay is more than any load balancer takes to notice.
const maxDrainDelay = 5 * time.Minute

// shutdownTimeout is how long requests that are under way may take to end.
const shutdownTimeout = 20 * time.Second

// pruneEvery is how often sessions that ended are deleted.
const pruneEvery = time.Hour

// Run serves until a signal comes. SIGTERM drains: /readyz says no while the
// listener stays open, then requests under way end. SIGINT skips the waiting.
// A second signal ends at once.
func (s *serveCmd) Run(c console) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	defer signal.Stop(signals)

	log := s.logger(c.err)
	listener, err := s.listen(ctx, log)
	if err != nil {
		return err
	}
	a, err := s.build(ctx, log, listener.Addr().String())
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	if s.Demo {
		if err := s.demo(ctx, a, c.out, "http://"+listener.Addr().String()); err != nil {
			return errors.Join(err, listener.Close(), a.store.close())
		}
	}
	go a.prune(ctx)
	go a.keys.Watch(ctx)
	go a.revoked.Run(ctx)
	if a.rotator != nil {
		go a.rotator.Run(ctx)
	}
	err = s.serve(a, listener, signals)
	cancel()
	if err := errors.Join(err, a.store.close()); err != nil {
		return err
	}
	log.Info("stopped")
	return nil
}

func (s *serveCmd) serve(a *app, listener net.Listener, signals <-chan os.Signal) error {
	var draining atomic.Bool
	srv := &http.Server{
		Handler:           a.ready(&draining, a.handler),
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(a.log.Handler(), slog.LevelWarn),
	}
	failed := make(chan error, 1)
	go func() { failed <- srv.Serve(listener) }()
	a.log.Info("serving", "addr", listener.Addr().String(), "issuer", a.issuer, "store", s.shown())

	select {
	case err := <-failed:
		return err
	case sig := <-signals:
		draining.Store(true)
		a.log.Info("shutting down", "signal", sig.String())
		if sig == syscall.SIGTERM {
			select {
			case <-time.After(s.DrainDelay):
			case <-signals:
				return errors.Join(errInterrupted, srv.Close())
			}
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTimeout)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- srv.Shutdown(ctx) }()
	select {
	case err := <-done:
		return err
	case <-signals:
		return errors.Join(errInterrupted, srv.Close())
	}
}

var errInterrupted = errors.New("a second signal came: requests under way were cut")

// prune deletes what has ended now and then, until ctx ends.
func (a *app) prune(ctx context.Context) {
	ticker := time.NewTicker(pruneEvery)
	defer ticker.Stop()
	for {
		if n, err := a.sessions.Prune(ctx); err != nil && ctx.Err() == nil {
			a.log.ErrorContext(ctx, "prune", "cause", oneLine(err))
		} else if n > 0 {
			a.log.InfoContext(ctx, "pruned", "sessions", n)
		}
		if n, err := revocation.Prune(ctx, a.store, time.Now()); err != nil && ctx.Err() == nil {
			a.log.ErrorContext(ctx, "prune", "cause", oneLine(err))
		} else if n > 0 {
			a.log.InfoContext(ctx, "pruned", "revocations", n)
		}
		if _, err := a.users.Prune(ctx); err != nil && ctx.Err() == nil {
			a.log.ErrorContext(ctx, "prune", "cause", oneLine(err))
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}
