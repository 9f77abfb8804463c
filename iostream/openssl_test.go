package iostream

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/internal/peers"
	"github.com/gotornado/tornado/ioloop"
	"github.com/stretchr/testify/require"
)

// openssl runs an openssl command until the end of the test. in is the command's input.
func openssl(t *testing.T, args ...string) (in io.WriteCloser, out *lockedBuffer) {
	t.Helper()
	cmd := peers.Command(peers.Program(t, "openssl"), args...)
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out = &lockedBuffer{}
	cmd.Stdout, cmd.Stderr = out, out
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return in, out
}

// eventually waits until the output contains text the given number of times.
func eventually(t *testing.T, s *IOStream, out *lockedBuffer, text string, times int) {
	t.Helper()
	for range 6000 {
		if strings.Count(out.String(), text) >= times {
			return
		}
		ioloop.Sleep(s.Loop(), 10*time.Millisecond).Await()
	}
	t.Fatalf("no %q in %s", text, out)
}

// OpenSSL is the client, with TLS 1.2 and 1.3. Both sides ask for key updates, and both end the
// connection.
func TestOpenSSLClient(t *testing.T) {
	for _, version := range []string{"-tls1_2", "-tls1_3"} {
		looptest.RunNew(t, func(l *ioloop.IOLoop) {
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			defer ln.Close()
			in, out := openssl(t, "s_client", "-connect", ln.Addr().String(), version, "-alpn", "line")
			conn, err := ln.Accept()
			require.NoError(t, err)
			fd, err := dupConn(conn.(*net.TCPConn))
			require.NoError(t, err)
			conn.Close()
			config := certificates().server.Clone()
			config.NextProtos = []string{"line"}
			s, err := New(l, fd, &Options{TLS: config})
			require.NoError(t, err)
			line := func(text string) {
				io.WriteString(in, text+"\n")
				require.Equal(t, text+"\n", await(t, s.ReadUntil([]byte("\n"), 0)))
			}
			line("hello")
			require.Equal(t, "line", s.ConnectionState().NegotiatedProtocol)
			s.Send([]byte("answer one\n"))
			eventually(t, s, out, "answer one", 1)
			if version == "-tls1_3" {
				for i, update := range []string{"k\n", "K\n"} { // the command "k" updates the client's key, "K" the keys of both sides
					io.WriteString(in, update)
					eventually(t, s, out, "KEYUPDATE", i+1)
					line("after " + update[:1])
					s.Send([]byte("answer two " + update))
					eventually(t, s, out, "answer two "+update, 1)
				}
			}
			in.Close()
			require.Equal(t, "", await(t, s.ReadUntilClose()))
			require.NoError(t, s.Err())
		})
	}
}

// OpenSSL as the server.
func TestOpenSSLServer(t *testing.T) {
	looptest.RunNew(t, func(l *ioloop.IOLoop) {
		dir, ca := t.TempDir(), certificates()
		key, err := x509.MarshalPKCS8PrivateKey(ca.server.Certificates[0].PrivateKey)
		require.NoError(t, err)
		var b bytes.Buffer
		pem.Encode(&b, &pem.Block{Type: "PRIVATE KEY", Bytes: key})
		pem.Encode(&b, &pem.Block{Type: "CERTIFICATE", Bytes: ca.server.Certificates[0].Certificate[0]})
		file := filepath.Join(dir, "server.pem")
		require.NoError(t, os.WriteFile(file, b.Bytes(), 0o600))
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		address := ln.Addr().String()
		ln.Close()
		in, out := openssl(t, "s_server", "-accept", address, "-cert", file, "-key", file)
		s := NewUnconnected(l, &Options{TLS: ca.client})
		eventually(t, s, out, "ACCEPT", 1)
		s.Connect("tcp", address)
		s.Send([]byte("hello\n"))
		eventually(t, s, out, "hello", 1)
		require.Equal(t, uint16(tls.VersionTLS13), s.ConnectionState().Version)
		for _, update := range []string{"k\n", "K\n"} {
			before := l.Stats().Events
			io.WriteString(in, update)
			for l.Stats().Events == before { // openssl reads one command at a time
				pause(s)
			}
			io.WriteString(in, "from openssl\n")
			require.Equal(t, "from openssl\n", await(t, s.ReadUntil([]byte("\n"), 0)))
			s.Send([]byte("after " + update))
			eventually(t, s, out, "after "+update, 1)
		}
		in.Close()
		s.Close()
	})
}
