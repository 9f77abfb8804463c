package tcpserver

import (
	"crypto/tls"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/internal/testcert"
)

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
	if err = c.Handshake(); err == nil { // with TLS 1.3 a client learns that it was refused when it reads
		_, err = c.Read(make([]byte, 1))
	} else {
		conn.Close()
	}
	return <-ended, err
}

func TestSSLOptionsToContext(t *testing.T) { // netutil-9, netutil-10, netutil-b2
	server, client := testcert.SelfSignedFile(t, "server.example"), testcert.SelfSignedFile(t, "client.example")
	for _, tt := range []struct {
		name           string
		server, client SSLOptions
		want           string // a part of the server's error; "" means that the handshake succeeds
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
	certificate := testcert.SelfSignedFile(t, "server.example")
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
