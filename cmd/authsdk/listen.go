package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"strings"
	"syscall"
)

// listen opens the socket, and refuses one that more people reach than was
// thought of.
func (s *serveCmd) listen(ctx context.Context, log *slog.Logger) (net.Listener, error) {
	// Listen would take any free port on all interfaces.
	if strings.TrimSpace(s.Addr) == "" {
		return nil, setting("--addr is empty: give HOST:PORT, such as 127.0.0.1:8080")
	}
	if s.Demo && !loopback(s.Addr) {
		return nil, setting("--demo is refused on %s: its user is known, so listen on 127.0.0.1", s.Addr)
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", s.Addr)
	if _, ok := errors.AsType[*net.AddrError](err); ok {
		return nil, setting("--addr: %w: give HOST:PORT, such as 127.0.0.1:8080", err)
	}
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, setting("--addr: %w: another program listens there; give another port", err)
	}
	if err != nil {
		return nil, setting("--addr: %w", err)
	}
	if loopback(listener.Addr().String()) { // a name says little about where it leads
		return listener, nil
	}
	// Tokens must not depend on how the socket happens to be called.
	if s.Issuer == "" {
		err := setting("--issuer is required to listen on %s: give the URL that clients use, such as --issuer https://auth.example.com", s.Addr)
		return nil, errors.Join(err, listener.Close())
	}
	if s.InsecureCookies {
		log.WarnContext(ctx, "--insecure-cookies beyond this machine: whoever sees the traffic can take over sessions",
			"addr", listener.Addr().String())
	}
	return listener, nil
}
