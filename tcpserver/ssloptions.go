package tcpserver

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"
)

// SSLOptions are the TLS settings of Tornado's dict ssl_options. A *tls.Config does the same
// and more; SSLOptions help to port a configuration. The zero value is a client that verifies
// servers with the roots of the system.
type SSLOptions struct {
	CertFile string   // PEM file with the certificate and its chain; a server needs it. Tornado: certfile
	KeyFile  string   // PEM file with the private key; "" means CertFile. Tornado: keyfile
	CACerts  string   // PEM file with the roots that verify the peer; "" means those of the system. Tornado: ca_certs
	CertReqs CertReqs // whether the peer must have a certificate. Tornado: cert_reqs
	Ciphers  []string // names of cipher suites, as crypto/tls has them; nil means its defaults. Tornado: ciphers
}

// CertReqs says whether the peer must have a certificate.
type CertReqs int

const (
	CertDefault  CertReqs = iota // a client verifies the server; a server asks for no certificate
	CertNone                     // nothing is verified; this is insecure for a client, which then accepts any server
	CertOptional                 // a server verifies the certificate of a client that has one; a client verifies the server
	CertRequired                 // the peer is verified, and refused if it has no certificate
)

// SSLOptionsToContext returns the TLS configuration for o: TLS 1.2 or later, for a server or
// for a client. A client verifies certificate and name, unless CertReqs says CertNone. The
// error names the file or the cipher suite that cannot be used. Tornado:
// netutil.ssl_options_to_context.
func SSLOptionsToContext(o SSLOptions, serverSide bool) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.CertFile != "" {
		pair, err := tls.LoadX509KeyPair(o.CertFile, cmp.Or(o.KeyFile, o.CertFile))
		if err != nil {
			return nil, fmt.Errorf("tcpserver: certificate %q: %w", o.CertFile, err)
		}
		config.Certificates = []tls.Certificate{pair}
	} else if serverSide {
		return nil, fmt.Errorf("tcpserver: a TLS server needs a certificate: set CertFile")
	}
	var err error
	if config.CipherSuites, err = cipherSuites(o.Ciphers); err != nil {
		return nil, err
	}
	var roots *x509.CertPool
	if o.CACerts != "" {
		if roots, err = loadRoots(o.CACerts); err != nil {
			return nil, err
		}
	}
	if serverSide {
		config.ClientCAs = roots
		config.ClientAuth = map[CertReqs]tls.ClientAuthType{CertOptional: tls.VerifyClientCertIfGiven, CertRequired: tls.RequireAndVerifyClientCert}[o.CertReqs]
	} else {
		config.RootCAs = roots
		config.InsecureSkipVerify = o.CertReqs == CertNone
	}
	return config, nil
}

// loadRoots returns the certificates of a PEM file.
func loadRoots(path string) (*x509.CertPool, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("tcpserver: roots: %w", err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("tcpserver: %q has no certificates in PEM format", path)
	}
	return roots, nil
}

// cipherSuites returns the numbers of cipher suites.
func cipherSuites(names []string) (found []uint16, err error) {
	for _, name := range names {
		id := uint16(0)
		for _, suite := range tls.CipherSuites() {
			if suite.Name == name {
				id = suite.ID
			}
		}
		if id == 0 {
			return nil, fmt.Errorf("tcpserver: no secure cipher suite is called %q: use a name of crypto/tls.CipherSuites", name)
		}
		found = append(found, id)
	}
	return found, nil
}
