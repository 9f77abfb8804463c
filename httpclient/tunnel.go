package httpclient

import (
	"errors"
	"fmt"
	"net"
	"regexp"
	"strconv"

	"github.com/gotornado/tornado/internal/http1"
)

var (
	headEnd     = regexp.MustCompile(`\r?\n\r?\n`)
	errTLSInTLS = errors.New("a tunnel through a proxy with the scheme https is not supported: use a proxy with the scheme http or socks5")
)

// A tunnelRefusedError is the response of a proxy that refuses CONNECT.
type tunnelRefusedError struct {
	code   int
	reason string
}

func (e *tunnelRefusedError) Error() string {
	return fmt.Sprintf("the proxy has responded %d %s", e.code, e.reason)
}

// message returns the message of the fetch's HTTPClientError, which is libcurl's.
func (e *tunnelRefusedError) message() string {
	return fmt.Sprintf("CONNECT tunnel failed, response %d", e.code)
}

// openTunnel makes the stream a connection to the server, through the proxy.
func (d *dialing) openTunnel() (message string, err error) {
	switch {
	case d.hop.proxy.isSOCKS():
		return "SOCKS proxy failed", d.openSOCKS()
	case d.hop.proxy.scheme == "https":
		return "CONNECT tunnel failed", errTLSInTLS
	}
	for {
		head, err := d.requestTunnel()
		if err != nil {
			return "CONNECT tunnel failed", err
		}
		code := head.Start.Code
		if code >= 200 && code < 300 {
			return "", nil
		}
		refused := &tunnelRefusedError{code, head.Start.Reason}
		if code != 407 || !d.hop.proxy.acceptChallenge(&head.Headers) {
			return refused.message(), refused
		}
		d.stream.Close() // the body of the response may follow
		if err := d.dial(); err != nil {
			return refused.message(), err
		}
	}
}

// requestTunnel sends a CONNECT request (RFC 9110, section 9.3.6), and returns the final
// response.
func (d *dialing) requestTunnel() (head http1.ResponseHead, err error) {
	d.stream.Send(d.appendConnect(nil))
	for range 1 + maxInterims {
		block, err := d.stream.ReadUntilRegex(headEnd, d.fetch.client.options.MaxHeaderSize).Await()
		if err != nil {
			return head, err
		}
		if err = head.Parse(block); err != nil || !http1.IsInterim(head.Start.Code) {
			return head, err
		}
	}
	return head, errInterims
}

// appendConnect appends the CONNECT request for the server. It leaves out the headers of the
// fetch, which only the server may see.
func (d *dialing) appendConnect(b []byte) []byte {
	target := net.JoinHostPort(d.hop.target.host, strconv.Itoa(d.hop.target.port))
	b = append(append(b, "CONNECT "...), target...)
	b = append(b, " HTTP/1.1\r\n"...)
	b = http1.AppendField(b, "Host", target)
	if value := d.hop.proxy.authorization("CONNECT", target); value != "" {
		b = http1.AppendField(b, "Proxy-Authorization", value)
	}
	b = http1.AppendField(b, "User-Agent", d.hop.header("User-Agent"))
	return append(b, "\r\n"...)
}
