package webtest

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http/httptest"
)

// TestCertificate returns a server configuration with a certificate for example.com and
// 127.0.0.1 that only Fetch trusts. Tornado: default_ssl_options.
func TestCertificate() *tls.Config {
	server := httptest.NewUnstartedServer(nil)
	server.StartTLS()
	defer server.Close()
	return &tls.Config{Certificates: server.TLS.Certificates}
}

// rootsOf returns a pool with the certificates of config.
func rootsOf(config *tls.Config) *x509.CertPool {
	pool := x509.NewCertPool()
	for _, chain := range config.Certificates {
		for _, der := range chain.Certificate {
			if certificate, err := x509.ParseCertificate(der); err == nil {
				pool.AddCert(certificate)
			}
		}
	}
	return pool
}

// BindUnusedPort listens on a free port of 127.0.0.1 and returns the listener and the port.
// Tornado: bind_unused_port.
func BindUnusedPort() (listener net.Listener, port int, err error) {
	if listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, 0, err
	}
	return listener, listener.Addr().(*net.TCPAddr).Port, nil
}
