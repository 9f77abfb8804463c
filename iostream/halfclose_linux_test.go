package iostream

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// A lasting consumer goes on sending after the peer has closed its sending side.
type lasting struct {
	script
	goesOn bool
	ended  int
}

func (c *lasting) InputEnded() bool {
	c.ended++
	return c.goesOn
}

func TestConsumerThatHasOutputForAHalfClosedPeer(t *testing.T) {
	each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
		c := &lasting{script: script{s: s}, goesOn: true}
		s.SetConsumer(c)
		io.WriteString(peer, "one ")
		peer.(interface{ CloseWrite() error }).CloseWrite()
		pause(s)
		require.Equal(t, []string{"one"}, c.got)
		require.Equal(t, 1, c.ended)
		require.Empty(t, c.lost)
		s.Send([]byte("response"))
		s.CloseWhenFlushed()
		pause(s)
		got, err := io.ReadAll(peer)
		require.NoError(t, err)
		require.Equal(t, "response", string(got))
		require.Equal(t, []error{nil}, c.lost)
	})
}

func TestConsumerThatHasNoOutputForAHalfClosedPeer(t *testing.T) {
	each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
		c := &lasting{script: script{s: s}}
		s.SetConsumer(c)
		peer.(interface{ CloseWrite() error }).CloseWrite()
		pause(s)
		require.Equal(t, 1, c.ended)
		require.Equal(t, []error{nil}, c.lost)
	})
}

// A peer that closes its socket altogether looks half-closed until its system has forgotten
// the connection and responds to a probe with a reset.
func TestProbesDetectAPeerThatHasGone(t *testing.T) {
	if testing.Short() {
		t.Skip("short: this takes 2 seconds")
	}
	pair(t, nil, func(s *IOStream, peer net.Conn) {
		tcp := peer.(*net.TCPConn)
		raw, err := tcp.SyscallConn()
		require.NoError(t, err)
		raw.Control(func(fd uintptr) { unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_LINGER2, 1) })
		c := &lasting{script: script{s: s}, goesOn: true}
		s.SetConsumer(c)
		tcp.Close()
		pause(s)
		require.Equal(t, 1, c.ended)
		require.Empty(t, c.lost)
		on, err := unix.GetsockoptInt(s.Fileno(), unix.SOL_SOCKET, unix.SO_KEEPALIVE)
		require.NoError(t, err)
		require.Equal(t, 1, on)
		for _, option := range []int{unix.TCP_KEEPIDLE, unix.TCP_KEEPINTVL} { // the test shortens the probes' times, because a minute is too long for a test
			require.NoError(t, unix.SetsockoptInt(s.Fileno(), unix.IPPROTO_TCP, option, 1))
		}
		for began := time.Now(); len(c.lost) == 0 && time.Since(began) < looptest.Patience; {
			pause(s)
		}
		require.Len(t, c.lost, 1)
		require.Error(t, c.lost[0])
	})
}
