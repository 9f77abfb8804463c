package websocket_test

// The tests of this file judge the client with servers of other authors. The servers are scripts
// in testdata, which print the port that they listen on. peers_test.go names the programs that
// the scripts need.

import (
	"bufio"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/internal/peers"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/websocket"
)

func TestClientAndTornado(t *testing.T) {
	python := peers.Python(t, "tornado.websocket")
	base := "ws://127.0.0.1:" + startPeer(t, 1, python, "testdata/tornado_server.py")[0]
	judgeClient(t, base+"/plain", base+"/compressed")
	err := run(t, func(l *ioloop.IOLoop) error { // ws-62
		_, err := websocket.Connect(l, base+"/move", websocket.ConnectOptions{}).Await()
		return err
	})
	refused, ok := errors.AsType[*websocket.HandshakeError](err)
	if !ok || refused.StatusCode != 301 || refused.Headers.Get("Location") != "/plain" {
		t.Errorf("a redirect: %v", err)
	}
}

func TestClientAndWebsockets(t *testing.T) {
	python := peers.Python(t, "websockets")
	ports := startPeer(t, 2, python, "testdata/websockets_server.py")
	judgeClient(t, "ws://127.0.0.1:"+ports[0]+"/", "ws://127.0.0.1:"+ports[1]+"/")
}

func TestClientAndWs(t *testing.T) {
	t.Setenv("NODE_PATH", os.Getenv("TORNADO_NODE_MODULES"))
	peers.Check(t, "npm ws", "node", "-e", "require('ws')")
	ports := startPeer(t, 2, "node", "testdata/ws_server.js")
	judgeClient(t, "ws://127.0.0.1:"+ports[0]+"/", "ws://127.0.0.1:"+ports[1]+"/")
}

// startPeer runs a server until the test ends, and returns the n ports that it prints.
func startPeer(t *testing.T, n int, command string, args ...string) (ports []string) {
	t.Helper()
	peer := peers.Command(command, args...)
	peer.Stderr = os.Stderr
	out, err := peer.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, peer.Start())
	t.Cleanup(func() { peer.Process.Kill(); peer.Wait() })
	for lines := bufio.NewScanner(out); len(ports) < n && lines.Scan(); {
		ports = append(ports, strings.TrimSpace(lines.Text()))
	}
	require.Len(t, ports, n)
	return ports
}

// judgeClient has the client talk to a server without compression, and to one with compression.
func judgeClient(t *testing.T, plain, compressed string) {
	for _, url := range []string{plain, compressed} {
		var o websocket.ConnectOptions
		o.Subprotocols = []string{"first", "second"}
		if url == compressed {
			o.Compression = &websocket.CompressionOptions{}
		}
		pong := ""
		o.OnPong = func(data []byte) { pong = string(data) }
		err := run(t, func(l *ioloop.IOLoop) error {
			c, err := websocket.Connect(l, url, o).Await()
			if err != nil {
				return err
			}
			if got := c.SelectedSubprotocol(); got != "second" {
				t.Errorf("%s: subprotocol %q", url, got)
			}
			if got := c.Headers().Has("Sec-Websocket-Extensions"); got != (url == compressed) {
				t.Errorf("%s: compression: %v", url, got)
			}
			if err := c.Ping([]byte("payload")); err != nil {
				return err
			}
			converse(t, url, c)
			if pong != "payload" {
				t.Errorf("%s: pong %q", url, pong)
			}
			return c.WriteMessage(websocket.Text("leave"))
		})
		require.NoError(t, err, url)
		closing(t, url, o)
	}
}

// converse sends messages of all sizes, and checks their echoes. It sends some messages twice, so
// that the second can refer to the first when it is compressed.
func converse(t *testing.T, url string, c *websocket.ClientConnection) {
	data := make([]byte, 1<<20)
	for i := range data {
		data[i] = byte(i % 251)
	}
	for _, size := range []int{0, 1, 125, 126, 125, 126, 65535, 65536, 1 << 20} {
		text := strings.Repeat("é", size/2) + strings.Repeat("x", size%2)
		for _, m := range []websocket.Message{websocket.Text(text), websocket.Binary(data[:size])} {
			require.NoError(t, c.WriteMessage(m))
			got, err := c.ReadMessage().Await()
			if err != nil || got.Binary != m.Binary || got.String() != m.String() {
				t.Errorf("%s: %d bytes: %v, %d came back", url, size, err, len(got.Data))
				return
			}
		}
	}
}

// closing lets each side close.
func closing(t *testing.T, url string, o websocket.ConnectOptions) {
	for _, tt := range []struct {
		close  func(c *websocket.ClientConnection) error
		code   int
		reason string
	}{
		{func(c *websocket.ClientConnection) error { return c.WriteMessage(websocket.Text("leave")) }, 4001, "server is done"},
		{func(c *websocket.ClientConnection) error { return c.Close(4000, "client is done") }, 4000, ""},
	} {
		require.NoError(t, run(t, func(l *ioloop.IOLoop) error {
			c, err := websocket.Connect(l, url, o).Await()
			if err != nil {
				return err
			}
			if err := tt.close(c); err != nil {
				return err
			}
			_, err = c.ReadMessage().Await()
			if err != io.EOF || c.CloseCode() != tt.code || tt.reason != "" && c.CloseReason() != tt.reason || c.Err() != nil {
				t.Errorf("%s: %v, %d %q, %v; want %d %q", url, err, c.CloseCode(), c.CloseReason(), c.Err(), tt.code, tt.reason)
			}
			return nil
		}))
	}
}
