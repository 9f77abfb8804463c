package iostream_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math/big"
	"net"
	"slices"
	"time"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"golang.org/x/sys/unix"
)

// echo sends each line back.
func echo(s *iostream.IOStream) {
	for {
		line, err := s.ReadUntil([]byte("\n"), 1024).Await()
		if err != nil {
			return // the peer has closed the connection, or sent a line that is too long
		}
		if _, err := s.Write(line).Await(); err != nil {
			return
		}
	}
}

// A server and its client run on one loop, and both simply wait. The two ends are a pair of
// sockets; package tcpserver accepts real connections.
func Example_echo() {
	loop, err := ioloop.New(ioloop.Options{})
	if err != nil {
		panic(err)
	}
	defer loop.Close()
	server, client := socketPair()
	loop.AddCallback(func() {
		s, err := iostream.New(loop, server, nil)
		if err != nil {
			panic(err)
		}
		echo(s)
	})
	ioloop.RunSync(loop, time.Minute, func() (bool, error) {
		s, err := iostream.New(loop, client, nil)
		if err != nil {
			return false, err
		}
		defer s.Close()
		for _, line := range []string{"hello\n", "goodbye\n"} {
			s.Write([]byte(line))
			answer, err := s.ReadUntil([]byte("\n"), 1024).Await()
			if err != nil {
				return false, err
			}
			fmt.Print("echoed: ", string(answer))
		}
		return true, nil
	})
	// Output:
	// echoed: hello
	// echoed: goodbye
}

// A room sends each line to all the other members. It needs no lock, because it belongs to
// one loop.
type room struct{ members []*iostream.IOStream }

func (r *room) join(s *iostream.IOStream) {
	r.members = append(r.members, s)
	s.SetCloseCallback(func() {
		r.members = slices.DeleteFunc(r.members, func(m *iostream.IOStream) bool { return m == s })
	})
	s.Write([]byte("welcome\n"))
	for {
		line, err := s.ReadUntil([]byte("\n"), 1024).Await()
		if err != nil {
			return
		}
		for _, m := range r.members {
			if m != s {
				m.Write(line)
			}
		}
	}
}

// A chat over TLS. The streams do the handshake, and have the same methods as plain
// streams.
func Example_chatOverTLS() {
	loop, err := ioloop.New(ioloop.Options{})
	if err != nil {
		panic(err)
	}
	defer loop.Close()
	serverTLS, clientTLS := configs()
	chat := &room{}
	enter := func() (*iostream.IOStream, error) {
		server, client := socketPair()
		s, err := iostream.New(loop, server, &iostream.Options{TLS: serverTLS})
		if err != nil {
			return nil, err
		}
		loop.AddCallback(func() { chat.join(s) })
		c, err := iostream.New(loop, client, nil)
		if err != nil {
			return nil, err
		}
		if _, err := c.StartTLS(false, clientTLS).Await(); err != nil {
			return nil, err
		}
		_, err = c.ReadUntil([]byte("\n"), 0).Await() // the welcome
		return c, err
	}
	_, err = ioloop.RunSync(loop, time.Minute, func() (bool, error) {
		ann, err := enter()
		if err != nil {
			return false, err
		}
		bob, err := enter()
		if err != nil {
			return false, err
		}
		ann.Write([]byte("hello, I am Ann\n"))
		line, err := bob.ReadUntil([]byte("\n"), 0).Await()
		fmt.Print("Bob reads: ", string(line))
		bob.Write([]byte("and I am Bob\n"))
		line, err = ann.ReadUntil([]byte("\n"), 0).Await()
		fmt.Print("Ann reads: ", string(line))
		return true, err
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output:
	// Bob reads: hello, I am Ann
	// Ann reads: and I am Bob
}

func socketPair() (server, client int) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		panic(err)
	}
	for _, fd := range fds {
		unix.CloseOnExec(fd)
		unix.SetNonblock(fd, true)
	}
	return fds[0], fds[1]
}

// configs returns a self-signed certificate for the server and a client's config that
// trusts it.
func configs() (server, client *tls.Config) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"chat.test"}, IPAddresses: []net.IP{net.IPv6loopback},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(cert)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}},
		&tls.Config{RootCAs: roots, ServerName: "chat.test"}
}
