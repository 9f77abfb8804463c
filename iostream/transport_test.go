package iostream

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/stretchr/testify/require"
)

// each runs fn once for each transport, as pair does for one.
func each(t *testing.T, o *Options, fn func(t *testing.T, s *IOStream, peer net.Conn)) {
	t.Helper()
	for _, transport := range []string{"tcp", "unix", "tls server", "tls client", "tls 1.2 server", "tls 1.2 client"} {
		t.Run(transport, func(t *testing.T) {
			over(t, transport, o, func(s *IOStream, peer net.Conn) { fn(t, s, peer) })
		})
	}
}

// pair runs fn in a coroutine with a stream and the other end of its TCP connection.
func pair(t *testing.T, o *Options, fn func(s *IOStream, peer net.Conn)) {
	t.Helper()
	over(t, "tcp", o, fn)
}

func over(t *testing.T, transport string, o *Options, fn func(s *IOStream, peer net.Conn)) {
	t.Helper()
	looptest.RunNew(t, func(l *ioloop.IOLoop) {
		network := "tcp"
		if transport == "unix" {
			network = "unix"
		}
		fd, peer := connect(t, network)
		defer peer.Close()
		if o == nil {
			o = &Options{}
		}
		options := *o
		serverTLS, clientTLS := certificates().server.Clone(), certificates().client.Clone()
		if len(transport) > 7 && transport[:7] == "tls 1.2" {
			serverTLS.MaxVersion = tls.VersionTLS12
		}
		switch transport {
		case "tls server", "tls 1.2 server":
			options.TLS = serverTLS
			peer = tls.Client(peer, clientTLS)
		case "tls client", "tls 1.2 client":
			peer = tls.Server(peer, serverTLS)
		}
		s, err := New(l, fd, &options)
		require.NoError(t, err)
		defer s.Close()
		if p, ok := peer.(*tls.Conn); ok {
			shaken := ioloop.RunInExecutor(l, func() (int, error) { return 0, p.Handshake() })
			if options.TLS == nil {
				_, err := s.StartTLS(false, clientTLS).Await()
				require.NoError(t, err)
			} else {
				_, err := s.WaitForHandshake().Await()
				require.NoError(t, err)
			}
			_, err := shaken.Await()
			require.NoError(t, err)
			pause(s) // the session tickets, too
		}
		fn(s, peer)
	})
}

// connect returns both ends of a connection.
func connect(t testing.TB, network string) (fd int, peer net.Conn) {
	t.Helper()
	address := "127.0.0.1:0"
	if network == "unix" {
		address = filepath.Join(t.TempDir(), "socket")
	}
	ln, err := net.Listen(network, address)
	require.NoError(t, err)
	defer ln.Close()
	peer, err = net.Dial(network, ln.Addr().String())
	require.NoError(t, err)
	conn, err := ln.Accept()
	require.NoError(t, err)
	defer conn.Close()
	fd, err = dupConn(conn.(syscall.Conn))
	require.NoError(t, err)
	return fd, peer
}

// A testCA has the configs of both ends of a TLS connection.
type testCA struct {
	key    *ecdsa.PrivateKey
	root   *x509.Certificate
	pool   *x509.CertPool
	server *tls.Config // for localhost and 127.0.0.1
	client *tls.Config // expects localhost
}

var certificates = sync.OnceValue(func() *testCA {
	ca := &testCA{pool: x509.NewCertPool()}
	_, ca.root, ca.key = ca.issue("test root")
	ca.pool.AddCert(ca.root)
	cert, _, _ := ca.issue("localhost")
	ca.server = &tls.Config{Certificates: []tls.Certificate{cert}}
	ca.client = &tls.Config{RootCAs: ca.pool, ServerName: "localhost"}
	return ca
})

// issue returns a certificate for name. The first certificate signs the later ones.
func (ca *testCA) issue(name string) (tls.Certificate, *x509.Certificate, *ecdsa.PrivateKey) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{name}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: ca.root == nil, BasicConstraintsValid: true,
	}
	parent, signer := ca.root, ca.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	must(err)
	cert, err := x509.ParseCertificate(der)
	must(err)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, cert, key
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

// off runs fn, which blocks, on another goroutine and waits for it.
func off[T any](s *IOStream, fn func() (T, error)) (T, error) {
	return ioloop.RunInExecutor(s.Loop(), fn).Await()
}
