package tcpserver

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// On Linux, TCP_INFO of a listening socket has the backlog in a field that counts lost segments
// otherwise.
func TestBacklog(t *testing.T) {
	for backlog, want := range map[int]uint32{0: 128, 7: 7, 300: 300} {
		s := bindSockets(t, 0, "127.0.0.1", SocketOptions{Backlog: backlog})[0]
		require.NoError(t, withFD(s, func(fd int) error {
			info, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO)
			if err == nil && info.Sacked != want {
				t.Errorf("backlog %d: got %d, want %d", backlog, info.Sacked, want)
			}
			return err
		}))
		if protocol := option(t, s, unix.SOL_SOCKET, unix.SO_PROTOCOL); protocol != unix.IPPROTO_TCP {
			t.Errorf("protocol %d, want plain TCP", protocol)
		}
	}
}
