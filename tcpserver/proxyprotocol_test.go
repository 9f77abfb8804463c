package tcpserver

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
)

// tellPeer sends the peer's address, then a space and each line that arrives.
func tellPeer(s *iostream.IOStream, peer netip.AddrPort) error {
	s.Send([]byte(peer.String() + " "))
	return echoLines(s, peer)
}

// serveProxied runs a server that trusts proxies at some addresses.
func serveProxied(t *testing.T, loops int, o ProxyProtocol, tlsConfig *tls.Config) (s *TCPServer, address string) {
	t.Helper()
	return serveProxiedOn(t, looptest.New(t), loops, o, tlsConfig)
}

// serveProxiedOn is serveProxied on a loop.
func serveProxiedOn(t *testing.T, l *ioloop.IOLoop, loops int, o ProxyProtocol, tlsConfig *tls.Config) (s *TCPServer, address string) {
	t.Helper()
	s = New(tellPeer, Options{Loop: l, ProxyProtocol: o, Stream: iostream.Options{TLS: tlsConfig}})
	bound, err := s.Bind(0, "127.0.0.1")
	require.NoError(t, err)
	require.NoError(t, s.Start(loops))
	t.Cleanup(func() { s.Close() })
	looptest.Start(t, l)
	return s, bound.String()
}

var fromLoopback = ProxyProtocol{Trusted: []string{"127.0.0.1"}}

// answerOf returns all bytes that arrive until the connection ends.
func answerOf(t *testing.T, c net.Conn) string {
	t.Helper()
	text, _ := io.ReadAll(c)
	return string(text)
}

// A header that arrives in any pieces names the peer, and no byte after it is lost.
func TestProxyProtocolNamesThePeer(t *testing.T) {
	for _, loops := range []int{1, 2} {
		server, address := serveProxied(t, loops, fromLoopback, nil)
		for _, tt := range proxyHeaders {
			for _, pieces := range []int{1, 2, 30} {
				c := dial(t, address)
				size := (len(tt.header) + pieces - 1) / pieces
				for at := 0; at < len(tt.header); at += size {
					piece := tt.header[at:min(len(tt.header), at+size)]
					if at+size >= len(tt.header) {
						piece += "hello\n"
					}
					io.WriteString(c, piece)
				}
				want := tt.want
				switch want {
				case "own":
					want = c.LocalAddr().String()
				case "unix":
					want = "invalid AddrPort"
				case "malformed", "too long", "no header":
					require.Empty(t, answerOf(t, c), tt.name)
					continue
				}
				require.Equal(t, want+" hello\n", readLine(t, c), "%s in %d pieces", tt.name, pieces)
				c.Close()
			}
		}
		require.Eventually(t, func() bool { return server.Opening() == 0 }, looptest.Patience, time.Millisecond)
	}
}

func readLine(t *testing.T, c net.Conn) string {
	t.Helper()
	line, err := bufio.NewReader(c).ReadString('\n')
	require.NoError(t, err)
	return line
}

// A header from a peer that is not trusted is data, so the peer cannot claim another address.
func TestProxyProtocolFromOthersIsData(t *testing.T) {
	for _, trusted := range [][]string{nil, {"192.0.2.0/24", "::1", "unix"}} {
		_, address := serveProxied(t, 1, ProxyProtocol{Trusted: trusted}, nil)
		c := dial(t, address)
		header := "PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n"
		io.WriteString(c, header)
		require.Equal(t, c.LocalAddr().String()+" "+header, readLine(t, c))
	}
}

// The TLS handshake follows the header. It may be in the same segment.
func TestProxyProtocolBeforeTLS(t *testing.T) {
	judge := httptest.NewTLSServer(nil) // has a certificate
	defer judge.Close()
	roots := x509.NewCertPool()
	roots.AddCert(judge.Certificate())
	_, address := serveProxied(t, 1, fromLoopback, &tls.Config{Certificates: judge.TLS.Certificates})
	for _, header := range []string{"PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n", v2(0x21, 0x11, tcp4)} {
		for _, together := range []bool{true, false} {
			var c net.Conn = dial(t, address)
			if together {
				c = &prefixed{Conn: c, prefix: header}
			} else {
				io.WriteString(c, header)
				time.Sleep(20 * time.Millisecond) // so that the server reads the header before the handshake arrives
			}
			secure := tls.Client(c, &tls.Config{RootCAs: roots, ServerName: "127.0.0.1"})
			io.WriteString(secure, "hello\n")
			require.Equal(t, "192.0.2.1:56324 hello\n", readLine(t, secure))
		}
	}
	requireClosed(t, dial(t, address), "\x16\x03\x01 no header")
}

// A prefixed connection sends a prefix and the first write in one piece.
type prefixed struct {
	net.Conn
	prefix string
}

func (p *prefixed) Write(b []byte) (int, error) {
	_, err := p.Conn.Write(append([]byte(p.prefix), b...))
	p.prefix = ""
	return len(b), err
}

func requireClosed(t *testing.T, c net.Conn, sent string) {
	t.Helper()
	io.WriteString(c, sent)
	require.Empty(t, answerOf(t, c), "after %q", sent)
}

// The server closes the connection if the whole header has not arrived within Timeout. Without
// Timeout the header may take any time.
func TestProxyProtocolTimeout(t *testing.T) {
	for _, tt := range []struct {
		timeout time.Duration // of a header; -1 means none
		sent    string
		closes  bool
		log     string
	}{
		{time.Second, "", true, "closed a connection from 127.0.0.1: no whole PROXY header came in time"},
		{time.Second, "PROXY TCP4 192.", true, "no whole PROXY header came in time"},
		{time.Second, v2(0x21, 0x11, tcp4)[:20], true, "no whole PROXY header came in time"},
		{time.Second, "PROXY UNKNOWN\r\n", false, ""},
		{-1, "PROXY TCP4 192.", false, ""},
	} {
		logged := captureLog(t)
		clock := looptest.NewManualClock()
		loop := looptest.NewWith(t, ioloop.Options{Clock: clock})
		server, address := serveProxiedOn(t, loop, 1, ProxyProtocol{Trusted: []string{"127.0.0.0/8"}, Timeout: tt.timeout}, nil)
		c := dial(t, address)
		io.WriteString(c, tt.sent)
		if tt.closes {
			clock.Run(t, time.Second)
			require.Empty(t, answerOf(t, c))
			require.Contains(t, logged.String(), tt.log)
			require.Zero(t, server.Opening())
			continue
		}
		if tt.timeout > 0 { // the handler greets the client after the header
			var greeting [1]byte
			_, err := io.ReadFull(c, greeting[:])
			require.NoError(t, err)
		}
		clock.Advance(time.Hour)
		c.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
		_, err := io.ReadAll(c)
		require.ErrorIs(t, err, os.ErrDeadlineExceeded, "it stays open")
	}
}

// The log names the peer and the fault of a header. A health check that only connects is not
// logged.
func TestProxyProtocolFaultsAreLogged(t *testing.T) {
	for sent, want := range map[string]string{
		"GET / HTTP/1.1\r\n\r\n": "closed a connection from 127.0.0.1: the connection does not begin with a PROXY header; have the proxy send it, or remove the address from ProxyProtocol.Trusted",
		"PROXY TCP4 x\r\n":       "the PROXY header is malformed",
		v2(0x3f, 0, ""):          "the PROXY header is malformed: it has version 3",
		"PROXY TCP4":             "the connection ended within the PROXY header",
		"":                       "",
	} {
		logged := captureLog(t)
		server, address := serveProxied(t, 1, fromLoopback, nil)
		c := dial(t, address)
		io.WriteString(c, sent)
		c.(*net.TCPConn).CloseWrite()
		require.Empty(t, answerOf(t, c))
		if got := logged.String(); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%q: got %q, want %q", sent, got, want)
		}
		require.Zero(t, server.Opening())
	}
}

func TestProxyProtocolOnAUnixSocket(t *testing.T) {
	for _, tt := range []struct{ trusted, header, want string }{
		{"unix", "PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n", "192.0.2.1:56324 hello\n"},
		{"unix", v2(0x21, 0x21, tcp6), "[2001:db8::1]:56324 hello\n"},
		{"unix", "PROXY UNKNOWN\r\n", "invalid AddrPort hello\n"},
		{"127.0.0.1", "PROXY UNKNOWN\r\n", "invalid AddrPort PROXY UNKNOWN\r\n"},
	} {
		name := filepath.Join(t.TempDir(), "socket")
		ln, err := BindUnixSocket(name, 0, 0)
		require.NoError(t, err)
		l := looptest.New(t)
		require.NoError(t, New(tellPeer, Options{Loop: l, ProxyProtocol: ProxyProtocol{Trusted: []string{tt.trusted}}}).AddSocket(ln))
		looptest.Start(t, l)
		c := dialUnix(t, name)
		io.WriteString(c, tt.header+"hello\n")
		require.Equal(t, tt.want, readLine(t, c))
	}
}

// Close ends the connections whose header has not arrived, on all loops that Start made.
func TestCloseEndsTheWaitForAHeader(t *testing.T) {
	server, address := serveProxied(t, 4, fromLoopback, nil)
	var open []net.Conn
	for range 40 {
		c := dial(t, address)
		io.WriteString(c, "PROXY")
		open = append(open, c)
	}
	require.Eventually(t, func() bool { return server.Opening() == len(open) }, looptest.Patience, time.Millisecond)
	server.Close()
	require.Eventually(t, func() bool { return server.Opening() < len(open) }, looptest.Patience, time.Millisecond)
}

func TestProxyProtocolMistakesPanic(t *testing.T) {
	require.PanicsWithValue(t, `tcpserver: Options.ProxyProtocol.Trusted: "haproxy" is neither an address like 10.0.0.1 nor a network like 10.0.0.0/8, nor unix`, func() {
		New(tellPeer, Options{Loop: looptest.New(t), ProxyProtocol: ProxyProtocol{Trusted: []string{"unix", "haproxy"}}})
	})
}
