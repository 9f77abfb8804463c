package iostream

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gotornado/tornado/ioloop"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// echo sends its input back.
type echo struct{ s *IOStream }

func (e *echo) Consume(data []byte) int { e.s.SendNow(data); return len(data) }
func (e *echo) Direct() []byte          { return nil }
func (e *echo) DirectFilled(int)        {}
func (e *echo) ConnectionLost(error)    {}

// BenchmarkEchoEvent measures one event of an echo server without the poller: a read, the
// consumer and a write. It also measures the peer's write and read.
func BenchmarkEchoEvent(b *testing.B) {
	l, err := ioloop.New(ioloop.Options{})
	require.NoError(b, err)
	defer l.Close()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	require.NoError(b, err)
	for _, fd := range fds {
		unix.SetNonblock(fd, true)
	}
	defer unix.Close(fds[1])
	s, err := New(l, fds[0], nil)
	require.NoError(b, err)
	defer s.Close()
	s.SetConsumer(&echo{s})
	message := make([]byte, 16)
	b.ReportAllocs()
	for b.Loop() {
		writeTo(fds[1], message)
		s.handleEvents(ioloop.Read)
		s.flushOutput()
		if n, err := readFrom(fds[1], message); n != len(message) || err != nil {
			b.Fatal(n, err)
		}
	}
}

// BenchmarkTLSEcho echoes one message at a time over TLS, with streams of one loop and with
// a goroutine per connection of package net.
func BenchmarkTLSEcho(b *testing.B) {
	for _, size := range []int{16, 1 << 10, 64 << 10} {
		b.Run(fmt.Sprintf("streams/%d", size), func(b *testing.B) {
			address, stop := streamServer(b, certificates().server)
			defer stop()
			benchmarkEcho(b, address, size)
		})
		b.Run(fmt.Sprintf("goroutines/%d", size), func(b *testing.B) {
			address, stop := goroutineServer(b, certificates().server)
			defer stop()
			benchmarkEcho(b, address, size)
		})
	}
}

// benchmarkEcho runs 16 clients of package net against the server.
func benchmarkEcho(b *testing.B, address string, size int) {
	var conns []net.Conn
	for range 16 {
		conn, err := tls.Dial("tcp", address, certificates().client)
		require.NoError(b, err)
		defer conn.Close()
		conns = append(conns, conn)
	}
	var left atomic.Int64
	left.Store(int64(b.N))
	var done sync.WaitGroup
	b.SetBytes(int64(size))
	b.ResetTimer()
	for _, conn := range conns {
		done.Go(func() {
			message := make([]byte, size)
			for left.Add(-1) >= 0 {
				conn.Write(message)
				if _, err := io.ReadFull(conn, message); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	done.Wait()
}

// BenchmarkTLSHandshake measures full handshakes one after another. The client is the same
// in both cases.
func BenchmarkTLSHandshake(b *testing.B) {
	for name, server := range map[string]func(testing.TB, *tls.Config) (string, func()){"streams": streamServer, "goroutines": goroutineServer} {
		b.Run(name, func(b *testing.B) {
			address, stop := server(b, certificates().server)
			defer stop()
			for b.Loop() {
				conn, err := tls.Dial("tcp", address, certificates().client)
				require.NoError(b, err)
				conn.Close()
			}
		})
	}
}

// BenchmarkTLSIdleBytes measures the server's memory for an idle connection.
func BenchmarkTLSIdleBytes(b *testing.B) {
	for name, server := range map[string]func(testing.TB, *tls.Config) (string, func()){"streams": streamServer, "goroutines": goroutineServer} {
		b.Run(name, func(b *testing.B) {
			address, stop := server(b, certificates().server)
			defer stop()
			for range b.N {
				const connections = 1000
				held(b) // warms up
				before := held(b)
				var files []*os.File
				for range connections {
					files = append(files, idleClient(b, address))
				}
				b.ReportMetric(float64(held(b)-before)/connections, "B/conn")
				for _, f := range files {
					f.Close()
				}
			}
		})
	}
}

// held returns the memory in use: heap and stacks.
func held(b *testing.B) int64 {
	var m runtime.MemStats
	for range 3 {
		time.Sleep(20 * time.Millisecond)
		runtime.GC()
	}
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc + m.StackInuse)
}

// idleClient makes a TLS handshake and echoes one message. It then keeps only the descriptor of
// the connection.
func idleClient(b *testing.B, address string) *os.File {
	conn, err := net.Dial("tcp", address)
	require.NoError(b, err)
	defer conn.Close()
	c := tls.Client(conn, certificates().client)
	_, err = c.Write(make([]byte, 100))
	require.NoError(b, err)
	_, err = io.ReadFull(c, make([]byte, 100))
	require.NoError(b, err)
	fd, err := dupConn(conn.(*net.TCPConn))
	require.NoError(b, err)
	return os.NewFile(uintptr(fd), "idle")
}

// streamServer echoes with streams of one loop.
func streamServer(b testing.TB, config *tls.Config) (address string, stop func()) {
	l, err := ioloop.New(ioloop.Options{})
	require.NoError(b, err)
	ended := make(chan error)
	go func() { ended <- l.Start() }()
	options := &Options{TLS: config}
	address, stopListening := accepting(b, func(conn net.Conn) {
		fd, err := dupConn(conn.(*net.TCPConn))
		conn.Close()
		require.NoError(b, err)
		l.AddCallback(func() {
			s, err := New(l, fd, options)
			require.NoError(b, err)
			s.SetConsumer(&echo{s})
		})
	})
	return address, func() { stopListening(); l.Close(); <-ended }
}

// goroutineServer echoes with a goroutine and a buffer for each connection.
func goroutineServer(b testing.TB, config *tls.Config) (address string, stop func()) {
	return accepting(b, func(conn net.Conn) {
		go func() {
			defer conn.Close()
			c := tls.Server(conn, config)
			buf := make([]byte, 4096)
			for {
				n, err := c.Read(buf)
				if err != nil {
					return
				}
				c.Write(buf[:n])
			}
		}()
	})
}

func accepting(b testing.TB, serve func(net.Conn)) (address string, stop func()) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(b, err)
	go func() {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return
			}
			serve(conn)
		}
	}()
	return ln.Addr().String(), func() { ln.Close() }
}
