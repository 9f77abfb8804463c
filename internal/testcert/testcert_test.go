package testcert

import (
	"crypto/tls"
	"crypto/x509"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestACertificateVerifiesItself(t *testing.T) {
	pair, err := tls.LoadX509KeyPair(SelfSignedFile(t, "a.example"), SelfSignedFile(t, "a.example"))
	require.Error(t, err, "the key of another certificate: %v", pair)
	file := SelfSignedFile(t, "a.example")
	_, err = tls.LoadX509KeyPair(file, file)
	require.NoError(t, err)

	leaf := SelfSigned(t, "a.example").Leaf
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	_, err = leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: "a.example"})
	require.NoError(t, err)
	_, err = leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: "b.example"})
	require.Error(t, err)
}

func TestAnAuthorityIssuesChains(t *testing.T) {
	root := NewAuthority(t, "root")
	intermediate := root.Intermediate(t, "intermediate")
	issued := intermediate.Issue(t, "a.example", nil)
	require.Len(t, issued.Certificate, 2, "the leaf and the intermediate")

	roots, between := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(root.certificate.Leaf)
	_, err := issued.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: "a.example"})
	require.Error(t, err, "without the intermediate")
	between.AddCert(intermediate.certificate.Leaf)
	_, err = issued.Leaf.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, DNSName: "a.example"})
	require.NoError(t, err)
	require.Len(t, root.Issue(t, "b.example", nil).Certificate, 1, "chains do not contain the root")
}
