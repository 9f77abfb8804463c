package tcpserver

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

const (
	maxProxyLine    = 107  // size of a header of version 1, with its line end
	maxProxyHeader  = 4096 // size of a header of version 2, with its TLVs
	proxySignature1 = "PROXY "
	proxySignature2 = "\r\n\r\n\x00\r\nQUIT\n"
)

// A proxyHeader is the header of the PROXY protocol that a proxy sends before the bytes of its
// client. The zero value names no client; the peer is then the other end of the connection
// itself.
type proxyHeader struct {
	namesClient bool           // the header has the client's address
	client      netip.AddrPort // the zero AddrPort for a client on a unix socket
}

var (
	errNoProxyHeader  = errors.New("the connection does not begin with a PROXY header")
	errProxyTooLong   = errors.New("the PROXY header is too long")
	errProxyMalformed = errors.New("the PROXY header is malformed")
)

// parseProxyHeader returns the header at the beginning of data, and its size in bytes. size
// is 0 if the header is incomplete; then all of data belongs to it. The protocol is
// HAProxy's "The PROXY protocol, versions 1 & 2", sections 2.1 and 2.2.
func parseProxyHeader(data []byte) (h proxyHeader, size int, err error) {
	switch {
	case startsLike(data, proxySignature2):
		return parseProxyV2(data)
	case startsLike(data, proxySignature1):
		return parseProxyV1(data)
	}
	return proxyHeader{}, 0, errNoProxyHeader
}

// startsLike reports whether data begins with signature, or is the beginning of it.
func startsLike(data []byte, signature string) bool {
	n := min(len(data), len(signature))
	return string(data[:n]) == signature[:n]
}

// parseProxyV1 parses a line such as "PROXY TCP4 192.0.2.1 192.0.2.2 56324 443".
func parseProxyV1(data []byte) (h proxyHeader, size int, err error) {
	end := bytes.IndexByte(data[:min(len(data), maxProxyLine)], '\n')
	switch {
	case end < 0 && len(data) >= maxProxyLine:
		return h, 0, errProxyTooLong
	case end < 0:
		return h, 0, nil
	case data[end-1] != '\r':
		return h, 0, errProxyMalformed
	}
	fields := strings.Split(string(data[len(proxySignature1):end-1]), " ")
	if fields[0] == "UNKNOWN" { // the rest of the line is ignored
		return h, end + 1, nil
	}
	if len(fields) != 5 || fields[0] != "TCP4" && fields[0] != "TCP6" {
		return h, 0, errProxyMalformed
	}
	client, ok1 := proxyAddress(fields[0], fields[1], fields[3])
	_, ok2 := proxyAddress(fields[0], fields[2], fields[4])
	if !ok1 || !ok2 {
		return h, 0, errProxyMalformed
	}
	return proxyHeader{namesClient: true, client: client}, end + 1, nil
}

// proxyAddress parses an address and a port of a header of version 1.
func proxyAddress(family, ip, port string) (netip.AddrPort, bool) {
	a, err := netip.ParseAddr(ip)
	if err != nil || a.Is4() != (family == "TCP4") || a.Zone() != "" {
		return netip.AddrPort{}, false
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil || port != strconv.FormatUint(n, 10) {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(a.Unmap(), uint16(n)), true
}

// parseProxyV2 parses a binary header: signature, version and command, family, length,
// addresses, and TLVs, which it skips.
func parseProxyV2(data []byte) (h proxyHeader, size int, err error) {
	const fixed = len(proxySignature2) + 4
	if len(data) < fixed {
		return h, 0, nil
	}
	command, family := data[fixed-4], data[fixed-3]
	size = fixed + int(binary.BigEndian.Uint16(data[fixed-2:]))
	switch {
	case command>>4 != 2:
		return h, 0, fmt.Errorf("%w: it has version %d", errProxyMalformed, command>>4)
	case command&0xf > 1:
		return h, 0, fmt.Errorf("%w: it has command %d", errProxyMalformed, command&0xf)
	case size > maxProxyHeader:
		return h, 0, errProxyTooLong
	case len(data) < size:
		return h, 0, nil
	case command&0xf == 0: // the command LOCAL: a health check of the proxy itself
		return h, size, nil
	}
	h, err = proxyClient(family, data[fixed:size])
	if err != nil {
		return proxyHeader{}, 0, err
	}
	return h, size, nil
}

// proxyClient returns the client that the addresses in a header of version 2 name.
func proxyClient(family byte, addresses []byte) (h proxyHeader, err error) {
	length, isKnown := map[byte]int{0x00: 0, 0x11: 12, 0x12: 12, 0x21: 36, 0x22: 36, 0x31: 216, 0x32: 216}[family]
	if !isKnown || len(addresses) < length {
		return h, fmt.Errorf("%w: family %#x in %d bytes", errProxyMalformed, family, len(addresses))
	}
	switch family {
	case 0x11: // TCP over IPv4
		return proxyHeader{true, netip.AddrPortFrom(netip.AddrFrom4([4]byte(addresses)), binary.BigEndian.Uint16(addresses[8:]))}, nil
	case 0x21: // TCP over IPv6
		return proxyHeader{true, netip.AddrPortFrom(netip.AddrFrom16([16]byte(addresses)).Unmap(), binary.BigEndian.Uint16(addresses[32:]))}, nil
	case 0x31: // a unix socket
		return proxyHeader{namesClient: true}, nil
	}
	return h, nil // family UNSPEC, or datagrams, which cannot be the client of a stream
}
