package iostream

import (
	"bytes"
	"io"
	"net"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// What SendNow was given is the caller's again, whatever the kernel took of it.
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
		if s.layer == nil {
			require.Zero(t, s.Buffered(), "it goes out at once")
		}
		send(s.SendNow, 0, 'b')
		send(s.SendNow, 16<<20, 'c') // more than the kernel takes
		require.NotZero(t, s.Buffered())
		send(s.SendNow, 5, 'd') // behind what is queued
		send(s.Send, 5, 'e')
		requireArrives(t, s, peer, want.Bytes())
	})
}

// requireArrives flushes s and has the peer read just want.
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

// A lost connection is found out at the end of the turn, never within SendNow.
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

// What is queued goes out at once, behind what was queued before it; the rest, and who
// waits for it, as ever.
func TestPush(t *testing.T) {
	each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
		held, more := bytes.Repeat([]byte{'a'}, refThreshold+1), bytes.Repeat([]byte{'b'}, 64<<20)
		s.Send([]byte("head"))
		s.SendRef(held)
		require.NotZero(t, s.Buffered())
		s.Push()
		require.Zero(t, s.Buffered())
		s.Push() // nothing is there
		s.SendRef(more)
		s.Push() // the kernel does not take it all
		require.NotZero(t, s.Buffered())
		s.Send([]byte("tail"))
		requireArrives(t, s, peer, slices.Concat([]byte("head"), held, more, []byte("tail")))
	})
}

// Push finds out that a connection is lost no sooner than SendNow.
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
