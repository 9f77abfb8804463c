package iostream

import (
	"bytes"
	"io"
	"net"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// The caller may reuse the bytes after SendNow, however many of them the kernel took.
func TestSendNow(t *testing.T) {
	each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
		var want bytes.Buffer
		send := func(send func([]byte), n int, fill byte) {
			p := bytes.Repeat([]byte{fill}, n)
			want.Write(p)
			send(p)
			clear(p)
		}
		send(s.SendNow, 3, 'a')
		if s.tls == nil {
			require.Zero(t, s.Buffered(), "it goes out at once")
		}
		send(s.SendNow, 0, 'b')
		send(s.SendNow, 16<<20, 'c') // more than the kernel takes
		require.NotZero(t, s.Buffered())
		send(s.SendNow, 5, 'd') // after the queued bytes
		send(s.Send, 5, 'e')
		requireArrives(t, s, peer, want.Bytes())
	})
}

// requireArrives flushes s and requires that the peer reads want.
func requireArrives(t *testing.T, s *IOStream, peer net.Conn, want []byte) {
	got, read := make([]byte, len(want)), make(chan error)
	flushed := s.Write(nil)
	go func() {
		_, err := io.ReadFull(peer, got)
		read <- err
	}()
	_, err := flushed.Await()
	require.NoError(t, err)
	require.NoError(t, <-read)
	require.True(t, bytes.Equal(want, got))
}

// SendNow does not report a lost connection; the end of the turn does.
func TestSendNowOnALostConnection(t *testing.T) {
	pair(t, nil, func(s *IOStream, peer net.Conn) {
		captureLog(t)
		peer.(*net.TCPConn).SetLinger(0)
		peer.Close()
		for !s.Closed() {
			s.SendNow([]byte("x"))
			require.False(t, s.Closed())
			pause(s)
		}
		s.SendNow([]byte("x"))
		require.Zero(t, s.Buffered())
	})
}

// Push sends the queued bytes at once and in order. Bytes for which the socket has no room, and
// the waiters, are handled as without Push.
func TestPush(t *testing.T) {
	each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
		held, more := bytes.Repeat([]byte{'a'}, refThreshold+1), bytes.Repeat([]byte{'b'}, 64<<20)
		s.Send([]byte("head"))
		s.SendRef(held)
		require.NotZero(t, s.Buffered())
		s.Push()
		require.Zero(t, s.Buffered())
		s.Push() // nothing is queued
		s.SendRef(more)
		s.Push() // the kernel does not take it all
		require.NotZero(t, s.Buffered())
		s.Send([]byte("tail"))
		requireArrives(t, s, peer, slices.Concat([]byte("head"), held, more, []byte("tail")))
	})
}

// EndWriteRef sends a large piece at once, after the bytes that were appended before.
func TestEndWriteRef(t *testing.T) {
	each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
		held := bytes.Repeat([]byte{'a'}, refThreshold+1)
		s.Send([]byte("head "))
		s.EndWriteRef(append(s.BeginWrite(), "length "...), held)
		require.Zero(t, s.Buffered())
		s.EndWriteRef(append(s.BeginWrite(), "tail"...), nil)
		require.Equal(t, len("tail"), s.Buffered()) // until the end of the turn
		requireArrives(t, s, peer, slices.Concat([]byte("head length "), held, []byte("tail")))
		s.Close()
		s.EndWriteRef(append(s.BeginWrite(), "late"...), held)
		require.Zero(t, s.Buffered())
	})
}

// Push does not report a lost connection; the end of the turn does.
func TestPushOnALostConnection(t *testing.T) {
	pair(t, nil, func(s *IOStream, peer net.Conn) {
		captureLog(t)
		peer.(*net.TCPConn).SetLinger(0)
		peer.Close()
		for !s.Closed() {
			s.Send([]byte("x"))
			s.Push()
			require.False(t, s.Closed())
			pause(s)
		}
		s.Send([]byte("x"))
		s.Push()
		require.Zero(t, s.Buffered())
	})
}
