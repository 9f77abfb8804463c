package testcert

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// An Authority signs certificates. The zero Authority lets certificates sign themselves.
type Authority struct {
	certificate tls.Certificate
	chain       [][]byte // the certificates after one of the authority, in a chain
}

// NewAuthority returns a root authority.
func NewAuthority(t testing.TB, name string) *Authority {
	return &Authority{new(Authority).Issue(t, name, signsOthers), nil}
}

// Intermediate returns an authority whose certificate a has signed.
func (a *Authority) Intermediate(t testing.TB, name string) *Authority {
	certificate := a.Issue(t, name, signsOthers)
	return &Authority{certificate, certificate.Certificate}
}

func signsOthers(c *x509.Certificate) {
	c.IsCA, c.BasicConstraintsValid, c.KeyUsage, c.DNSNames = true, true, x509.KeyUsageCertSign, nil
}

// Issue returns a certificate for the DNS name, valid for an hour, with its chain except for the
// root. change changes it before it is signed, unless it is nil.
func (a *Authority) Issue(t testing.TB, name string, change func(c *x509.Certificate)) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	serial, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageDigitalSignature,
	}
	if change != nil {
		change(template)
	}
	parent, signer := template, any(key)
	if a.certificate.Leaf != nil {
		parent, signer = a.certificate.Leaf, a.certificate.PrivateKey
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: append([][]byte{der}, a.chain...), PrivateKey: key, Leaf: leaf}
}

// File returns the path of a PEM file with the certificate of the authority.
func (a *Authority) File(t testing.TB) (path string) {
	return writePEM(t, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Certificate[0]}))
}

// File returns the path of a PEM file with the certificate, its chain and its key.
func File(t testing.TB, c tls.Certificate) (path string) {
	t.Helper()
	var text []byte
	for _, der := range c.Certificate {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})...)
	}
	key, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return writePEM(t, append(text, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})...))
}

// writePEM returns the path of a file with text, which is removed at the end of the test.
func writePEM(t testing.TB, text []byte) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "certificate.pem")
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
