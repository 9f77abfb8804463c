package servers

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"math/big"
	"time"

	"github.com/gotornado/tornado/iostream"
)

// serverTLS returns the configuration of both TLS servers, with a certificate that clients do not
// verify.
func serverTLS() (*tls.Config, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, nil
}

// echoTornadoTLS is echoTornado on TLS streams.
func echoTornadoTLS(port int, ready func()) error {
	config, err := serverTLS()
	if err != nil {
		return err
	}
	return echoTornadoWith(iostream.Options{TLS: config}, port, ready)
}

// echoNetTLS is echoNet over the standard library's TLS.
func echoNetTLS(port int, ready func()) error {
	config, err := serverTLS()
	if err != nil {
		return err
	}
	listener, err := listen(port, ready)
	if err != nil {
		return err
	}
	return echoListener(tls.NewListener(listener, config))
}
