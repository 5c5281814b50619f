// Package netaddr says by what addresses are counted.
package netaddr

import "net/netip"

// Customer returns what one customer of a network is given: an IPv4 address,
// or the /64 of an IPv6 address. A port does not matter.
func Customer(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		withPort, err := netip.ParseAddrPort(address)
		if err != nil {
			return address
		}
		ip = withPort.Addr()
	}
	if ip = ip.Unmap(); ip.Is4() {
		return ip.String()
	}
	return netip.PrefixFrom(ip, 64).Masked().String()
}
