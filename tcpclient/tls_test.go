package tcpclient

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/stretchr/testify/require"
)

// listenTLS starts an echo server with a certificate for example.com and 127.0.0.1. roots
// verifies the certificate.
func listenTLS(t *testing.T) (port int, roots *x509.CertPool) {
	t.Helper()
	judge := httptest.NewTLSServer(nil) // provides a certificate
	defer judge.Close()
	roots = x509.NewCertPool()
	roots.AddCert(judge.Certificate())
	ln, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: judge.TLS.Certificates})
	require.NoError(t, err)
	t.Cleanup(func() { ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() { io.Copy(c, c); c.Close() }()
		}
	}()
	return ln.Addr().(*net.TCPAddr).Port, roots
}

func TestTLS(t *testing.T) { // netutil-11
	port, roots := listenTLS(t)
	here := OverrideResolver{Mapping: map[Target]HostPort{
		{Host: "example.com"}: {Host: "127.0.0.1"}, {Host: "evil.example"}: {Host: "127.0.0.1"},
	}}
	for _, tt := range []struct {
		host   string
		config *tls.Config
		want   any // a pointer to the expected type of the error; nil means no error
	}{
		{"127.0.0.1", &tls.Config{RootCAs: roots}, nil},
		{"example.com", &tls.Config{RootCAs: roots}, nil},
		{"evil.example", &tls.Config{RootCAs: roots}, new(x509.HostnameError)},
		{"evil.example", &tls.Config{RootCAs: roots, ServerName: "example.com"}, nil},
		{"evil.example", &tls.Config{InsecureSkipVerify: true}, nil},
		{"example.com", &tls.Config{RootCAs: x509.NewCertPool()}, new(x509.UnknownAuthorityError)},
	} {
		name := tt.config.ServerName
		err := connect(t, TCPClient{Resolver: here}, tt.host, port, Options{
			Timeout: time.Minute, Stream: iostream.Options{TLS: tt.config},
		}, func(s *iostream.IOStream) error {
			require.NotNil(t, s.ConnectionState(), "the handshake is done")
			return echo(s)
		})
		if tt.want == nil {
			require.NoError(t, err, tt.host)
		} else {
			require.ErrorAs(t, err, tt.want, tt.host)
		}
		require.Equal(t, name, tt.config.ServerName, "the caller's config is left alone")
	}
}

// tcp-15, tcp-16: the timeout includes the TLS handshake. When it has passed, the connection is
// closed.
func TestTimeoutOfTheHandshake(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer ln.Close()
	left := make(chan error, 1)
	go func() {
		c, err := ln.Accept()
		if err == nil {
			_, err = io.Copy(io.Discard, c) // reads without writing
			c.Close()
		}
		left <- err
	}()
	err = connect(t, TCPClient{}, "127.0.0.1", ln.Addr().(*net.TCPAddr).Port, Options{
		Timeout: 50 * time.Millisecond, Stream: iostream.Options{TLS: &tls.Config{InsecureSkipVerify: true}},
	}, nil)
	require.ErrorIs(t, err, ioloop.ErrTimeout)
	require.NoError(t, <-left)
}
