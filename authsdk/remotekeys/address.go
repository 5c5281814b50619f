package remotekeys

import (
	"errors"
	"net/netip"
	"slices"
	"syscall"
)

// special returns the prefixes that are not reached over the Internet, or that
// lead to another address: the registries of IANA, RFC 6890.
func special() []netip.Prefix {
	texts := []string{
		"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24",
		"192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
		"::/8", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16",
		"fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
	}
	out := make([]netip.Prefix, len(texts))
	for i, text := range texts {
		out[i] = netip.MustParsePrefix(text)
	}
	return out
}

// publicOnly refuses connections to addresses that are not public. It sees the
// address itself, whatever its name resolved to.
func publicOnly(_, address string, _ syscall.RawConn) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	ip := ap.Addr().Unmap().WithZone("")
	if slices.ContainsFunc(special(), func(p netip.Prefix) bool { return p.Contains(ip) }) {
		return errors.New("the address is not public: set InsecurePrivateAddresses to reach it")
	}
	return nil
}
