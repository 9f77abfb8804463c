package websocket

import (
	"cmp"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strconv"
	"time"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/gotornado/tornado/log"
	"github.com/gotornado/tornado/tcpclient"
)

// ConnectOptions configure one client connection. The zero value has Tornado's defaults.
type ConnectOptions struct {
	Headers      httputil.HTTPHeaders // additional headers of the request; copied
	Subprotocols []string             // to offer, in order of preference
	Compression  *CompressionOptions  // options of permessage-deflate; nil means no compression. Tornado: compression_options

	// TLS is the configuration for wss; nil means the zero Config. The server name is that of
	// the URL, unless the Config has one.
	TLS            *tls.Config
	Resolver       tcpclient.Resolver // nil means tcpclient.DefaultResolver
	ConnectTimeout time.Duration      // time limit until the server has responded; 0 means 20s, a negative value disables it

	MaxMessageSize int           // bytes; 0 means 10 MiB
	PingInterval   time.Duration // as in [WebSocketHandler.PingInterval]; 0 means no pings
	PingTimeout    time.Duration // as in [WebSocketHandler.PingTimeout]; 0 means PingInterval
	SendLimits     SendLimits    // limits of the messages that wait for a server that reads too slowly; zero means none

	// OnMessage, if it is not nil, is called with each message, one at a time in a coroutine,
	// and with nil at the end of the connection. ReadMessage then returns no messages. A panic
	// is logged and ends the connection. Tornado: on_message_callback.
	OnMessage func(m *Message)
	// OnPing and OnPong, if they are not nil, are called for the server's pings, after the pong
	// was sent, and for its pongs. Tornado: on_ping, on_pong of the connection.
	OnPing, OnPong func(data []byte)
}

// defaultMaxMessageSize is Tornado's default, in bytes.
const defaultMaxMessageSize = 10 << 20

func (o *ConnectOptions) maxMessageSize() int { return cmp.Or(o.MaxMessageSize, defaultMaxMessageSize) }

// Connect connects to a WebSocket server on loop l. url is ws://... or wss://...; a user and a
// password in it are sent as Basic authentication. Cancelling the future ends the attempt.
//
// The error of the future is a *HandshakeError for another response than a 101 (redirects are
// not followed), and that of [tcpclient.TCPClient] if no connection was made. It is a
// *iostream.StreamClosedError if the server closed the connection, ioloop.ErrTimeout, or an
// error that names an invalid argument. Tornado: websocket_connect.
func Connect(l *ioloop.IOLoop, url string, o ConnectOptions) *ioloop.Future[*ClientConnection] {
	l.CheckOwner("websocket.Connect")
	f := ioloop.Go(l, func() (*ClientConnection, error) {
		c, err := connect(l, url, &o)
		if err != nil && !errors.As(err, new(*HandshakeError)) {
			err = fmt.Errorf("websocket: %w", err)
		}
		return c, err
	})
	f.AddDoneCallback(startReading)
	return f
}

// startReading starts to read messages two turns after the future of Connect is done. So the
// code that awaits the future, possibly through ioloop.WithTimeout, has the connection before a
// message that arrived with the 101 is delivered.
func startReading(f *ioloop.Future[*ClientConnection]) {
	if c, _ := f.Result(); c != nil {
		l := c.Loop()
		l.CallSoon(func() { l.CallSoon(c.client.ref.connection.start) })
	}
}

// A ClientConnection is the client's side of a WebSocket; see [Connect]. Call its methods on
// its loop only. Tornado: WebSocketClientConnection.
type ClientConnection struct{ client client }

// Loop returns the loop of the connection.
func (c *ClientConnection) Loop() *ioloop.IOLoop { return c.client.stream.Loop() }

// Stream returns the connection, for its options and addresses. Reading or writing would break
// the protocol.
func (c *ClientConnection) Stream() *iostream.IOStream { return c.client.stream }

// Headers returns the headers of the server's response. Tornado: headers.
func (c *ClientConnection) Headers() *httputil.HTTPHeaders { return &c.client.headers }

// SelectedSubprotocol returns the subprotocol that the server chose, "" for none. Tornado:
// selected_subprotocol.
func (c *ClientConnection) SelectedSubprotocol() string { return c.client.subprotocol }

// ReadMessage returns a future of the next message. Its error is io.EOF when the connection has
// ended, for any reason. One message is read ahead; then reading from the server stops. A
// cancelled future takes no message. Tornado: read_message, which yields None at the end.
func (c *ClientConnection) ReadMessage() *ioloop.Future[Message] {
	c.Loop().CheckOwner("ClientConnection.ReadMessage")
	f := ioloop.NewFuture[Message](c.Loop())
	k := &c.client
	switch {
	case len(k.unread) > 0:
		f.SetResult(k.takeMessage())
	case k.ref.connection == nil:
		f.SetError(io.EOF)
	default:
		for len(k.readers) > 0 && k.readers[0].Done() { // cancelled
			k.readers = k.readers[1:]
		}
		k.readers = append(k.readers, f)
	}
	return f
}

// WriteMessage sends m as [WebSocketHandler.WriteMessage] does. It does not block. The error is
// a *WebSocketClosedError or ErrSendQueueFull. Tornado: write_message.
func (c *ClientConnection) WriteMessage(m Message) error {
	c.Loop().CheckOwner("ClientConnection.WriteMessage")
	return c.client.ref.write(outgoing{Message: m})
}

// WritePrepared sends a message to many receivers, as WriteMessage does. Because a client masks
// its frames, only the compression is shared.
func (c *ClientConnection) WritePrepared(p *Prepared) error {
	c.Loop().CheckOwner("ClientConnection.WritePrepared")
	return c.client.ref.write(outgoing{p.message, p})
}

// Recycle passes the memory of a received message to later messages. After the call, no code
// may use it. See [WebSocketHandler.Recycle].
func (c *ClientConnection) Recycle(m Message) {
	c.Loop().CheckOwner("ClientConnection.Recycle")
	c.client.ref.recycle(m)
}

// BufferedAmount returns the number of bytes that wait to be sent. It is 0 after the end of the
// connection. Browsers use the same name.
func (c *ClientConnection) BufferedAmount() int { return c.client.ref.buffered() }

// Drained returns a future that is done when the kernel has all output. Its error is a
// *WebSocketClosedError if the connection ends before. Tornado: the future of write_message.
func (c *ClientConnection) Drained() *ioloop.Future[struct{}] {
	c.Loop().CheckOwner("ClientConnection.Drained")
	return c.client.ref.drained(c.Loop())
}

// Ping sends a ping with data of at most 125 bytes (RFC 6455, section 5.5.2).
// ConnectOptions.OnPong is called for the pong. More bytes are an error. If the connection is
// not open, the error is a *WebSocketClosedError. Tornado: ping.
func (c *ClientConnection) Ping(data []byte) error {
	c.Loop().CheckOwner("ClientConnection.Ping")
	return c.client.ref.ping(data)
}

// Close starts the closing handshake. The server has 5 seconds to send its close frame. Code 0
// sends no code, or 1000 with a reason. The reason is UTF-8 of at most 123 bytes. Other
// reasons, and codes that must not be sent, are errors. Messages that have arrived can still be
// read. A second Close does nothing. Tornado: close.
func (c *ClientConnection) Close(code int, reason string) error {
	c.Loop().CheckOwner("ClientConnection.Close")
	if err := checkClose(code, reason, false); err != nil {
		return err
	}
	if p := c.client.ref.connection; p != nil {
		p.close(code, reason)
	}
	return nil
}

// Abort ends the connection immediately, without a closing handshake. Output that the kernel
// does not have is not sent.
func (c *ClientConnection) Abort() {
	c.Loop().CheckOwner("ClientConnection.Abort")
	c.client.ref.abort(nil)
}

// Closed reports whether the connection has ended: no message arrives, and none is sent.
func (c *ClientConnection) Closed() bool { return c.client.ref.connection == nil }

// Err returns the error that ended the connection. It is nil if the connection is open or was
// closed normally.
func (c *ClientConnection) Err() error { return c.client.session.closeCause() }

// CloseCode returns the code of the server's close frame. It is 0 without such a frame or code.
// Tornado: close_code.
func (c *ClientConnection) CloseCode() int { return c.client.ref.closed.codeSent() }

// CloseReason returns the reason of the server's close frame. It is "" without such a frame or
// reason. Tornado: close_reason.
func (c *ClientConnection) CloseReason() string { return c.client.ref.closed.reasonSent() }

// SetNodelay sets TCP_NODELAY, which is on by default.
func (c *ClientConnection) SetNodelay(on bool) { c.client.stream.SetNodelay(on) }

// A client holds the state of a ClientConnection and has its hooks.
type client struct {
	ref         connectionRef
	session     *session
	stream      *iostream.IOStream
	options     *ConnectOptions
	headers     httputil.HTTPHeaders
	subprotocol string
	readers     []*ioloop.Future[Message] // futures of ReadMessage that wait
	unread      []Message                 // messages that wait for ReadMessage
	unreadBytes int
}

var _ connectionHooks = (*client)(nil)

func (c *client) reference() *connectionRef   { return &c.ref }
func (c *client) dropConnection()             { c.ref.connection = nil }
func (c *client) callOpenHook() error         { return nil }
func (c *client) PingInterval() time.Duration { return c.options.PingInterval }
func (c *client) PingTimeout() time.Duration  { return c.options.PingTimeout }
func (c *client) SendLimits() SendLimits      { return c.options.SendLimits }

func (c *client) OnMessage(m Message) error {
	if c.options.OnMessage != nil {
		c.options.OnMessage(&m)
		return nil
	}
	for len(c.readers) > 0 {
		f := c.readers[0]
		c.readers = c.readers[1:]
		if f.SetResult(m) { // false if it was cancelled
			return nil
		}
	}
	switch {
	case c.session.state == stateOpen:
		c.session.pauseFor(pausedByReader)
	case c.unreadBytes >= maxInboxBytes:
		return nil // the connection is closing, or the program reads too slowly
	}
	c.unread = append(c.unread, m)
	c.unreadBytes += len(m.Data)
	return nil
}

// takeMessage removes the message that has waited longest.
func (c *client) takeMessage() Message {
	m := c.unread[0]
	c.unread[0] = Message{}
	c.unread = c.unread[1:]
	c.unreadBytes -= len(m.Data)
	if len(c.unread) == 0 {
		c.unread = nil
		if c.ref.connection != nil {
			c.session.resumeFrom(pausedByReader)
		}
	}
	return m
}

func (c *client) OnPing(data []byte) { callIfSet(c.options.OnPing, data) }
func (c *client) OnPong(data []byte) { callIfSet(c.options.OnPong, data) }

func callIfSet(fn func([]byte), data []byte) {
	if fn != nil {
		fn(data)
	}
}

// LogException logs the panic of OnMessage. Tornado: log_exception.
func (c *client) LogException(err error) {
	log.Error(log.App(), "Uncaught exception", err)
}

func (c *client) callEndHooks() {
	readers := c.readers
	c.readers = nil
	for _, f := range readers {
		f.SetError(io.EOF)
	}
	if c.options.OnMessage != nil {
		c.options.OnMessage(nil)
	}
}

// connect connects, in a coroutine.
func connect(l *ioloop.IOLoop, rawURL string, o *ConnectOptions) (*ClientConnection, error) {
	u, host, port, err := parseURL(rawURL)
	if err != nil {
		return nil, err
	}
	handshake, err := newClientHandshake(u, o)
	if err != nil {
		return nil, err
	}
	begun, timeout := l.Time(), cmp.Or(o.ConnectTimeout, 20*time.Second)
	stream, err := dial(l, u, host, port, timeout, o)
	if err != nil {
		return nil, err
	}
	if timeout > 0 {
		timeout = max(1, timeout-l.Time().Sub(begun))
	}
	return open(stream, handshake, timeout, o)
}

// parseURL returns the parts of a ws or wss URL (RFC 6455, section 3).
func parseURL(rawURL string) (u *url.URL, host string, port int, err error) {
	if u, err = url.Parse(rawURL); err != nil {
		return nil, "", 0, err
	}
	switch {
	case u.Scheme == "ws":
		port = 80
	case u.Scheme == "wss":
		port = 443
	default:
		return nil, "", 0, fmt.Errorf("%q: the scheme must be ws or wss", u.Redacted())
	}
	switch {
	case u.Hostname() == "":
		return nil, "", 0, fmt.Errorf("%q: the URL has no host", u.Redacted())
	case u.Fragment != "":
		return nil, "", 0, fmt.Errorf("%q: a fragment is not allowed (RFC 6455, section 3)", u.Redacted())
	}
	if p := u.Port(); p != "" {
		if port, err = strconv.Atoi(p); err != nil || port < 1 || port > 65535 {
			return nil, "", 0, fmt.Errorf("%q: the port is not between 1 and 65535", u.Redacted())
		}
	}
	return u, u.Hostname(), port, nil
}

// dial connects the stream. Cancelling the coroutine ends the attempt.
func dial(l *ioloop.IOLoop, u *url.URL, host string, port int, timeout time.Duration, o *ConnectOptions) (*iostream.IOStream, error) {
	options := tcpclient.Options{Timeout: max(timeout, 0)}
	if u.Scheme == "wss" {
		options.Stream.TLS = cmp.Or(o.TLS, &tls.Config{})
	}
	dialed := (&tcpclient.TCPClient{Resolver: o.Resolver}).Connect(l, host, port, options)
	stream, err := dialed.Await()
	if errors.Is(err, ioloop.ErrCancelled) && !dialed.Cancel() {
		if late, lateErr := dialed.Result(); lateErr == nil {
			late.Close()
		}
	}
	return stream, err
}
