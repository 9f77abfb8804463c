package websocket

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/upgrades"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/gotornado/tornado/web"
)

// Handler lists the methods that a WebSocket handler may override in addition to those of
// [web.Handler]. Embed [WebSocketHandler] by value to implement it.
type Handler interface {
	web.Handler

	// Open runs when the connection is open, before the first message is read. args are the
	// positional groups of the route's pattern. An error is logged and ends the connection;
	// then no other hook runs.
	Open(args ...string) error
	// OnMessage runs for each message, one at a time. The handler owns m. An error is logged
	// and ends the connection.
	OnMessage(m Message) error
	// OnPing runs after the pong for a ping was sent. The handler owns data.
	OnPing(data []byte)
	// OnPong runs when the peer has sent a pong. The handler owns data.
	OnPong(data []byte)
	// OnShutdown runs when the server shuts down gracefully: see
	// httpserver.HTTPServer.Shutdown.
	OnShutdown()
	// OnClose runs once, when the connection has ended for any reason, after the last
	// OnMessage.
	OnClose()
	// SelectSubprotocol returns one of the subprotocols that the client offers, in the client's
	// order of preference, or "" for none. Any other name makes the response a 500.
	SelectSubprotocol(offered []string) string
	// CheckOrigin reports whether pages of origin may connect; if not, the response is a 403.
	// It is not called if the request has no Origin header, which browsers always send.
	CheckOrigin(origin string) bool
	// MaxMessageSize is the limit of a message in bytes, after decompression. A larger message
	// ends the connection with code 1009.
	MaxMessageSize() int
	// GetCompressionOptions turns on compression unless it returns nil. Invalid options panic.
	GetCompressionOptions() *CompressionOptions
	// PingInterval is the time between the pings of an open connection; 0 means no pings.
	PingInterval() time.Duration
	// PingTimeout is the time limit for the pong after a ping. 0 means PingInterval, and a
	// negative value disables the limit.
	PingTimeout() time.Duration
	// SendLimits bound the messages that wait for a peer that reads too slowly. It is called
	// once, before Open.
	SendLimits() SendLimits
	// AllowDraft76 reports whether clients may use draft 76, of 2010. It is called for a
	// handshake without a version.
	AllowDraft76() bool
	// GetWebSocketScheme is the scheme of this server's URL as clients see it, "ws" or "wss".
	// Only draft 76 needs it.
	GetWebSocketScheme() string

	connectionHooks
	socket() *WebSocketHandler
}

// WebSocketHandler is the base of WebSocket handlers. Embed it by value and override methods of
// [Handler], at least OnMessage. Call its methods on the loop of the connection only, except
// those whose names begin with Post. Tornado: websocket.WebSocketHandler.
type WebSocketHandler struct {
	web.RequestHandler

	ref         connectionRef
	stream      *iostream.IOStream // nil before the handshake
	subprotocol string
	registered  *upgrades.List[*openSocket] // nil if the connection has no registry
	packed      httputil.PackedRequest      // the request, packed after Open
	posted      int32                       // see maxPosted; atomic
	place       int32                       // in registered
	version     uint8
	reporting   bool // LogException runs for notSupported
	grouped     bool // the handler is in a Group
}

func (h *WebSocketHandler) socket() *WebSocketHandler { return h }
func (h *WebSocketHandler) reference() *connectionRef { return &h.ref }

func (h *WebSocketHandler) callOpenHook() error {
	err := h.Self().(Handler).Open(h.OpenArgs()...)
	if err == nil {
		h.packed, _ = h.Framework().PackRequest()
	}
	return err
}

func (h *WebSocketHandler) dropConnection() {
	h.ref.connection = nil
	h.leaveGroups()
	h.deregister()
}

func (h *WebSocketHandler) callEndHooks() {
	hooks := h.Self().(Handler)
	defer hooks.OnClose() // even if the other hook panics
	hooks.OnConnectionClose()
}

// Open does nothing. Override it for work when the connection is open. args are the positional
// groups of the route's pattern. An error ends the connection. Tornado: open.
func (h *WebSocketHandler) Open(args ...string) error { return nil }

// OnMessage must be overridden: this one returns an error, which ends the connection at the
// first message. The handler owns m. The next message waits until OnMessage returns. Tornado:
// on_message.
func (h *WebSocketHandler) OnMessage(m Message) error {
	return errors.New("websocket: a message arrived, but the handler has no OnMessage: override it")
}

// OnPing does nothing. Override it to observe the pings of the peer, to which the connection
// has sent the pong already. Tornado: on_ping.
func (h *WebSocketHandler) OnPing(data []byte) {}

// OnPong does nothing. Override it to observe the pongs of the peer. Tornado: on_pong.
func (h *WebSocketHandler) OnPong(data []byte) {}

// OnShutdown closes the connection with code 1001, "going away". An override may send messages
// first. It should close the connection soon, because the server waits for that. Tornado has no
// such method.
func (h *WebSocketHandler) OnShutdown() { h.Close(CloseGoingAway, "") }

// OnClose does nothing. Override it for work when the connection has ended, for any reason. It
// runs once. CloseCode and CloseReason have the content of the peer's close frame. Tornado:
// on_close.
func (h *WebSocketHandler) OnClose() {}

// SelectSubprotocol returns "", for no subprotocol. Override it to choose one that the client
// offers. Tornado: select_subprotocol.
func (h *WebSocketHandler) SelectSubprotocol(offered []string) string { return "" }

// CheckOrigin accepts an origin whose host and port equal the Host header, in any case of
// letters, and the origins of Settings.WebSocketAllowedOrigins. Override it to accept others.
// Tornado: check_origin.
func (h *WebSocketHandler) CheckOrigin(origin string) bool {
	return sameOrigin(origin, h.Framework().PeekRequest().Host) || OriginAllowed(origin, h.Settings().WebSocketAllowedOrigins)
}

// MaxMessageSize returns Settings.WebSocketMaxMessageSize in bytes, or 10 MiB if that is 0.
// Tornado: max_message_size.
func (h *WebSocketHandler) MaxMessageSize() int {
	return cmp.Or(h.Settings().WebSocketMaxMessageSize, defaultMaxMessageSize)
}

// GetCompressionOptions returns nil: no compression. Override it to return, for example, an
// empty [CompressionOptions]. Tornado: get_compression_options.
func (h *WebSocketHandler) GetCompressionOptions() *CompressionOptions { return nil }

// PingInterval returns Settings.WebSocketPingInterval; 0 means no pings. The first ping is sent
// up to a quarter of the interval early, so that clients that connected together are not pinged
// together. Times from the loop's CoarseTick on are rounded up to it. Tornado: ping_interval.
func (h *WebSocketHandler) PingInterval() time.Duration {
	return h.Settings().WebSocketPingInterval
}

// PingTimeout returns Settings.WebSocketPingTimeout. 0, or more than PingInterval, means
// PingInterval. A negative value disables the limit. If no pong arrives within that time after
// a ping, the connection is closed with the reason "ping timed out". Other messages do not
// count.
//
// The limit does not apply while messages or a close frame wait for OnMessage. Nor does it
// apply while the server does not read from the peer because of 1 MiB of unsent output, as long
// as the peer reads that output. Tornado: ping_timeout.
func (h *WebSocketHandler) PingTimeout() time.Duration {
	return h.Settings().WebSocketPingTimeout
}

// SendLimits returns no limits: messages wait for a slow peer without a limit in bytes or time.
// Override it to set limits. It is called once for each connection, before Open. Tornado has no
// such method.
func (h *WebSocketHandler) SendLimits() SendLimits { return SendLimits{} }

// AllowDraft76 returns false. The draft is obsolete, and intermediaries can mistake its frames
// for HTTP. Override it for clients that know no later version. Tornado 2.2: allow_draft76.
func (h *WebSocketHandler) AllowDraft76() bool { return false }

// GetWebSocketScheme returns "wss" if the request arrived by HTTPS, as far as this server
// knows, else "ws". Override it if a proxy terminates TLS and does not say so. Tornado 2.2:
// get_websocket_scheme.
func (h *WebSocketHandler) GetWebSocketScheme() string {
	if h.Request().Protocol == "https" {
		return "wss"
	}
	return "ws"
}

// OpenArgs returns the arguments of Open: the positional groups of the route's pattern.
// Tornado: open_args.
func (h *WebSocketHandler) OpenArgs() []string { return h.PathArgs() }

// OpenKwargs returns the named groups of the route's pattern. Tornado: open_kwargs.
func (h *WebSocketHandler) OpenKwargs() map[string]string { return h.PathKwargs() }

// Stream returns the connection, for its options and addresses. Reading or writing would break
// the protocol. It is nil before the upgrade, and stays after the end of the connection.
// Tornado: stream.
func (h *WebSocketHandler) Stream() *iostream.IOStream { return h.stream }

// WebSocketVersion returns the version of the protocol: "13", "8", "7", "76" for draft 76, or
// "" before the upgrade. Tornado has the class of ws_connection instead.
func (h *WebSocketHandler) WebSocketVersion() string {
	if h.stream == nil {
		return ""
	}
	return strconv.Itoa(int(h.version))
}

// SelectedSubprotocol returns the result of SelectSubprotocol. Tornado: selected_subprotocol.
func (h *WebSocketHandler) SelectedSubprotocol() string { return h.subprotocol }

// CloseCode returns the code of the peer's close frame (RFC 6455, section 7.4). It is 0 without
// such a frame or code. Tornado: close_code, which is None then.
func (h *WebSocketHandler) CloseCode() int { return h.ref.closed.codeSent() }

// CloseReason returns the reason of the peer's close frame. It is "" without such a frame or
// reason. Tornado: close_reason, which is None then.
func (h *WebSocketHandler) CloseReason() string { return h.ref.closed.reasonSent() }

// WriteMessage sends m. It copies data of up to 16 KiB. Larger data is not copied and must not
// be changed until it has been sent. WriteMessage does not block: see Drained. A message is
// sent at the end of the loop's turn, a large one immediately.
//
// The error is a *WebSocketClosedError if the connection is not open, or ErrSendQueueFull if m
// would exceed the SendLimits. On draft 76, binary messages and text that is not UTF-8 are
// errors too. Tornado: write_message.
func (h *WebSocketHandler) WriteMessage(m Message) error {
	h.Loop().CheckOwner("WebSocketHandler.WriteMessage")
	return h.ref.write(outgoing{Message: m})
}

// WritePrepared sends a message to many receivers, as WriteMessage does. The message is encoded
// and compressed only once; see [Prepare]. Tornado has no such method.
func (h *WebSocketHandler) WritePrepared(p *Prepared) error {
	h.Loop().CheckOwner("WebSocketHandler.WritePrepared")
	return h.ref.write(outgoing{p.message, p})
}

// Recycle passes the memory of m, which OnMessage received, to later messages of at least 16
// KiB on the same loop. This about halves the cost of large messages. It does nothing for
// smaller ones.
//
// After the call, no code may use m.Data or a part of it. So do not recycle a message that you
// have kept or passed on, for example to another connection. To have written it to this
// connection is allowed. Without the call, the garbage collector frees the memory. Recycling a
// message twice may panic. In debug mode the memory is overwritten. Tornado has no such method.
func (h *WebSocketHandler) Recycle(m Message) {
	h.Loop().CheckOwner("WebSocketHandler.Recycle")
	h.ref.recycle(m)
}

// BufferedAmount returns the number of bytes that wait to be sent, with those of this turn. It
// is 0 after the end of the connection. Browsers use the same name.
func (h *WebSocketHandler) BufferedAmount() int { return h.ref.buffered() }

// Drained returns a future that is done when the kernel has all output. Its error is a
// *WebSocketClosedError if the connection ends before. A handler that sends much should await
// it now and then. Tornado: the future of write_message.
func (h *WebSocketHandler) Drained() *ioloop.Future[struct{}] {
	h.Loop().CheckOwner("WebSocketHandler.Drained")
	return h.ref.drained(h.Loop())
}

// Ping sends a ping with data of at most 125 bytes (RFC 6455, section 5.5.2). OnPong runs when
// the pong arrives. More bytes are an error, as is draft 76, which has no pings. If the
// connection is not open, the error is a *WebSocketClosedError. Tornado: ping.
func (h *WebSocketHandler) Ping(data []byte) error {
	h.Loop().CheckOwner("WebSocketHandler.Ping")
	return h.ref.ping(data)
}

// Close starts the closing handshake (RFC 6455, section 7.1.2). Code 0 sends no code, or 1000
// with a reason. The reason is UTF-8 of at most 123 bytes. Other reasons, and codes that must
// not be sent, are errors. OnClose runs when the peer has sent its close frame, or after 5
// seconds. Messages that arrive until then are delivered. A second Close does nothing. Tornado:
// close.
func (h *WebSocketHandler) Close(code int, reason string) error {
	h.Loop().CheckOwner("WebSocketHandler.Close")
	if err := checkClose(code, reason, true); err != nil {
		return err
	}
	if h.ref.connection != nil {
		h.ref.connection.close(code, reason)
	}
	return nil
}

// Abort ends the connection immediately, without a closing handshake. Messages that wait for
// OnMessage are dropped. OnClose runs, as after Close. Tornado: ws_connection._abort.
func (h *WebSocketHandler) Abort() {
	h.Loop().CheckOwner("WebSocketHandler.Abort")
	h.ref.abort(nil)
}

// AsyncCallback returns a function that calls fn, for example for a timer. An error or a panic
// of fn is logged and ends the connection, as one of OnMessage does. A *WebSocketClosedError
// after the end of the connection is ignored. The function belongs to the handler's loop.
// Tornado 2.2: async_callback.
func (h *WebSocketHandler) AsyncCallback(fn func() error) func() {
	return func() {
		h.Loop().CheckOwner("the callback of WebSocketHandler.AsyncCallback")
		callThen(fn, h.callbackDone)
	}
}

// callbackDone handles the error of a callback of AsyncCallback.
func (h *WebSocketHandler) callbackDone(err error) {
	if err == nil || h.ref.connection == nil && isClosed(err) {
		return
	}
	if h.ref.connection != nil {
		h.ref.connection.abort(err)
	}
	h.Self().LogException(err)
}

// SetNodelay sets TCP_NODELAY, which is on by default. It does nothing before the upgrade and
// after the end. Tornado: set_nodelay.
func (h *WebSocketHandler) SetNodelay(on bool) {
	if h.ref.connection != nil {
		h.ref.connection.setNodelay(on)
	}
}

// upgrade checks the opening handshake and replaces HTTP by a protocol object. The stream keeps
// the bytes that follow the request.
func (h *WebSocketHandler) upgrade() error {
	hooks := h.Self().(Handler)
	request := h.Framework().PeekRequest()
	header := request.Headers.Get
	if request.Version == "HTTP/1.0" {
		header = withoutUpgrade(header)
	}
	if r := checkUpgrade(request.Method, header, hooks.CheckOrigin); r != nil {
		return h.refuse(r)
	}
	accept, refused := chooseProtocol(header, request.URI, hooks.AllowDraft76)
	if refused != nil {
		return h.refuse(refused)
	}
	if err := h.chooseSubprotocol(hooks, accept.offers()); err != nil {
		return err
	}
	detacher, ok := request.Connection.(httputil.Detacher[*iostream.IOStream])
	if !ok {
		return errors.New("websocket: the connection cannot be upgraded: it has no stream to detach")
	}
	return h.swap(accept, detacher, request)
}

// swap sends the 101, takes the stream from HTTP and starts the protocol on it. If a hook
// fails after the 101, swap closes the stream. No other hook runs then, as after an Open
// that fails.
func (h *WebSocketHandler) swap(accept acceptance, detacher httputil.Detacher[*iostream.IOStream], request *httputil.HTTPServerRequest) (err error) {
	callThen(func() error { return h.answer101(accept) }, func(failed error) {
		err = failed
		if !h.Finished() {
			return // no 101 was sent, so the response was an error page
		}
		stream := detacher.Detach()
		if stream == nil {
			return // the client has closed the connection
		}
		callThen(func() error {
			if err != nil {
				return err
			}
			return h.begin(accept, stream, request)
		}, func(failed error) {
			if err = failed; err != nil {
				h.dropConnection()
				stream.Close()
			}
		})
	})
	return err
}

// begin starts the protocol on stream, which the request does not use any more.
func (h *WebSocketHandler) begin(accept acceptance, stream *iostream.IOStream, request *httputil.HTTPServerRequest) error {
	h.stream = stream
	atomic.AddInt32(&h.posted, mayPost)
	h.register(request.Connection)
	request.Connection = (*upgraded)(h)
	h.version = accept.number()
	h.ref.connection = accept.connect(h.Self().(Handler), stream)
	h.ref.connection.start()
	return nil
}

// chooseSubprotocol calls SelectSubprotocol and checks its result.
func (h *WebSocketHandler) chooseSubprotocol(hooks Handler, offered []string) error {
	h.subprotocol = strings.Clone(hooks.SelectSubprotocol(offered)) // the clone lets the request's head be released from memory
	if h.subprotocol == "" {
		return nil
	}
	for _, name := range offered {
		if name == h.subprotocol {
			return nil
		}
	}
	return fmt.Errorf("websocket: SelectSubprotocol chose %q, which the client did not offer (%s)",
		h.subprotocol, strings.Join(offered, ", "))
}

// answer101 sends the 101, with the headers that Prepare has set.
func (h *WebSocketHandler) answer101(accept acceptance) error {
	reason, headers := accept.responseHead(h.Self().(Handler))
	h.SetStatus(101, reason)
	h.ClearHeader("Content-Type")
	for _, f := range headers {
		h.SetHeader(f.Name, f.Value)
	}
	return h.Framework().FinishUpgrade()
}

// refuse sends an ordinary response to a handshake that is not acceptable.
func (h *WebSocketHandler) refuse(r *refusal) error {
	if r.status == 405 {
		return web.NewHTTPError(405)
	}
	h.SetStatus(r.status)
	if speaks76(h.Framework().PeekRequest().Headers.Get) {
		h.SetHeader("Connection", "close") // the 8 bytes of the challenge follow, which are not a request
	}
	if r.name != "" {
		h.SetHeader(r.name, r.value)
	}
	return h.Self().Finish(r.body)
}
