package tcpserver

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// writeCertificate writes a certificate for name, which is its own authority, and its key to
// one PEM file, and returns the path.
func writeCertificate(t *testing.T, name string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	private, err := x509.MarshalECPrivateKey(key)
	require.NoError(t, err)
	text := append(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: private})...)
	path := filepath.Join(t.TempDir(), name+".pem")
	require.NoError(t, os.WriteFile(path, text, 0o600))
	return path
}

// handshake connects a client and a server, and returns their errors.
func handshake(t *testing.T, server, client *tls.Config) (atServer, atClient error) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	ended := make(chan error, 1)
	go func() {
		conn, err := listener.Accept()
		if err == nil {
			defer conn.Close()
			err = tls.Server(conn, server).Handshake()
		}
		ended <- err
	}()
	conn, err := net.Dial("tcp", listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	client = client.Clone()
	client.ServerName = "server.example"
	c := tls.Client(conn, client)
	if err = c.Handshake(); err == nil { // with TLS 1.3 a client learns by reading that it was refused
		_, err = c.Read(make([]byte, 1))
	} else {
		conn.Close()
	}
	return <-ended, err
}

func TestSSLOptionsToContext(t *testing.T) { // netutil-9, netutil-10, netutil-b2
	server, client := writeCertificate(t, "server.example"), writeCertificate(t, "client.example")
	for _, tt := range []struct {
		name           string
		server, client SSLOptions
		want           string // part of the error of the server; "" is a handshake that works
	}{
		{"verified", SSLOptions{CertFile: server}, SSLOptions{CACerts: server}, ""},
		{"separate key file", SSLOptions{CertFile: server, KeyFile: server}, SSLOptions{CACerts: server}, ""},
		{"unknown authority", SSLOptions{CertFile: server}, SSLOptions{}, "bad certificate"},
		{"another authority", SSLOptions{CertFile: server}, SSLOptions{CACerts: client}, "bad certificate"},
		{"another name", SSLOptions{CertFile: client}, SSLOptions{CACerts: client}, "bad certificate"},
		{"insecure by name", SSLOptions{CertFile: server}, SSLOptions{CertReqs: CertNone}, ""},
		{"required", SSLOptions{CertFile: server, CACerts: client, CertReqs: CertRequired}, SSLOptions{CACerts: server, CertFile: client}, ""},
		{"required and missing", SSLOptions{CertFile: server, CACerts: client, CertReqs: CertRequired}, SSLOptions{CACerts: server}, "didn't provide a certificate"},
		{"required and wrong", SSLOptions{CertFile: server, CACerts: client, CertReqs: CertRequired}, SSLOptions{CACerts: server, CertFile: server}, "didn't provide a certificate"},
		{"optional and missing", SSLOptions{CertFile: server, CACerts: client, CertReqs: CertOptional}, SSLOptions{CACerts: server}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, err := SSLOptionsToContext(tt.server, true)
			require.NoError(t, err)
			c, err := SSLOptionsToContext(tt.client, false)
			require.NoError(t, err)
			require.EqualValues(t, tls.VersionTLS12, min(s.MinVersion, c.MinVersion))
			got, _ := handshake(t, s, c)
			if tt.want == "" {
				require.NoError(t, got)
			} else {
				require.ErrorContains(t, got, tt.want)
			}
		})
	}
}

func TestSSLOptionsThatCannotBeUsed(t *testing.T) { // netutil-9
	certificate := writeCertificate(t, "server.example")
	empty := filepath.Join(t.TempDir(), "empty.pem")
	require.NoError(t, os.WriteFile(empty, nil, 0o600))
	for _, tt := range []struct {
		name    string
		options SSLOptions
		server  bool
		want    string
	}{
		{"server without a certificate", SSLOptions{}, true, "set CertFile"},
		{"missing file", SSLOptions{CertFile: "missing.pem"}, true, `certificate "missing.pem"`},
		{"missing roots", SSLOptions{CACerts: "missing.pem"}, false, "missing.pem"},
		{"empty roots", SSLOptions{CACerts: empty}, false, "no certificates in PEM format"},
		{"cipher", SSLOptions{CertFile: certificate, Ciphers: []string{"TLS_RSA_WITH_RC4_128_SHA"}}, true, "no secure cipher suite"},
	} {
		_, err := SSLOptionsToContext(tt.options, tt.server)
		require.ErrorContains(t, err, tt.want, tt.name)
	}
	config, err := SSLOptionsToContext(SSLOptions{CertFile: certificate, Ciphers: []string{"TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"}}, true)
	require.NoError(t, err)
	require.True(t, strings.Contains(tls.CipherSuiteName(config.CipherSuites[0]), "AES_128_GCM"))
}
