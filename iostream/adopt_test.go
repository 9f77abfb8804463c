package iostream_test

import (
	"crypto/tls"
	"io"
	"net"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/stretchr/testify/require"
)

// The stream returns the held bytes first, then those that the peer sends. The peer
// receives the output and the end.
func TestFromConn(t *testing.T) {
	judge := httptest.NewTLSServer(nil) // has a certificate
	defer judge.Close()
	for _, tt := range []struct {
		name string
		wrap func(server, client net.Conn) (net.Conn, net.Conn)
	}{
		{"a socket", func(s, c net.Conn) (net.Conn, net.Conn) { return s, c }},
		{"TLS", func(s, c net.Conn) (net.Conn, net.Conn) {
			return tls.Server(s, &tls.Config{Certificates: judge.TLS.Certificates}), tls.Client(c, &tls.Config{InsecureSkipVerify: true})
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			defer listener.Close()
			c, err := net.Dial("tcp", listener.Addr().String())
			require.NoError(t, err)
			s, err := listener.Accept()
			require.NoError(t, err)
			server, client := tt.wrap(s, c)
			client.SetDeadline(time.Now().Add(looptest.Patience))
			heard := make(chan string)
			go func() {
				io.WriteString(client, " and new bytes\n")
				b, err := io.ReadAll(client)
				if err != nil {
					b = append(b, err.Error()...)
				}
				heard <- string(b)
			}()
			l, err := ioloop.New(ioloop.Options{Debug: true, SlowCallback: time.Minute})
			require.NoError(t, err)
			defer l.Close()
			line, err := ioloop.RunSync(l, looptest.Patience, func() (string, error) {
				stream, err := iostream.FromConn(l, server, []byte("held bytes"), nil)
				if err != nil {
					return "", err
				}
				b, err := stream.ReadUntil([]byte("\n"), 100).Await()
				if _, err := stream.Write([]byte(strings.Repeat("x", 100000))).Await(); err != nil {
					return "", err
				}
				stream.Close()
				return string(b), err
			})
			require.NoError(t, err)
			if line != "held bytes and new bytes\n" {
				t.Errorf("read %q", line)
			}
			if got := <-heard; got != strings.Repeat("x", 100000) {
				t.Errorf("the peer heard %d bytes, ending in %.60q", len(got), got[max(0, len(got)-60):])
			}
		})
	}
}
