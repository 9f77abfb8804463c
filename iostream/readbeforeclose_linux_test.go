package iostream

import (
	"io"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

// A recorder is a consumer that takes all input.
type recorder struct {
	input string
	lost  bool
}

func (r *recorder) Consume(p []byte) int {
	r.input += string(p)
	return len(p)
}
func (r *recorder) Direct() []byte       { return nil }
func (r *recorder) DirectFilled(int)     {}
func (r *recorder) ConnectionLost(error) { r.lost = true }

// With ReadBeforeClose the stream delivers the response of a peer that does not read the whole
// request, although a write fails in the same turn.
func TestReadBeforeClose(t *testing.T) {
	over(t, "tcp", &Options{ReadBeforeClose: true}, func(s *IOStream, peer net.Conn) {
		r := &recorder{}
		s.SetConsumer(r)
		s.Send(make([]byte, 64<<20))
		pause(s) // the kernel takes a part of it
		require.Positive(t, s.Buffered())
		_, err := io.WriteString(peer, "413")
		require.NoError(t, err)
		require.NoError(t, peer.(*net.TCPConn).SetLinger(0))
		require.NoError(t, peer.Close())
		for !r.lost {
			pause(s)
		}
		require.Equal(t, "413", r.input)
	})
}
