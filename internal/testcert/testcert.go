// Package testcert makes certificates for tests.
package testcert

import (
	"crypto/tls"
	"crypto/x509"
	"testing"
)

// SelfSigned returns a certificate for the DNS name, which is its own authority. It is valid
// for an hour.
func SelfSigned(t testing.TB, name string) tls.Certificate {
	t.Helper()
	return new(Authority).Issue(t, name, func(c *x509.Certificate) {
		c.IsCA, c.BasicConstraintsValid, c.KeyUsage = true, true, 0
	})
}

// SelfSignedFile returns the path of a PEM file with a certificate of SelfSigned and its key.
// The file is removed at the end of the test.
func SelfSignedFile(t testing.TB, name string) (path string) {
	t.Helper()
	return File(t, SelfSigned(t, name))
}
