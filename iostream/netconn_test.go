package iostream

import (
	"bufio"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gotornado/tornado/ioloop"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// offLoop runs fn on a goroutine while the coroutine that calls it waits.
func offLoop(l *ioloop.IOLoop, fn func()) {
	ioloop.RunOnExecutor(l, ioloop.ExecutorFunc(onGoroutine), func() (int, error) {
		fn()
		return 0, nil
	}).Await()
}

// withConn runs fn on a goroutine with a Conn and the other end of its connection.
func withConn(t *testing.T, transport string, fn func(c *Conn, peer net.Conn)) {
	t.Helper()
	over(t, transport, nil, func(s *IOStream, peer net.Conn) {
		c := NewConn(s)
		offLoop(s.loop, func() { fn(c, peer) })
	})
}

func TestConnCarriesBytesBothWays(t *testing.T) {
	for _, transport := range []string{"tcp", "unix", "tls server"} {
		t.Run(transport, func(t *testing.T) {
			withConn(t, transport, func(c *Conn, peer net.Conn) {
				go io.Copy(peer, peer)
				text := strings.Repeat("0123456789abcdef", 16<<10)
				go io.WriteString(c, text)
				got, err := io.ReadAll(io.LimitReader(c, int64(len(text))))
				require.NoError(t, err)
				require.Equal(t, text, string(got))
				require.Equal(t, peer.RemoteAddr().String(), c.LocalAddr().String())
				require.Equal(t, peer.LocalAddr().String(), c.RemoteAddr().String())
			})
		})
	}
}

func TestConnReadsInSmallParts(t *testing.T) {
	withConn(t, "tcp", func(c *Conn, peer net.Conn) {
		io.WriteString(peer, "abc")
		p := make([]byte, 1)
		for _, want := range "abc" {
			n, err := c.Read(nil)
			require.NoError(t, err)
			require.Zero(t, n)
			n, err = c.Read(p)
			require.NoError(t, err)
			require.Equal(t, string(want), string(p[:n]))
		}
		peer.Close()
		for range 2 {
			_, err := c.Read(p)
			require.Equal(t, io.EOF, err)
		}
	})
}

func TestConnDeadlines(t *testing.T) {
	past := time.Now().Add(-time.Second)
	withConn(t, "tcp", func(c *Conn, peer net.Conn) {
		p := make([]byte, 10)
		for _, tt := range []struct {
			name string
			set  func(time.Time) error
			call func([]byte) (int, error)
		}{
			{"read", c.SetReadDeadline, c.Read},
			{"read, by both", c.SetDeadline, c.Read},
			{"write", c.SetWriteDeadline, func([]byte) (int, error) { return c.Write(make([]byte, 64<<20)) }},
		} {
			for _, at := range []time.Time{past, time.Now().Add(10 * time.Millisecond)} {
				tt.set(at)
				n, err := tt.call(p)
				require.Zero(t, n, tt.name)
				require.ErrorIs(t, err, os.ErrDeadlineExceeded, tt.name)
				var netErr net.Error
				require.ErrorAs(t, err, &netErr, tt.name)
				require.True(t, netErr.Timeout(), tt.name)
			}
		}
		c.SetDeadline(time.Time{})
		io.WriteString(peer, "late")
		n, err := io.ReadFull(c, p[:4])
		require.NoError(t, err, "the read that went on delivers its bytes to the next Read")
		require.Equal(t, "late", string(p[:n]))
	})
}

func TestConnCopiesTheBytesOfAWriteThatTimesOut(t *testing.T) {
	withConn(t, "tcp", func(c *Conn, peer net.Conn) {
		text := strings.Repeat("0123456789abcdef", 1<<20)
		p := []byte(text)
		c.SetWriteDeadline(time.Now().Add(10 * time.Millisecond))
		_, err := c.Write(p)
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)
		clear(p)
		got := make([]byte, len(text))
		_, err = io.ReadFull(peer, got)
		require.NoError(t, err)
		require.True(t, text == string(got), "the peer receives the bytes as they were written")
	})
}

// A deadline and a Close each end a Read that waits.
func TestConnEndsAWaitingRead(t *testing.T) {
	for _, tt := range []struct {
		name string
		end  func(c *Conn)
		want error
	}{
		{"deadline", func(c *Conn) { c.SetReadDeadline(time.Now()) }, os.ErrDeadlineExceeded},
		{"close", func(c *Conn) { c.Close() }, net.ErrClosed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			withConn(t, "tcp", func(c *Conn, _ net.Conn) {
				time.AfterFunc(10*time.Millisecond, func() { tt.end(c) })
				_, err := c.Read(make([]byte, 1))
				require.ErrorIs(t, err, tt.want)
			})
		})
	}
}

func TestConnClose(t *testing.T) {
	withConn(t, "tcp", func(c *Conn, peer net.Conn) {
		_, err := io.WriteString(c, "goodbye")
		require.NoError(t, err)
		require.NoError(t, c.Close())
		got, err := io.ReadAll(peer)
		require.NoError(t, err)
		require.Equal(t, "goodbye", string(got))
		require.ErrorIs(t, c.Close(), net.ErrClosed)
		_, err = c.Read(make([]byte, 1))
		require.ErrorIs(t, err, net.ErrClosed)
		_, err = c.Write([]byte("x"))
		require.ErrorIs(t, err, net.ErrClosed)
	})
}

func TestConnTellsAReset(t *testing.T) {
	withConn(t, "tcp", func(c *Conn, peer net.Conn) {
		peer.(*net.TCPConn).SetLinger(0)
		peer.Close()
		_, err := c.Read(make([]byte, 1))
		require.ErrorIs(t, err, unix.ECONNRESET)
		_, err = c.Write([]byte("x"))
		require.Error(t, err)
		require.NoError(t, c.Close())
	})
}

func TestConnOfAClosedLoop(t *testing.T) {
	var c *Conn
	over(t, "tcp", nil, func(s *IOStream, _ net.Conn) { c = NewConn(s) })
	_, err := c.Read(make([]byte, 1))
	require.ErrorIs(t, err, ioloop.ErrClosed)
	_, err = c.Write([]byte("x"))
	require.ErrorIs(t, err, ioloop.ErrClosed)
}

// FromConn returns the stream of a Conn from which nothing was read. A Conn that holds bytes is
// relayed through a new stream.
func TestFromConnOfAConn(t *testing.T) {
	for _, tt := range []struct {
		name string
		held string
		use  func(c *Conn)
		same bool
	}{
		{"unread", "", func(*Conn) {}, true},
		{"bytes were read", "first ", func(*Conn) {}, false},
		{"the Conn holds bytes", "", func(c *Conn) { c.Read(make([]byte, 2)) }, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			pair(t, nil, func(s *IOStream, peer net.Conn) {
				c := NewConn(s)
				io.WriteString(peer, "> line\n")
				offLoop(s.loop, func() { tt.use(c) })
				again, err := FromConn(s.loop, c, []byte(tt.held), nil)
				require.NoError(t, err)
				defer again.Close()
				require.Equal(t, tt.same, again == s)
				want := tt.held + "> line\n"
				if tt.held == "" && !tt.same {
					want = "line\n"
				}
				require.Equal(t, want, await(t, again.ReadUntil([]byte("\n"), 0)))
				again.Write([]byte("reply\n")).Await()
				offLoop(s.loop, func() {
					got, err := bufio.NewReader(peer).ReadString('\n')
					require.NoError(t, err)
					require.Equal(t, "reply\n", got)
				})
			})
		})
	}
}
