package tcpserver

import (
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/iostream"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// serveUnix runs a server on a unix socket until the test ends.
func serveUnix(t *testing.T, name string) *TCPServer {
	t.Helper()
	l := looptest.New(t)
	s := New(func(s *iostream.IOStream, peer netip.AddrPort) error {
		if peer.IsValid() {
			t.Errorf("peer %v, want none", peer)
		}
		return echoLines(s, peer)
	}, Options{Loop: l})
	ln, err := BindUnixSocket(name, 0, 0)
	require.NoError(t, err)
	require.NoError(t, s.AddSocket(ln))
	looptest.Start(t, l)
	return s
}

func dialUnix(t *testing.T, name string) net.Conn {
	t.Helper()
	c, err := net.Dial("unix", name)
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(looptest.Patience))
	return c
}

// tcp-9: a stale socket is replaced, and only the owner has access to the file.
func TestUnixSocket(t *testing.T) {
	name := filepath.Join(t.TempDir(), "socket")
	for range 2 { // the second finds the first one's file
		s := serveUnix(t, name)
		require.Equal(t, "hello\n", ask(t, dialUnix(t, name), "hello\n"))
		info, err := os.Stat(name)
		require.NoError(t, err)
		require.Equal(t, fs.ModeSocket|0o600, info.Mode())
		s.Stop()
		require.Eventually(t, func() bool {
			c, err := net.Dial("unix", name)
			if err == nil {
				c.Close()
			}
			return err != nil
		}, looptest.Patience, time.Millisecond)
		require.FileExists(t, name, "the socket's file stays")
	}
}

// tcp-9
func TestBindUnixSocket(t *testing.T) {
	for _, tt := range []struct {
		there string // the file at the path before
		mode  fs.FileMode
		want  fs.FileMode // 0 is an error
	}{
		{"nothing", 0, 0o600},
		{"nothing", 0o666, 0o666},
		{"nothing", 0o711, 0o711},
		{"socket", 0, 0o600},
		{"file", 0, 0},
		{"folder", 0, 0},
		{"link to a socket", 0, 0},
		{"no folder around it", 0, 0},
	} {
		name := filepath.Join(t.TempDir(), "socket")
		switch tt.there {
		case "socket":
			leaveSocket(t, name)
		case "file":
			require.NoError(t, os.WriteFile(name, []byte("precious"), 0o644))
		case "folder":
			require.NoError(t, os.Mkdir(name, 0o755))
		case "link to a socket":
			leaveSocket(t, name+"2")
			require.NoError(t, os.Symlink(name+"2", name))
		case "no folder around it":
			name = filepath.Join(name, "socket")
		}
		before, _ := os.Lstat(name)
		ln, err := BindUnixSocket(name, tt.mode, 0)
		after, _ := os.Lstat(name)
		switch {
		case tt.want == 0 && (err == nil || before != nil && after.Mode() != before.Mode()):
			t.Errorf("%s: %v, %v, want an error that leaves it alone", tt.there, err, after)
		case tt.want != 0 && (err != nil || after.Mode() != fs.ModeSocket|tt.want):
			t.Errorf("%s, mode %o: %v, %v", tt.there, tt.mode, err, after)
		}
		if err == nil {
			ln.Close()
		}
	}
}

func leaveSocket(t *testing.T, name string) {
	t.Helper()
	ln, err := net.Listen("unix", name)
	require.NoError(t, err)
	ln.(*net.UnixListener).SetUnlinkOnClose(false)
	ln.Close()
}

// The standard library removes the socket's file when it closes its listener. The server has
// taken over the socket, so AddSocket must keep the file.
func TestAddSocketKeepsTheFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "socket")
	ln, err := net.Listen("unix", name)
	require.NoError(t, err)
	l := looptest.New(t)
	require.NoError(t, New(echoLines, Options{Loop: l}).AddSocket(ln))
	looptest.Start(t, l)
	require.Equal(t, "hello\n", ask(t, dialUnix(t, name), "hello\n"))
}

// tcp-9: the error names the limit. The longest path that fits works.
func TestUnixSocketPathTooLong(t *testing.T) {
	limit := len(unix.RawSockaddrUnix{}.Path) - 1
	t.Chdir(t.TempDir())
	fits := strings.Repeat("x", limit)
	ln, err := BindUnixSocket(fits, 0, 0)
	require.NoError(t, err)
	defer ln.Close()
	for _, path := range []string{fits + "x", filepath.Join(t.TempDir(), strings.Repeat("x", 200)), "@" + fits, "\x00" + fits} {
		if path[0] != '/' && path[0] != 'x' && !abstractNames {
			continue
		}
		_, err := BindUnixSocket(path, 0, 0)
		want := fmt.Sprintf("tcpserver: unix socket %q: the path has %d bytes, and the system takes at most %d: choose a shorter or a relative one", path, len(path), limit)
		require.EqualError(t, err, want)
	}
}
