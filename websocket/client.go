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

// ConnectOptions tune one client connection. The zero value does what Tornado does.
type ConnectOptions struct {
	Headers      httputil.HTTPHeaders // of the request, beside those of the handshake; copied
	Subprotocols []string             // to offer, the most wanted first
	Compression  *CompressionOptions  // offer permessage-deflate; nil means not to. Tornado: compression_options

	// TLS is for wss; nil means the zero Config. The server's name is that of the URL
	// unless the config has one.
	TLS            *tls.Config
	Resolver       tcpclient.Resolver // nil means tcpclient.DefaultResolver
	ConnectTimeout time.Duration      // for all up to the server's answer; 0 means 20s, below 0 none

	MaxMessageSize int           // bytes; 0 means 10 MiB
	PingInterval   time.Duration // as of [WebSocketHandler.PingInterval]; 0 means no pings
	PingTimeout    time.Duration // as of [WebSocketHandler.PingTimeout]; 0 means PingInterval
	SendLimits     SendLimits    // of messages that the server does not take; zero means none

	// OnMessage, if it is not nil, gets the messages, one at a time in a coroutine, and
	// nil when the connection has ended. ReadMessage then gets none. If it panics, that
	// is logged and the connection ends. Tornado: on_message_callback.
	OnMessage func(m *Message)
	// OnPing and OnPong, if they are not nil, are told of the server's pings, which were
	// answered, and pongs. Tornado: on_ping, on_pong of the connection.
	OnPing, OnPong func(data []byte)
}

// defaultMaxMessageSize is Tornado's.
const defaultMaxMessageSize = 10 << 20

func (o *ConnectOptions) maxMessageSize() int { return cmp.Or(o.MaxMessageSize, defaultMaxMessageSize) }

// Connect connects to a WebSocket server: url is ws://... or wss://..., and a user and a
// password in it are sent as basic authentication. The error of the future is a
// *HandshakeError if the server answered otherwise (redirects are not followed), that of
// [tcpclient.TCPClient] if it was not reached, a *iostream.StreamClosedError if it hung
// up, ioloop.ErrTimeout, or says which argument is wrong. Cancelling the future gives up.
// It is for the loop l. Tornado: websocket_connect.
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

// startReading starts the protocol of a connection two turns after the future of Connect
// is done. A message that came with the 101 is so delivered after the code that awaits the
// future, perhaps through ioloop.WithTimeout, has the connection.
func startReading(f *ioloop.Future[*ClientConnection]) {
	if c, _ := f.Result(); c != nil {
		l := c.Loop()
		l.CallSoon(func() { l.CallSoon(c.client.link.connection.start) })
	}
}

// A ClientConnection is a client's end of a WebSocket. It belongs to its loop, as a
// handler does; see [Connect]. Tornado: WebSocketClientConnection.
type ClientConnection struct{ client client }

// Loop returns the loop that the connection lives on.
func (c *ClientConnection) Loop() *ioloop.IOLoop { return c.client.stream.Loop() }

// Stream is the connection, to ask and to tune; reading from it or writing to it would
// break the protocol.
func (c *ClientConnection) Stream() *iostream.IOStream { return c.client.stream }

// Headers are those of the server's answer. Tornado: headers.
func (c *ClientConnection) Headers() *httputil.HTTPHeaders { return &c.client.headers }

// SelectedSubprotocol is what the server chose of ConnectOptions.Subprotocols, "" for
// none. Tornado: selected_subprotocol.
func (c *ClientConnection) SelectedSubprotocol() string { return c.client.subprotocol }

// ReadMessage returns the future of the next message; its error is io.EOF when the
// connection has ended, however. One message is read ahead, then the server is held back.
// A future that is cancelled takes no message. Tornado: read_message, None in that case.
func (c *ClientConnection) ReadMessage() *ioloop.Future[Message] {
	c.Loop().CheckOwner("ClientConnection.ReadMessage")
	f := ioloop.NewFuture[Message](c.Loop())
	k := &c.client
	switch {
	case len(k.unread) > 0:
		f.SetResult(k.take())
	case k.link.connection == nil:
		f.SetError(io.EOF)
	default:
		for len(k.readers) > 0 && k.readers[0].Done() { // cancelled
			k.readers = k.readers[1:]
		}
		k.readers = append(k.readers, f)
	}
	return f
}

// WriteMessage sends m, as [WebSocketHandler.WriteMessage] does: it does not wait, and
// fails with a *WebSocketClosedError or ErrSendQueueFull. Tornado: write_message.
func (c *ClientConnection) WriteMessage(m Message) error {
	c.Loop().CheckOwner("ClientConnection.WriteMessage")
	return c.client.link.write(outgoing{Message: m})
}

// WritePrepared sends a message that many get, as WriteMessage does; a client's frames
// have masks, so that only the compression is done once.
func (c *ClientConnection) WritePrepared(p *Prepared) error {
	c.Loop().CheckOwner("ClientConnection.WritePrepared")
	return c.client.link.write(outgoing{p.message, p})
}

// Recycle gives the memory of a message, which ReadMessage or ConnectOptions.OnMessage
// gave, to those that come next; nobody may use it any more. See
// [WebSocketHandler.Recycle].
func (c *ClientConnection) Recycle(m Message) {
	c.Loop().CheckOwner("ClientConnection.Recycle")
	c.client.link.recycle(m)
}

// BufferedAmount is how many bytes wait to be sent, 0 when the connection has ended.
// The name is that of browsers.
func (c *ClientConnection) BufferedAmount() int { return c.client.link.buffered() }

// Drained returns the future of all that was written having been taken by the kernel,
// done if nothing waits; its error is a *WebSocketClosedError when the connection ends
// first. Tornado: the future of write_message.
func (c *ClientConnection) Drained() *ioloop.Future[struct{}] {
	c.Loop().CheckOwner("ClientConnection.Drained")
	return c.client.link.drained(c.Loop())
}

// Ping sends a ping with data of at most 125 bytes (RFC 6455, section 5.5.2); the
// answer comes to ConnectOptions.OnPong. More bytes are an error, a connection that is
// not open is a *WebSocketClosedError. Tornado: ping.
func (c *ClientConnection) Ping(data []byte) error {
	c.Loop().CheckOwner("ClientConnection.Ping")
	return c.client.link.ping(data)
}

// Close starts the closing handshake; the server has 5 seconds to answer. code 0 sends
// none, or 1000 if there is a reason; reason is UTF-8, at most 123 bytes. What may not
// be sent is an error. Messages that are there can still be read. Closing twice does
// nothing. Tornado: close.
func (c *ClientConnection) Close(code int, reason string) error {
	c.Loop().CheckOwner("ClientConnection.Close")
	if err := checkClose(code, reason, false); err != nil {
		return err
	}
	if p := c.client.link.connection; p != nil {
		p.close(code, reason)
	}
	return nil
}

// Abort ends the connection at once, without a closing handshake. What the kernel does
// not take at once is never sent.
func (c *ClientConnection) Abort() {
	c.Loop().CheckOwner("ClientConnection.Abort")
	c.client.link.abort(nil)
}

// Closed reports whether the connection has ended: nothing comes and nothing is sent.
func (c *ClientConnection) Closed() bool { return c.client.link.connection == nil }

// Err is what ended the connection, nil if it is open or was closed in good order.
func (c *ClientConnection) Err() error { return c.client.session.cause() }

// CloseCode is the code of the server's close frame, 0 if it had none or there was no
// such frame. Tornado: close_code.
func (c *ClientConnection) CloseCode() int { return c.client.link.closed.codeSent() }

// CloseReason is the reason in the server's close frame, "" if it had none or there was
// no such frame. Tornado: close_reason.
func (c *ClientConnection) CloseReason() string { return c.client.link.closed.reasonSent() }

// SetNodelay switches TCP_NODELAY, which is on from the start.
func (c *ClientConnection) SetNodelay(on bool) { c.client.stream.SetNodelay(on) }

// A client is the endpoint of a ClientConnection.
type client struct {
	link        link
	session     *session
	stream      *iostream.IOStream
	options     *ConnectOptions
	headers     httputil.HTTPHeaders
	subprotocol string
	readers     []*ioloop.Future[Message] // ReadMessage calls that wait
	unread      []Message                 // messages that wait for ReadMessage
	unreadBytes int
}

var _ endpoint = (*client)(nil)

func (c *client) linked() *link               { return &c.link }
func (c *client) unlink()                     { c.link.connection = nil }
func (c *client) opened() error               { return nil }
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
		c.session.hold(holdReader)
	case c.unreadBytes >= maxInboxBytes:
		return nil // we are closing, and nobody reads
	}
	c.unread = append(c.unread, m)
	c.unreadBytes += len(m.Data)
	return nil
}

// take removes the message that waits longest.
func (c *client) take() Message {
	m := c.unread[0]
	c.unread[0] = Message{}
	c.unread = c.unread[1:]
	c.unreadBytes -= len(m.Data)
	if len(c.unread) == 0 {
		c.unread = nil
		if c.link.connection != nil {
			c.session.release(holdReader)
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

// LogException logs what OnMessage panicked. Tornado: log_exception.
func (c *client) LogException(err error) {
	log.Error(log.App(), "Uncaught exception", err)
}

func (c *client) ended() {
	readers := c.readers
	c.readers = nil
	for _, f := range readers {
		f.SetError(io.EOF)
	}
	if c.options.OnMessage != nil {
		c.options.OnMessage(nil)
	}
}

// connect runs in a coroutine.
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

// parseURL returns what a ws or wss URL names (RFC 6455, section 3).
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
		return nil, "", 0, fmt.Errorf("%q: there is no host", u.Redacted())
	case u.Fragment != "":
		return nil, "", 0, fmt.Errorf("%q: a fragment has no meaning (RFC 6455, section 3)", u.Redacted())
	}
	if p := u.Port(); p != "" {
		if port, err = strconv.Atoi(p); err != nil || port < 1 || port > 65535 {
			return nil, "", 0, fmt.Errorf("%q: the port is not within 1 and 65535", u.Redacted())
		}
	}
	return u, u.Hostname(), port, nil
}

// dial connects the stream; whoever cancels the coroutine gives that up.
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
