package main

import (
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
)

// proxyFlags say whom to believe where a request comes from.
type proxyFlags struct {
	TrustedProxy []string `env:"AUTHSDK_TRUSTED_PROXY" help:"Network of a proxy whose X-Forwarded-For is believed, 10.0.0.0/8. May be repeated." placeholder:"CIDR"`
}

func (f proxyFlags) prefixes() ([]netip.Prefix, error) {
	out := make([]netip.Prefix, 0, len(f.TrustedProxy))
	for _, s := range f.TrustedProxy {
		p, err := netip.ParsePrefix(strings.TrimSpace(s))
		// Addresses are compared as IPv4 where they can be: a mapped prefix
		// would match nothing.
		if err != nil || p.Addr().Is4In6() {
			return nil, setting("--trusted-proxy: %q is no network: write 10.0.0.0/8, 192.0.2.7/32 or 2001:db8::/32", s)
		}
		if p.Bits() == 0 {
			return nil, setting("--trusted-proxy: %s is everybody, who could then write any address: name the network of the proxy alone", s)
		}
		out = append(out, p)
	}
	return out, nil
}

// clients tells where requests come from, for throttling and the log.
type clients struct {
	trusted []netip.Prefix
	log     *slog.Logger
	warned  atomic.Bool
}

// address returns the client's address: the rightmost of X-Forwarded-For that
// is no trusted proxy, if the peer is one, else the peer's. What stands further
// left was written by the client itself. If nothing is left to believe, it is
// the peer's: rather too many in one bucket than a bucket of one's choice.
func (c *clients) address(r *http.Request) string {
	peer, ok := parseAddress(r.RemoteAddr)
	if !ok {
		return r.RemoteAddr
	}
	lines := r.Header.Values("X-Forwarded-For")
	if len(lines) > 0 && len(c.trusted) == 0 && c.warned.CompareAndSwap(false, true) {
		c.log.WarnContext(r.Context(), "X-Forwarded-For is ignored: no --trusted-proxy is set, so all clients of a proxy are throttled as one",
			"peer", peer.String())
	}
	if len(lines) == 0 || !c.trusts(peer) {
		return peer.String()
	}
	for _, entry := range slices.Backward(strings.Split(strings.Join(lines, ","), ",")) {
		ip, ok := parseAddress(strings.TrimSpace(entry))
		if !ok {
			break
		}
		if !c.trusts(ip) {
			return ip.String()
		}
	}
	return peer.String()
}

func (c *clients) trusts(ip netip.Addr) bool {
	return slices.ContainsFunc(c.trusted, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// parseAddress reads an address with or without a port, which some proxies add.
// The zone is the server's own affair, and IPv4 has one spelling.
func parseAddress(s string) (ip netip.Addr, ok bool) {
	ip, err := netip.ParseAddr(s)
	if err != nil {
		withPort, err := netip.ParseAddrPort(s)
		if err != nil {
			return netip.Addr{}, false
		}
		ip = withPort.Addr()
	}
	return ip.Unmap().WithZone(""), true
}
