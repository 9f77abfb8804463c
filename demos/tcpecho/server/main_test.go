package main

import (
	"bufio"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/demos/internal/demotest"
)

func TestMain(m *testing.M) { demotest.Main(m, main) }

// A connection is one client of a server.
type connection struct {
	*net.TCPConn
	input *bufio.Reader
	t     *testing.T
}

func connect(t *testing.T, server *demotest.Program) connection {
	t.Helper()
	conn, err := net.Dial("tcp", server.Addr())
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close() })
	require.NoError(t, conn.SetDeadline(time.Now().Add(demotest.Timeout)))
	return connection{conn.(*net.TCPConn), bufio.NewReader(conn), t}
}

func (c connection) send(text string) {
	c.t.Helper()
	_, err := io.WriteString(c.TCPConn, text)
	require.NoError(c.t, err)
}

func (c connection) line() string {
	c.t.Helper()
	line, err := c.input.ReadString('\n')
	require.NoError(c.t, err)
	return line
}

func TestEachLineComesBack(t *testing.T) {
	server := demotest.Start(t)
	client := connect(t, server)
	client.send("ping\n")
	require.Equal(t, "ping\n", client.line())
	server.WaitForOutput("ping")

	client.send("part ")
	client.send("of a line\nnext\n\n")
	require.Equal(t, "part of a line\n", client.line())
	require.Equal(t, "next\n", client.line())
	require.Equal(t, "\n", client.line())
}

func TestTwoClientsAtOnce(t *testing.T) {
	server := demotest.Start(t)
	ann, ben := connect(t, server), connect(t, server)
	ann.send("ann waits ")
	for range 3 {
		ben.send("ben\n")
		require.Equal(t, "ben\n", ben.line())
	}
	ann.send("for ben\n")
	require.Equal(t, "ann waits for ben\n", ann.line())
}

func TestALostClientIsLogged(t *testing.T) {
	server := demotest.Start(t)
	gone, stays := connect(t, server), connect(t, server)
	gone.send("first\nhalf a line")
	require.Equal(t, "first\n", gone.line())
	before := strings.Count(server.Output(), "lost client")
	require.NoError(t, gone.Close())
	server.WaitFor(func(output string) bool { return strings.Count(output, "lost client") > before }, "lost client")
	stays.send("still here\n")
	require.Equal(t, "still here\n", stays.line())
}

func TestALineThatIsTooLongEndsTheConnection(t *testing.T) {
	server := demotest.Start(t)
	client := connect(t, server)
	longest := strings.Repeat("x", maxLine-1) + "\n"
	client.send(longest)
	require.Equal(t, longest, client.line())
	client.send("x" + longest)
	_, err := client.input.ReadString('\n')
	require.Error(t, err)
	server.WaitForOutput("not found within 65536 bytes")
}

// exchange returns everything that a server sends for the same input. The input comes in parts.
func exchange(t *testing.T, server *demotest.Program) string {
	t.Helper()
	client := connect(t, server)
	for _, part := range []string{"one\n", "two\r\nthr", "ee\n\n\n", "caf\xc3\xa9 \xff\x00\n", strings.Repeat("y", 60000) + "\n", "no line end"} {
		client.send(part)
	}
	require.NoError(t, client.CloseWrite())
	all, err := io.ReadAll(client.input)
	require.NoError(t, err)
	return string(all)
}

func TestBothServersSendTheSame(t *testing.T) {
	original := demotest.StartOriginal(t, "tcpecho/server.py")
	require.Equal(t, exchange(t, original), exchange(t, demotest.Start(t)))
}
