package iostream

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/stretchr/testify/require"
)

// served runs fn with a server's TLS stream and the plain connection to it.
func served(t *testing.T, o Options, fn func(s *IOStream, peer net.Conn)) {
	t.Helper()
	if o.TLS == nil {
		o.TLS = certificates().server
	}
	pair(t, &o, fn)
}

// shake runs the handshakes of both ends and returns the client.
func shake(t *testing.T, s *IOStream, peer net.Conn, config *tls.Config) *tls.Conn {
	t.Helper()
	c := tls.Client(peer, config)
	client := ioloop.RunInExecutor(s.Loop(), func() (int, error) { return 0, c.Handshake() })
	_, err := s.WaitForHandshake().Await()
	require.NoError(t, err)
	_, err = client.Await()
	require.NoError(t, err)
	return c
}

// iostream-39.
func TestWaitForHandshake(t *testing.T) {
	served(t, Options{}, func(s *IOStream, peer net.Conn) {
		first := s.WaitForHandshake()
		_, err := s.WaitForHandshake().Await()
		require.ErrorIs(t, err, ErrAlreadyWaiting)
		require.False(t, first.Done())
		c := tls.Client(peer, certificates().client)
		go c.Handshake()
		got, err := first.Await()
		require.NoError(t, err)
		require.Same(t, s, got)
		require.True(t, s.WaitForHandshake().Done())
		s.Close()
		_, err = s.WaitForHandshake().Await()
		var closed *StreamClosedError
		require.ErrorAs(t, err, &closed)
	})
	pair(t, nil, func(s *IOStream, peer net.Conn) {
		_, err := s.WaitForHandshake().Await()
		require.ErrorIs(t, err, errNotTLS)
	})
}

// Reads and writes may be started before the handshake has ended.
func TestReadAndWriteBeforeTheHandshake(t *testing.T) {
	served(t, Options{}, func(s *IOStream, peer net.Conn) {
		f := s.ReadBytes(5, false)
		sent := s.Write([]byte("welcome"))
		s.CloseWrite()
		c := tls.Client(peer, certificates().client)
		got, err := off(s, func() ([]byte, error) {
			io.WriteString(c, "hello")
			return io.ReadAll(c)
		})
		require.NoError(t, err)
		require.Equal(t, "welcome", string(got))
		require.Equal(t, "hello", await(t, f))
		require.True(t, sent.Done())
	})
}

// iostream-35.
func TestStartTLSOnAStreamThatIsNotIdle(t *testing.T) {
	for name, disturb := range map[string]func(s *IOStream, peer net.Conn){
		"reading":     func(s *IOStream, _ net.Conn) { s.ReadBytes(1, false) },
		"writing":     func(s *IOStream, _ net.Conn) { s.Send([]byte("x")) },
		"bytes held":  func(s *IOStream, peer net.Conn) { io.WriteString(peer, "x"); pause(s) },
		"TLS already": func(s *IOStream, _ net.Conn) { s.StartTLS(true, certificates().server) },
		"half-closed": func(s *IOStream, _ net.Conn) { s.CloseWrite() },
	} {
		pair(t, nil, func(s *IOStream, peer net.Conn) {
			disturb(s, peer)
			_, err := s.StartTLS(true, certificates().server).Await()
			require.ErrorIs(t, err, ErrNotIdle, name)
			require.False(t, s.Closed(), name)
		})
	}
	looptest.RunNew(t, func(l *ioloop.IOLoop) {
		s := NewUnconnected(l, nil)
		_, err := s.StartTLS(false, certificates().client).Await()
		require.ErrorIs(t, err, ErrNotIdle, "connecting")
		s.Close()
		_, err = s.StartTLS(false, certificates().client).Await()
		var closed *StreamClosedError
		require.ErrorAs(t, err, &closed)
	})
}

// iostream-35, iostream-36: StartTLS works in the middle of a conversation, started by either
// side. The close callback and the limits stay.
func TestStartTLS(t *testing.T) {
	for _, server := range []bool{true, false} {
		pair(t, &Options{MaxWriteBufferSize: 1000}, func(s *IOStream, peer net.Conn) {
			closed := false
			s.SetCloseCallback(func() { closed = true })
			io.WriteString(peer, "STARTTLS\n")
			require.Equal(t, "STARTTLS\n", await(t, s.ReadUntil([]byte("\n"), 0)))
			_, err := s.Write([]byte("go ahead\n")).Await()
			require.NoError(t, err)
			line := make([]byte, 9)
			_, err = io.ReadFull(peer, line)
			require.NoError(t, err)
			mine, theirs := certificates().client, tls.Server(peer, certificates().server)
			if server {
				mine, theirs = certificates().server, tls.Client(peer, certificates().client)
			}
			f := s.StartTLS(server, mine)
			go io.WriteString(theirs, "secret\n")
			got, err := f.Await()
			require.NoError(t, err)
			require.Same(t, s, got)
			require.Equal(t, "secret\n", await(t, s.ReadUntil([]byte("\n"), 0)))
			_, err = s.Write(make([]byte, 1001)).Await()
			require.ErrorIs(t, err, ErrStreamBufferFull)
			theirs.Close()
			pause(s)
			require.True(t, closed)
		})
	}
}

// Plain bytes after the request for TLS are not read as if TLS had protected them.
func TestPlainBytesBeforeTheHandshake(t *testing.T) {
	pair(t, nil, func(s *IOStream, peer net.Conn) {
		c := &upgrading{s: s}
		s.SetConsumer(c)
		io.WriteString(peer, "STARTTLS\ninjected\n")
		pause(s)
		require.ErrorIs(t, s.Err(), errEarlyBytes)
		require.Equal(t, []string{"STARTTLS\n"}, c.got)
	})
}

type upgrading struct {
	script
	s   *IOStream
	got []string
}

func (c *upgrading) Consume(data []byte) int {
	line, _, _ := strings.Cut(string(data), "\n")
	c.got = append(c.got, line+"\n")
	c.s.StartTLS(true, certificates().server)
	return len(line) + 1
}

// iostream-37, iostream-38: if the client refuses the certificate, both ends report the reason.
func TestHandshakeFails(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(client *tls.Config)
		client any // the expected error of the stream, which is the client
		server string
	}{
		{"host name", func(c *tls.Config) { c.ServerName = "example.org" }, new(x509.HostnameError), "bad certificate"},
		{"unknown root", func(c *tls.Config) { c.RootCAs = x509.NewCertPool() }, new(x509.UnknownAuthorityError), "certificate"},
		{"no common version", func(c *tls.Config) { c.MaxVersion = tls.VersionTLS11; c.MinVersion = tls.VersionTLS10 }, new(tls.AlertError), "unsupported versions"},
	} {
		looptest.RunNew(t, func(l *ioloop.IOLoop) {
			client, log := certificates().client.Clone(), captureLog(t)
			tt.change(client)
			errs := make(chan error, 1)
			address := listen(t, "tcp", certificates().server, func(c net.Conn) {
				errs <- c.(*tls.Conn).Handshake()
			})
			s, err := Connect(l, "tcp", address, &Options{TLS: client}).Await()
			require.Nil(t, s)
			var closed *StreamClosedError
			require.ErrorAs(t, err, &closed, tt.name)
			if _, isAlert := tt.client.(*tls.AlertError); !isAlert {
				require.ErrorAs(t, err, tt.client, tt.name)
			}
			require.Contains(t, log(), "SSL Error on ", tt.name)
			require.Error(t, <-errs, tt.name)
		})
		served(t, Options{}, func(s *IOStream, peer net.Conn) {
			client, log := certificates().client.Clone(), captureLog(t)
			tt.change(client)
			f := s.WaitForHandshake()
			_, err := off(s, func() (int, error) { return 0, tls.Client(peer, client).Handshake() })
			require.Error(t, err, tt.name)
			_, err = f.Await()
			var closed *StreamClosedError
			require.ErrorAs(t, err, &closed, tt.name)
			require.ErrorContains(t, err, tt.server, tt.name)
			require.Contains(t, log(), "SSL Error on ", tt.name)
			require.Contains(t, log(), "127.0.0.1", tt.name)
			require.Equal(t, "(not connected)", s.peerName())
		})
	}
}

// iostream-38: the check of the certificate can be disabled. The server's name is taken from the
// address.
func TestServerName(t *testing.T) {
	for _, tt := range []struct {
		config *tls.Config
		want   string
		ok     bool
	}{
		{&tls.Config{RootCAs: certificates().pool}, "", true}, // an IP address is compared with the certificate, but not sent as the server's name
		{&tls.Config{RootCAs: certificates().pool, ServerName: "localhost"}, "localhost", true},
		{&tls.Config{RootCAs: certificates().pool, ServerName: "example.org"}, "example.org", false},
		{&tls.Config{InsecureSkipVerify: true, ServerName: "example.org"}, "example.org", true},
	} {
		looptest.RunNew(t, func(l *ioloop.IOLoop) {
			captureLog(t)
			names := make(chan string, 1)
			server := certificates().server.Clone()
			server.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
				names <- hello.ServerName
				return nil, nil
			}
			address := listen(t, "tcp", server, echoBack)
			s, err := Connect(l, "tcp", address, &Options{TLS: tt.config}).Await()
			require.Equal(t, tt.ok, err == nil, "%q: %v", tt.want, err)
			require.Equal(t, tt.want, <-names)
			if err == nil {
				s.Close()
			}
		})
	}
}

// tcp-12: a server closes the connection of a client that does not speak TLS. It logs a warning
// and nothing else.
func TestPlainRequestToATLSPort(t *testing.T) {
	served(t, Options{}, func(s *IOStream, peer net.Conn) {
		log := captureLog(t)
		io.WriteString(peer, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
		_, err := off(s, func() ([]byte, error) { return io.ReadAll(peer) })
		require.NoError(t, err)
		require.True(t, s.Closed())
		var header tls.RecordHeaderError
		require.ErrorAs(t, s.Err(), &header)
		require.Equal(t, 1, strings.Count(log(), "level="))
		require.Contains(t, log(), "level=WARN msg=\"SSL Error on ")
	})
}

// iostream-33: a peer that disconnects during the handshake is not logged.
func TestPeerGoesDuringTheHandshake(t *testing.T) {
	for _, hello := range []string{"", "\x16\x03\x01\x00"} {
		served(t, Options{}, func(s *IOStream, peer net.Conn) {
			log := captureLog(t)
			f := s.WaitForHandshake()
			io.WriteString(peer, hello)
			pause(s)
			peer.Close()
			_, err := f.Await()
			var closed *StreamClosedError
			require.ErrorAs(t, err, &closed)
			require.Empty(t, log())
		})
	}
}

// A handshake has a timeout. It applies to a peer that is silent, and to one that stops in the
// middle. A silent peer needs no coroutine.
func TestHandshakeTimeout(t *testing.T) {
	for hello, coroutines := range map[string]int{"": 1, "\x16\x03\x01\x02\x00\x01": 2} {
		served(t, Options{HandshakeTimeout: time.Second}, func(s *IOStream, peer net.Conn) {
			captureLog(t)
			io.WriteString(peer, hello)
			f := s.WaitForHandshake()
			pause(s)
			require.Equal(t, coroutines, s.Loop().Stats().CoroutinesParked+1)
			_, err := f.Await()
			require.ErrorIs(t, err, errHandshakeTimeout)
			pause(s)
			require.Zero(t, s.Loop().Stats().CoroutinesParked)
			require.Equal(t, 1, s.Loop().Stats().Timeouts, "that of RunSync")
			require.Zero(t, s.Loop().Stats().CoarseTimeouts)
		})
	}
	served(t, Options{HandshakeTimeout: looptest.Patience}, func(s *IOStream, peer net.Conn) {
		shake(t, s, peer, certificates().client)
		require.False(t, s.tls.isOpening())
	})
	served(t, Options{HandshakeTimeout: -1}, func(s *IOStream, peer net.Conn) {
		require.Equal(t, 1, s.Loop().Stats().Timeouts, "that of RunSync")
		require.Zero(t, s.Loop().Stats().CoarseTimeouts)
	})
}

// Closing the stream ends a handshake.
func TestCloseDuringTheHandshake(t *testing.T) {
	served(t, Options{}, func(s *IOStream, peer net.Conn) {
		f, read := s.WaitForHandshake(), s.ReadBytes(1, false)
		io.WriteString(peer, "\x16\x03\x01")
		pause(s)
		s.Close()
		for _, err := range []error{errOf(f.Await()), errOf(read.Await())} {
			var closed *StreamClosedError
			require.ErrorAs(t, err, &closed)
		}
		pause(s)
		require.Zero(t, s.Loop().Stats().CoroutinesParked)
	})
}

func errOf[T any](_ T, err error) error { return err }

// The callbacks of a tls.Config run in a coroutine and may wait. Meanwhile, input or a disconnect
// of the peer does not make the loop spin.
func TestConfigCallbackMayWait(t *testing.T) {
	looptest.RunNew(t, func(l *ioloop.IOLoop) {
		server := certificates().server.Clone()
		fd, peer := connect(t, "tcp")
		defer peer.Close()
		server.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			peer.Write([]byte{20, 3, 3, 0, 1, 1}) // a record without meaning
			before := l.Stats().Events
			ioloop.Sleep(l, 30*time.Millisecond).Await()
			require.LessOrEqual(t, l.Stats().Events-before, uint64(2))
			return &certificates().server.Certificates[0], nil
		}
		server.Certificates = nil
		s, err := New(l, fd, &Options{TLS: server})
		require.NoError(t, err)
		defer s.Close()
		c := tls.Client(peer, certificates().client)
		go func() {
			c.Handshake()
			io.WriteString(c, "hello")
		}()
		require.Equal(t, "hello", await(t, s.ReadBytes(5, false)))
	})
}

// A panic of a callback closes its connection.
func TestConfigCallbackPanics(t *testing.T) {
	server := &tls.Config{GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { panic("boom") }}
	served(t, Options{TLS: server}, func(s *IOStream, peer net.Conn) {
		log := captureLog(t)
		_, err := off(s, func() (int, error) { return 0, tls.Client(peer, certificates().client).Handshake() })
		require.Error(t, err)
		require.ErrorContains(t, s.Err(), "boom")
		require.Contains(t, log(), "Uncaught exception, closing connection")
	})
}

// iostream-40: many reads can be completed from one record, without a read from the socket. The
// same is true for bytes in the last packet of the handshake.
func TestReadsDrainTheTLSLayer(t *testing.T) {
	each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
		io.WriteString(peer, strings.Repeat("0123456789", 1000))
		for range 1000 {
			require.Equal(t, "0123456789", await(t, s.ReadBytes(10, false)))
		}
		c := &counting{want: 3}
		s.SetConsumer(c)
		go io.WriteString(peer, "abc")
		pause(s)
		require.Equal(t, "abc", c.got)
	})
	served(t, Options{}, func(s *IOStream, peer net.Conn) {
		gathered := &gathering{Conn: peer}
		c := tls.Client(gathered, certificates().client)
		gathered.after = 2 // sends the hello first, and then everything else in one packet
		go func() {
			io.WriteString(c, "hello ")
			io.WriteString(c, "world")
			gathered.flush()
		}()
		require.Equal(t, "hello world", await(t, s.ReadBytes(11, false)))
	})
}

// When the stream stops reading after a part of a record, the rest of the record is kept.
func TestUnreadRecordIsDrained(t *testing.T) {
	served(t, Options{ReadChunkSize: 1000}, func(s *IOStream, peer net.Conn) {
		config := certificates().client.Clone()
		config.DynamicRecordSizingDisabled = true // one large record instead of many small ones
		c := shake(t, s, peer, config)
		data := string(pattern(16_000))
		io.WriteString(c, data)
		pause(s)
		require.Equal(t, data, await(t, s.ReadBytes(len(data), false)))
	})
}

// A half-close before the handshake waits for the handshake.
func TestCloseWriteBeforeTheHandshake(t *testing.T) {
	served(t, Options{}, func(s *IOStream, peer net.Conn) {
		s.CloseWrite()
		got, err := off(s, func() ([]byte, error) { return io.ReadAll(tls.Client(peer, certificates().client)) })
		require.NoError(t, err)
		require.Empty(t, got)
	})
}

type counting struct {
	script
	want int
	got  string
}

func (c *counting) Consume(p []byte) int { c.got += string(p); return len(p) }

// gathering sends the first write at once. It keeps the others until flush is called.
type gathering struct {
	net.Conn
	after, writes int
	b             bytes.Buffer
}

func (g *gathering) Write(p []byte) (int, error) {
	if g.writes++; g.writes < g.after {
		return g.Conn.Write(p)
	}
	return g.b.Write(p)
}

func (g *gathering) flush() { g.Conn.Write(g.b.Bytes()) }

// Ciphertext may be received and sent one byte at a time.
func TestTLSByteByByte(t *testing.T) {
	served(t, Options{ReadChunkSize: 1}, func(s *IOStream, peer net.Conn) {
		c := shake(t, s, &trickling{peer}, certificates().client)
		data := pattern(3000)
		go c.Write(data)
		require.True(t, string(data) == await(t, s.ReadBytes(len(data), false)))
		s.Send(data)
		s.CloseWrite()
		got, err := off(s, func() ([]byte, error) { return io.ReadAll(c) })
		require.NoError(t, err)
		require.True(t, bytes.Equal(data, got))
		c.Close()
		require.Equal(t, "", await(t, s.ReadUntilClose()))
		require.NoError(t, s.Err())
	})
}

type trickling struct{ net.Conn }

func (c *trickling) Write(p []byte) (int, error) {
	for i := range p {
		if n, err := c.Conn.Write(p[i : i+1]); err != nil {
			return i + n, err
		}
	}
	return len(p), nil
}

func (c *trickling) Read(p []byte) (int, error) { return c.Conn.Read(p[:1]) }

// If the peer does not read, the stream encrypts little output ahead. Every byte arrives in the
// end.
func TestTLSBackPressure(t *testing.T) {
	served(t, Options{}, func(s *IOStream, peer net.Conn) {
		c := shake(t, s, peer, certificates().client)
		data := pattern(16 << 20)
		first, second := s.Write(data), s.Write(data)
		pause(s)
		require.False(t, first.Done())
		require.Greater(t, s.Buffered(), len(data))
		require.LessOrEqual(t, s.tls.out.size, encryptAhead+4096)
		require.NotZero(t, s.watching&ioloop.Write)
		got, err := off(s, func() (string, error) {
			b := make([]byte, 2*len(data))
			_, err := io.ReadFull(c, b)
			return string(b), err
		})
		require.NoError(t, err)
		require.True(t, got == string(data)+string(data))
		_, err = second.Await()
		require.NoError(t, err)
		require.True(t, first.Done())
		require.Nil(t, s.tls.out)
		require.Zero(t, s.watching&ioloop.Write)
	})
}

// A peer can make the TLS layer send responses. If it does not read them, the stream is closed.
func TestTLSRepliesAreBounded(t *testing.T) {
	served(t, Options{}, func(s *IOStream, peer net.Conn) {
		c := shake(t, s, peer, certificates().client)
		s.Send(make([]byte, 16<<20))
		pause(s)
		for try := 0; try < 100 && !s.Closed(); try++ {
			s.tls.Write(make([]byte, 10_000))
			io.WriteString(c, "x")
			pause(s)
		}
		require.ErrorIs(t, s.Err(), ErrStreamBufferFull)
	})
}

// A response of the TLS layer may wait for room and then be sent during a read. After that, the
// stream no longer watches for room.
func TestTLSRepliesThatWereSent(t *testing.T) {
	served(t, Options{}, func(s *IOStream, peer net.Conn) {
		shake(t, s, peer, certificates().client)
		pause(s)
		unsent, junk := 0, make([]byte, 64<<10)
		for n, err := 0, error(nil); err == nil; unsent += n {
			n, err = writeTo(int(s.fd), junk)
		}
		s.tls.Write([]byte("reply"))
		require.NoError(t, s.tls.sendReplies())
		require.NotZero(t, s.watching&ioloop.Write)
		_, err := io.CopyN(io.Discard, peer, int64(unsent)) // the kernel has these bytes already, so this does not wait for the loop
		require.NoError(t, err)
		require.NoError(t, s.tls.sendReplies())
		require.Nil(t, s.tls.out)
		pause(s)
		require.Zero(t, s.watching&ioloop.Write)
	})
}

// Both sides can distinguish the end of a TLS stream from a truncation.
func TestTLSClose(t *testing.T) {
	for _, tt := range []struct {
		name  string
		close func(s *IOStream)
		want  error
	}{
		{"in order", (*IOStream).Close, nil},
		{"with a fault", func(s *IOStream) { s.CloseWithError(errors.New("fault")) }, errCut},
		{"with output unsent", func(s *IOStream) { s.Send(make([]byte, 16<<20)); pause(s); s.Close() }, errCut},
	} {
		served(t, Options{}, func(s *IOStream, peer net.Conn) {
			c := shake(t, s, &strict{Conn: peer}, certificates().client)
			tt.close(s)
			_, err := off(s, func() (int64, error) { return io.Copy(io.Discard, c) })
			require.ErrorIs(t, err, tt.want, tt.name)
			if tt.want == nil {
				require.NoError(t, err, tt.name)
			}
		})
	}
	served(t, Options{}, func(s *IOStream, peer net.Conn) {
		c := shake(t, s, &cutting{Conn: peer}, certificates().client)
		f := s.ReadBytes(10, false)
		io.WriteString(c, "cut off") // the last byte of the record is not sent
		peer.Close()
		_, err := f.Await()
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	})
}

// strict makes an end without close_notify an error. Package crypto/tls accepts such an end.
var errCut = errors.New("no close_notify")

type strict struct{ net.Conn }

func (c *strict) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if err == io.EOF {
		err = errCut
	}
	return n, err
}

// A cutting connection does not send the last byte of each application record.
type cutting struct{ net.Conn }

func (c *cutting) Write(p []byte) (int, error) {
	cut := len(p)
	if p[0] == 23 && len(p) < 50 {
		cut--
	}
	n, err := c.Conn.Write(p[:cut])
	return n + len(p) - cut, err
}

// ConnectionState has the result of ALPN, the server's name, the client's certificates, and
// whether the session was resumed.
func TestConnectionState(t *testing.T) {
	looptest.RunNew(t, func(l *ioloop.IOLoop) {
		cert, _, _ := certificates().issue("a client")
		server, client := certificates().server.Clone(), certificates().client.Clone()
		server.NextProtos, client.NextProtos = []string{"other", "line"}, []string{"line"}
		server.ClientAuth, server.ClientCAs = tls.RequireAndVerifyClientCert, certificates().pool
		client.Certificates = []tls.Certificate{cert}
		client.ClientSessionCache = tls.NewLRUClientSessionCache(2)
		for _, resumed := range []bool{false, true} {
			fd, peer := connect(t, "tcp")
			defer peer.Close()
			s, err := New(l, fd, &Options{TLS: server})
			require.NoError(t, err)
			require.Nil(t, s.ConnectionState())
			c := shake(t, s, peer, client)
			state := s.ConnectionState()
			require.Equal(t, "line", state.NegotiatedProtocol)
			require.Equal(t, "localhost", state.ServerName)
			require.Equal(t, "a client", state.PeerCertificates[0].Subject.CommonName)
			require.Equal(t, resumed, state.DidResume)
			s.Send([]byte("x")) // after the session tickets
			_, err = off(s, func() (int, error) { return c.Read(make([]byte, 1)) })
			require.NoError(t, err)
			s.Close()
		}
	})
	pair(t, nil, func(s *IOStream, peer net.Conn) { require.Nil(t, s.ConnectionState()) })
}

// The client's stream resumes sessions too.
func TestClientSessionIsResumed(t *testing.T) {
	looptest.RunNew(t, func(l *ioloop.IOLoop) {
		client := certificates().client.Clone()
		client.ClientSessionCache = tls.NewLRUClientSessionCache(2)
		address := listen(t, "tcp", certificates().server.Clone(), echoBack)
		for _, resumed := range []bool{false, true} {
			s, err := Connect(l, "tcp", address, &Options{TLS: client}).Await()
			require.NoError(t, err)
			require.Equal(t, resumed, s.ConnectionState().DidResume)
			s.Send([]byte("x"))
			require.Equal(t, "x", await(t, s.ReadBytes(1, false))) // after the session tickets
			s.Close()
		}
	})
}

// An idle TLS stream has no goroutine and no buffer.
func TestIdleTLSStreamHasNoBuffer(t *testing.T) {
	looptest.RunNew(t, func(l *ioloop.IOLoop) {
		talk := func() *IOStream {
			fd, peer := connect(t, "tcp")
			raw, err := dupConn(peer.(*net.TCPConn))
			require.NoError(t, err)
			peer.Close()
			s, err := New(l, fd, &Options{TLS: certificates().server})
			require.NoError(t, err)
			c, err := New(l, raw, nil)
			require.NoError(t, err)
			_, err = c.StartTLS(false, certificates().client).Await()
			require.NoError(t, err)
			c.Send([]byte("hello"))
			require.Equal(t, "hello", await(t, s.ReadBytes(5, false)))
			return s
		}
		talk()
		before := runtime.NumGoroutine()
		for range 50 {
			s := talk()
			require.Nil(t, s.in)
			require.Nil(t, s.out)
			require.Nil(t, s.tls.out)
			require.Nil(t, s.tls.opening)
			require.Empty(t, s.tls.unread)
		}
		require.LessOrEqual(t, runtime.NumGoroutine(), before)
		require.Equal(t, 1, l.Stats().Timeouts, "that of RunSync")
		require.Zero(t, l.Stats().CoarseTimeouts)
	})
}

func TestRenegotiationIsOff(t *testing.T) {
	config := &tls.Config{Renegotiation: tls.RenegotiateFreelyAsClient}
	require.Equal(t, tls.RenegotiateNever, withoutRenegotiation(config).Renegotiation)
	require.Equal(t, tls.RenegotiateFreelyAsClient, config.Renegotiation)
	plain := &tls.Config{}
	require.Same(t, plain, withoutRenegotiation(plain))
}
