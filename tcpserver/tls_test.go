package tcpserver

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/iostream"
	"github.com/stretchr/testify/require"
)

// serveTLS runs a server with a certificate for 127.0.0.1 until the test ends.
func serveTLS(t *testing.T, handle HandleStream) (address string, client *tls.Config) {
	t.Helper()
	judge := httptest.NewTLSServer(nil) // has a certificate
	defer judge.Close()
	roots := x509.NewCertPool()
	roots.AddCert(judge.Certificate())
	l := looptest.New(t)
	s := New(handle, Options{Loop: l, Stream: iostream.Options{TLS: &tls.Config{Certificates: judge.TLS.Certificates}}})
	bound, err := s.Listen(0, "127.0.0.1")
	require.NoError(t, err)
	looptest.Start(t, l)
	return bound.String(), &tls.Config{RootCAs: roots}
}

func TestTLS(t *testing.T) {
	address, config := serveTLS(t, echoLines)
	for range 3 {
		c, err := tls.Dial("tcp", address, config)
		require.NoError(t, err)
		defer c.Close()
		c.SetDeadline(time.Now().Add(looptest.Patience))
		require.Equal(t, "hello\n", ask(t, c, "hello\n"))
	}
}

// tcp-12: a client that does not speak TLS, or that breaks off the handshake, is disconnected. No
// error of the application is logged, and the server goes on.
func TestFailedHandshakes(t *testing.T) {
	for name, words := range map[string]string{
		"plain HTTP": "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "garbage": "\x00\x01\x02\x03\x04\x05\x06\x07", "silence": "",
	} {
		logged := captureLog(t)
		ended := make(chan error, 1)
		first := true
		address, config := serveTLS(t, func(s *iostream.IOStream, peer netip.AddrPort) error {
			if !first {
				return echoLines(s, peer)
			}
			first = false
			_, err := s.ReadUntil([]byte("\n"), 0).Await()
			ended <- err
			return err
		})
		c := dial(t, address)
		io.WriteString(c, words)
		c.(interface{ CloseWrite() error }).CloseWrite()
		io.Copy(io.Discard, c) // an alert at most
		closed := &iostream.StreamClosedError{}
		require.ErrorAs(t, <-ended, &closed, name)
		require.NotContains(t, logged.String(), "tornado.application", name)
		require.NotContains(t, logged.String(), "level=ERROR", name)

		good, err := tls.Dial("tcp", address, config)
		require.NoError(t, err, name)
		require.Equal(t, "hello\n", ask(t, good, "hello\n"), name)
		good.Close()
	}
}

// tcp-11: a mistake in the TLS config is an error when the server is made.
func TestTLSWithoutCertificate(t *testing.T) {
	l := looptest.New(t)
	with := func(c *tls.Config) func() {
		return func() { New(echoLines, Options{Loop: l, Stream: iostream.Options{TLS: c}}) }
	}
	require.Panics(t, with(&tls.Config{}))
	require.NotPanics(t, with(nil))
	require.NotPanics(t, with(&tls.Config{Certificates: []tls.Certificate{{}}}))
	require.NotPanics(t, with(&tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return nil, nil }}))
	require.NotPanics(t, with(&tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return nil, nil }}))
}
