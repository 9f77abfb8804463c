package iostream

import (
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/ioloop"
)

// A flushFunc runs at the end of a turn of the loop.
type flushFunc func()

func (f flushFunc) Flush() { f() }

// A notedEnd is a consumer that records its ConnectionLost.
type notedEnd struct {
	script
	note func(string)
}

func (c *notedEnd) ConnectionLost(error) { c.note("lost") }

// If the peer has received the bytes of a write, the future of the write is done before
// ConnectionLost and the close callback. Otherwise it fails after ConnectionLost.
func TestOrderOfWritesAndTheEnd(t *testing.T) {
	for _, tt := range []struct {
		size int // number of bytes that the test writes after the first five
		want string
	}{
		{0, "sent: <nil>; sent, awaited: <nil>; lost; closed; "},
		{16 << 20, "sent: <nil>; sent, awaited: <nil>; lost; unsent: true; closed; "},
	} {
		each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
			var notes string
			note := func(text string) { notes += text + "; " }
			s.SetConsumer(&notedEnd{script: script{s: s}, note: note})
			s.SetCloseCallback(func() { note("closed") })
			sent := s.Write([]byte("12345"))
			sent.AddDoneCallback(func(f *ioloop.Future[struct{}]) {
				_, err := f.Result()
				note(fmt.Sprint("sent: ", err))
			})
			s.Loop().SpawnFunc(func() {
				_, err := ioloop.WithTimeout(sent, time.Minute).Await()
				note(fmt.Sprint("sent, awaited: ", err))
			})
			if tt.size > 0 {
				unsent := s.Write(make([]byte, tt.size))
				s.Loop().SpawnFunc(func() {
					_, err := unsent.Await()
					note(fmt.Sprint("unsent: ", err != nil))
				})
			}
			left := make(chan struct{})
			go func() {
				io.ReadFull(peer, make([]byte, 5))
				if tcp, ok := peer.(*net.TCPConn); ok && tt.size > 0 {
					tcp.SetLinger(0)
				}
				peer.Close()
				close(left)
			}()
			s.Loop().FlushLater(flushFunc(func() { <-left; time.Sleep(time.Millisecond) }))
			pause(s)
			require.Equal(t, tt.want, notes)
		})
	}
}
