package httpserver

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"net/netip"
	"net/url"
	"strings"

	"github.com/gotornado/tornado/httputil"
)

// forwardedCertName is the header with the certificate that a proxy has verified. Envoy defined
// it, and other proxies can write it.
const forwardedCertName = "X-Forwarded-Client-Cert"

// trustsPeer reports whether the peer of the connection is a trusted proxy.
func (c *connection) trustsPeer() bool {
	a, err := netip.ParseAddr(c.remoteIP)
	return err == nil && c.server().downstream.Contains(a)
}

// forwardedState returns the TLS state of the client according to the header of a proxy, or
// nil if the header has no certificate.
func forwardedState(header string) *tls.ConnectionState {
	element := lastElement(header, ',')
	var certificates []*x509.Certificate
	for element != "" {
		var pair string
		pair, element = cutOutsideQuotes(element, ';')
		key, value, _ := strings.Cut(pair, "=")
		switch key = strings.TrimSpace(key); {
		case httputil.EqualFold(key, "Chain"):
			if chain := parseForwardedCerts(value); chain != nil {
				certificates = chain
			}
		case httputil.EqualFold(key, "Cert") && certificates == nil:
			certificates = parseForwardedCerts(value)
		}
	}
	if certificates == nil {
		return nil
	}
	return &tls.ConnectionState{HandshakeComplete: true, PeerCertificates: certificates}
}

// lastElement returns the part after the last separator that is not in quotes.
func lastElement(s string, separator byte) (last string) {
	for s != "" {
		last, s = cutOutsideQuotes(s, separator)
	}
	return last
}

// cutOutsideQuotes cuts s at the first separator that is not in quotes.
func cutOutsideQuotes(s string, separator byte) (before, after string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == '\\' && quoted:
			i++
		case s[i] == separator && !quoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// parseForwardedCerts parses certificates in PEM, percent-encoded and usually quoted. It
// returns nil if one is not valid.
func parseForwardedCerts(value string) (certificates []*x509.Certificate) {
	text, err := url.PathUnescape(strings.Trim(strings.TrimSpace(value), `"`))
	if err != nil {
		return nil
	}
	for rest := []byte(text); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return certificates
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil
		}
		certificates = append(certificates, certificate)
	}
}
