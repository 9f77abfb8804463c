package httpclient

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
)

// These are bytes of SOCKS 5 (RFC 1928) and of its authentication (RFC 1929).
const (
	socksVersion      = 5
	socksNoAuth       = 0
	socksPassword     = 2
	socksConnect      = 1
	socksIPv4         = 1
	socksName         = 3
	socksIPv6         = 4
	socksLoginVersion = 1
)

var (
	errNotSOCKS   = errors.New("the proxy does not speak SOCKS 5: check its scheme and port")
	errSOCKSLogin = errors.New("the proxy has refused the user and the password")
	errSOCKSAuth  = errors.New("the proxy accepts none of the offered ways of authentication: check ProxyUsername")
	errSOCKSLong  = errors.New("a SOCKS proxy takes at most 255 bytes of a user, a password or the host of a URL")
)

var socksReplies = [...]string{1: "general failure", 2: "not allowed by the rules of the proxy", 3: "network unreachable",
	4: "host unreachable", 5: "connection refused", 6: "TTL expired", 7: "command not supported", 8: "address type not supported"}

// openSOCKS asks a SOCKS proxy for a connection to the server. The proxy resolves the name.
func (d *dialing) openSOCKS() error {
	login := d.hop.proxy.login
	if len(login.user) > 255 || len(login.password) > 255 || len(d.hop.target.host) > 255 {
		return errSOCKSLong
	}
	method, err := d.askSOCKS(appendSOCKSGreeting(nil, login.isSet()), 2)
	if err != nil {
		return err
	}
	switch {
	case method[0] != socksVersion:
		return errNotSOCKS
	case method[1] == socksPassword && login.isSet():
		if status, err := d.askSOCKS(appendSOCKSLogin(nil, login), 2); err != nil {
			return err
		} else if status[1] != 0 {
			return errSOCKSLogin
		}
	case method[1] != socksNoAuth:
		return errSOCKSAuth
	}
	reply, err := d.askSOCKS(appendSOCKSConnect(nil, d.hop.target.host, d.hop.target.port), 5)
	if err != nil {
		return err
	}
	rest, err := checkSOCKSReply(reply)
	if err == nil {
		_, err = d.stream.ReadBytes(rest, false).Await()
	}
	return err
}

// askSOCKS sends a message and returns the first n bytes of the reply.
func (d *dialing) askSOCKS(message []byte, n int) ([]byte, error) {
	d.stream.Send(message)
	return d.stream.ReadBytes(n, false).Await()
}

// appendSOCKSGreeting appends the offered ways of authentication.
func appendSOCKSGreeting(b []byte, withLogin bool) []byte {
	if withLogin {
		return append(b, socksVersion, 2, socksNoAuth, socksPassword)
	}
	return append(b, socksVersion, 1, socksNoAuth)
}

// appendSOCKSLogin appends a user and a password of at most 255 bytes each.
func appendSOCKSLogin(b []byte, c credentials) []byte {
	b = append(b, socksLoginVersion, byte(len(c.user)))
	b = append(b, c.user...)
	b = append(b, byte(len(c.password)))
	return append(b, c.password...)
}

// appendSOCKSConnect appends the request for a connection. A host name has at most 255 bytes.
func appendSOCKSConnect(b []byte, host string, port int) []byte {
	b = append(b, socksVersion, socksConnect, 0)
	switch address, err := netip.ParseAddr(host); {
	case err != nil:
		b = append(append(b, socksName, byte(len(host))), host...)
	case address.Is4():
		b = append(append(b, socksIPv4), address.AsSlice()...)
	default:
		b = append(append(b, socksIPv6), address.AsSlice()...)
	}
	return binary.BigEndian.AppendUint16(b, uint16(port))
}

// checkSOCKSReply checks the first five bytes of the reply to a request for a connection. It
// returns the number of bytes that follow. They are the rest of an address, which the client does
// not need.
func checkSOCKSReply(reply []byte) (rest int, err error) {
	code := int(reply[1])
	switch {
	case reply[0] != socksVersion:
		return 0, errNotSOCKS
	case code != 0 && code < len(socksReplies):
		return 0, fmt.Errorf("the proxy could not connect: %s", socksReplies[code])
	case code != 0:
		return 0, fmt.Errorf("the proxy could not connect: reply code %d", code)
	}
	switch reply[3] {
	case socksIPv4:
		return 4 + 2 - 1, nil
	case socksIPv6:
		return 16 + 2 - 1, nil
	case socksName:
		return int(reply[4]) + 2, nil
	}
	return 0, errNotSOCKS
}
