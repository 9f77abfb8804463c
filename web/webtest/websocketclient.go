package webtest

import (
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/websocket"
)

// A WebSocketClient is an open WebSocket for the goroutine of a test: each method waits until
// its work is done, up to Timeout, and fails the test if it cannot be done.
type WebSocketClient struct {
	// Conn is the connection, which belongs to the loop of the test. See OnLoop and Await.
	Conn *websocket.ClientConnection
	tb   func() testing.TB
}

// ConnectWebSocket opens a WebSocket to a path of the server, which is closed at the end of the
// test. TLS is set up as for Fetch, unless the options have a configuration. Tornado:
// websocket_connect.
func (s *AppServer) ConnectWebSocket(path string, options ...websocket.ConnectOptions) *WebSocketClient {
	s.tb().Helper()
	conn, err := s.TryWebSocket(path, options...)
	require.NoError(s.tb(), err)
	c := &WebSocketClient{Conn: conn, tb: s.tb}
	s.tb().Cleanup(c.abort)
	return c
}

// TryWebSocket is ConnectWebSocket for a handshake that may fail: it returns the error, such as
// a *websocket.HandshakeError.
func (s *AppServer) TryWebSocket(path string, options ...websocket.ConnectOptions) (*websocket.ClientConnection, error) {
	var o websocket.ConnectOptions
	if len(options) > 0 {
		o = options[0]
	}
	if o.TLS == nil {
		o.TLS = s.tls
	}
	return await(s.loop, Timeout(), func() (*websocket.ClientConnection, error) {
		return websocket.Connect(s.loop, s.WebSocketURL(path), o).Await()
	})
}

func (c *WebSocketClient) loop() *ioloop.IOLoop { return c.Conn.Loop() }

// abort closes the connection, if its loop still runs.
func (c *WebSocketClient) abort() { c.loop().AddCallback(c.Conn.Abort) }

// onLoop runs fn on the loop and fails the test if fn returns an error.
func (c *WebSocketClient) onLoop(what string, fn func() error) {
	c.tb().Helper()
	_, err := await(c.loop(), Timeout(), func() (struct{}, error) { return struct{}{}, fn() })
	require.NoError(c.tb(), err, "webtest: %s of a WebSocket", what)
}

// WriteMessage sends a message. Tornado: write_message.
func (c *WebSocketClient) WriteMessage(m websocket.Message) {
	c.tb().Helper()
	c.onLoop("WriteMessage", func() error { return c.Conn.WriteMessage(m) })
}

// WriteText sends a text message.
func (c *WebSocketClient) WriteText(text string) {
	c.tb().Helper()
	c.WriteMessage(websocket.Text(text))
}

// ReadMessage returns the next message. The test fails if the connection ends instead.
// Tornado: read_message.
func (c *WebSocketClient) ReadMessage() (m websocket.Message) {
	c.tb().Helper()
	c.onLoop("ReadMessage", func() (err error) {
		m, err = c.Conn.ReadMessage().Await()
		return err
	})
	return m
}

// ReadText returns the next message as text.
func (c *WebSocketClient) ReadText() string {
	c.tb().Helper()
	m := c.ReadMessage()
	return m.String()
}

// ReadClose waits for the end of the connection, and returns the code and the reason of the
// server's close frame: 0 and "" if there were none. The test fails if a message arrives
// instead.
func (c *WebSocketClient) ReadClose() (code int, reason string) {
	c.tb().Helper()
	c.onLoop("ReadClose", func() error {
		m, err := c.Conn.ReadMessage().Await()
		if err == nil {
			return fmt.Errorf("a message arrived instead of a close frame: %q", m.String())
		}
		if err == io.EOF {
			err = nil
		}
		code, reason = c.Conn.CloseCode(), c.Conn.CloseReason()
		return err
	})
	return code, reason
}

// Close starts the closing handshake; 0 and "" send neither code nor reason. Tornado: close.
func (c *WebSocketClient) Close(code int, reason string) {
	c.tb().Helper()
	c.onLoop("Close", func() error { return c.Conn.Close(code, reason) })
}
