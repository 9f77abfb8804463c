package tcpserver

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

func TestShare(t *testing.T) { // each socket goes to one loop
	for _, tt := range []struct {
		sockets, loops int
		want           string
	}{
		{1, 1, "[[1]]"}, {1, 3, "[[1] [] []]"}, {3, 1, "[[1 2 3]]"}, {3, 3, "[[1] [2] [3]]"}, {5, 2, "[[1 3 5] [2 4]]"},
	} {
		group := []int{1, 2, 3, 4, 5}[:tt.sockets]
		var got [][]int
		for i := range tt.loops {
			got = append(got, shareOf(group, i, tt.loops))
		}
		if s := fmt.Sprint(got); s != tt.want {
			t.Errorf("%d sockets, %d loops: %s, want %s", tt.sockets, tt.loops, s, tt.want)
		}
	}
}

func TestUnixSocketsAreSharedByTheLoops(t *testing.T) {
	file := filepath.Join(t.TempDir(), "s")
	socket, err := BindUnixSocket(file, 0, 0)
	require.NoError(t, err)
	f, err := socket.(*net.UnixListener).File()
	require.NoError(t, err)
	l := looptest.New(t)
	s := New(echoLines, Options{Loop: l})
	bound, err := s.BindFiles([]*os.File{f})
	require.NoError(t, err)
	require.False(t, bound.IsValid())
	require.NoError(t, s.Start(3))
	t.Cleanup(func() { s.Close() })
	looptest.Start(t, l)
	for range 30 {
		c, err := net.Dial("unix", file)
		require.NoError(t, err)
		require.Equal(t, "hello\n", ask(t, c, "hello\n"))
		c.Close()
	}
}

func TestBindFilesOfWhatIsNoSocket(t *testing.T) {
	l := looptest.New(t)
	defer l.Close()
	s := New(echoLines, Options{Loop: l})
	f, err := os.Open(os.DevNull)
	require.NoError(t, err)
	for _, files := range [][]*os.File{nil, {f}} {
		if _, err := s.BindFiles(files); err == nil {
			t.Errorf("%v was bound", files)
		}
	}
	if _, err := f.Stat(); err == nil {
		t.Error("it was not taken over")
	}
}

func TestByAddress(t *testing.T) {
	var fds []int
	for range 2 {
		sockets, err := BindSockets(0, "127.0.0.1", SocketOptions{})
		require.NoError(t, err)
		taken, err := takeAll(sockets)
		require.NoError(t, err)
		copied, err := duplicate(taken[0])
		require.NoError(t, err)
		fds = append(fds, taken[0], copied)
	}
	defer closeAll(fds)
	slices.SortFunc(fds, func(a, b int) int { return b - a })
	groups := byAddress(fds)
	require.Len(t, groups, 2)
	require.Len(t, groups[0], 2)
	require.Len(t, groups[1], 2)
}

// Files does not return the socket of a loop that was closed, nor a file that has got the
// socket's descriptor number.
func TestFilesOfALoopThatIsClosed(t *testing.T) {
	l := looptest.New(t)
	s := New(echoLines, Options{Loop: l})
	_, err := s.Listen(0, "127.0.0.1")
	require.NoError(t, err)
	require.NoError(t, l.CloseAll())
	for range 10 { // take the numbers that are free now
		other, err := os.Open(os.DevNull)
		require.NoError(t, err)
		defer other.Close()
	}
	files, err := s.Files()
	require.ErrorIs(t, err, unix.EBADF)
	require.Empty(t, files)
}
