package httpclient

import (
	"crypto/tls"
	"crypto/x509"
	"os"
)

// tlsSettings are the fields of a request that decide about TLS. Only requests with equal
// settings share connections.
type tlsSettings struct {
	skipChecks                     bool
	caCerts, clientCert, clientKey string
	options                        *tls.Config
	withoutClientCert              bool // the certificate of options is not shown
}

// tlsSettingsOf returns the settings of h, whose request is r with its defaults.
func tlsSettingsOf(r *HTTPRequest, h *hop) tlsSettings {
	if h.target.scheme != "https" {
		return tlsSettings{}
	}
	if r.SSLOptions != nil {
		return tlsSettings{options: r.SSLOptions, withoutClientCert: !h.withClientCert}
	}
	s := tlsSettings{skipChecks: !r.ValidateCert.enabled(), caCerts: r.CACerts}
	if h.withClientCert {
		s.clientCert, s.clientKey = r.ClientCert, r.ClientKey
	}
	return s
}

// config returns the configuration of a connection. It reads the files that the settings
// name. Each error is an *InvalidRequestError.
func (s tlsSettings) config() (*tls.Config, error) {
	if s.options != nil {
		c := s.options.Clone()
		if s.withoutClientCert {
			c.Certificates, c.GetClientCertificate = nil, nil
		}
		return c, nil
	}
	c := &tls.Config{InsecureSkipVerify: s.skipChecks}
	if err := s.loadRoots(c); err != nil {
		return nil, err
	}
	if s.clientCert == "" {
		if s.clientKey != "" {
			return nil, invalid("ClientKey", "set ClientCert too")
		}
		return c, nil
	}
	key := s.clientKey
	if key == "" {
		key = s.clientCert
	}
	certificate, err := tls.LoadX509KeyPair(s.clientCert, key)
	if err != nil {
		return nil, invalid("ClientCert", "%v", err)
	}
	c.Certificates = []tls.Certificate{certificate}
	return c, nil
}

// loadRoots sets the root certificates of c if the request names a file.
func (s tlsSettings) loadRoots(c *tls.Config) error {
	if s.caCerts == "" {
		return nil
	}
	pem, err := os.ReadFile(s.caCerts)
	if err != nil {
		return invalid("CACerts", "%v", err)
	}
	c.RootCAs = x509.NewCertPool()
	if !c.RootCAs.AppendCertsFromPEM(pem) {
		return invalid("CACerts", "%s contains no certificate in PEM format", s.caCerts)
	}
	return nil
}

// tlsSessions holds the TLS sessions that new connections resume, for each of the settings.
type tlsSessions map[tlsSettings]tls.ClientSessionCache

// cacheFor returns the sessions of t.
func (s *tlsSessions) cacheFor(t tlsSettings) tls.ClientSessionCache {
	if (*s)[t] == nil {
		if *s == nil {
			*s = tlsSessions{}
		}
		(*s)[t] = tls.NewLRUClientSessionCache(32)
	}
	return (*s)[t]
}
