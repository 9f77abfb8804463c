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

// Handler lists what a WebSocket handler may override beyond [web.Handler]. Embed
// [WebSocketHandler] by value: it has all of it, and seals the interface.
type Handler interface {
	web.Handler

	// Open runs when the connection is open, before any message is read. args are
	// the positional groups of the route's pattern. An error is logged and ends the
	// connection, for which then no other hook runs.
	Open(args ...string) error
	// OnMessage runs for each message, one at a time. m is the handler's to keep.
	// An error is logged and ends the connection.
	OnMessage(m Message) error
	// OnPing runs after a ping was answered; data is the handler's to keep.
	OnPing(data []byte)
	// OnPong runs when the peer answers a ping; data is the handler's to keep.
	OnPong(data []byte)
	// OnShutdown runs when the server shuts down in order: see httpserver.HTTPServer.Shutdown.
	OnShutdown()
	// OnClose runs once when the connection has ended, however, after the last OnMessage.
	OnClose()
	// SelectSubprotocol chooses one of the subprotocols that the client offers, in
	// its order of preference, or "" for none. Any other name is answered with 500.
	SelectSubprotocol(offered []string) string
	// CheckOrigin says whether a page of origin may connect; if not, the answer is 403. It
	// is not asked for a client that names no origin, as browsers always do.
	CheckOrigin(origin string) bool
	// MaxMessageSize is the most bytes that a message may have, after decompression. A
	// larger message ends the connection with the code 1009.
	MaxMessageSize() int
	// GetCompressionOptions turns on compression, if it does not return nil. Options out
	// of their range panic.
	GetCompressionOptions() *CompressionOptions
	// PingInterval is the time between pings of an open connection; 0 for none.
	PingInterval() time.Duration
	// PingTimeout is how long after a ping the peer's answer may come; 0 is as long as
	// PingInterval, below 0 that none is asked for.
	PingTimeout() time.Duration
	// SendLimits say what becomes of messages for a peer that reads too slowly. It is called
	// once, before Open.
	SendLimits() SendLimits
	// AllowDraft76 says whether clients may speak draft 76, which is from 2010. It is
	// asked for a handshake that names no version.
	AllowDraft76() bool
	// GetWebSocketScheme is the scheme of this server's URL as clients see it, "ws" or
	// "wss". Draft 76 alone asks for it.
	GetWebSocketScheme() string

	endpoint
	socket() *WebSocketHandler
}

// WebSocketHandler is the base of WebSocket handlers: embed it by value and override
// what [Handler] lists, OnMessage above all. Its methods are for the loop of the
// connection, but those that are named Post. Tornado: websocket.WebSocketHandler.
type WebSocketHandler struct {
	web.RequestHandler

	link        link
	stream      *iostream.IOStream // nil before the handshake
	subprotocol string
	registered  *upgrades.List[*openSocket] // nil if the connection has no registry
	packed      httputil.PackedRequest      // what UnpackRequest unpacks
	posted      int32                       // see maxPosted; atomic
	place       int32                       // in registered
	version     uint8
	reporting   bool // LogException runs for notSupported
	grouped     bool // it is in a Group
}

func (h *WebSocketHandler) socket() *WebSocketHandler { return h }
func (h *WebSocketHandler) linked() *link             { return &h.link }

func (h *WebSocketHandler) opened() error {
	err := h.Self().(Handler).Open(h.OpenArgs()...)
	if err == nil {
		h.packed, _ = h.Framework().PackRequest()
	}
	return err
}

func (h *WebSocketHandler) unlink() {
	h.link.connection = nil
	h.leaveGroups()
	h.deregister()
}

func (h *WebSocketHandler) ended() {
	hooks := h.Self().(Handler)
	defer hooks.OnClose() // even if the other hook panics
	hooks.OnConnectionClose()
}

// Open does nothing; override it for what is to be done when the connection is open.
// args are the positional groups of the route's pattern. An error ends the connection.
// Tornado: open.
func (h *WebSocketHandler) Open(args ...string) error { return nil }

// OnMessage is to be overridden: without that, the first message is logged as an error
// and ends the connection. m is the handler's to keep; the next message waits until
// OnMessage returns. Tornado: on_message.
func (h *WebSocketHandler) OnMessage(m Message) error {
	return errors.New("websocket: a message came, but the handler has no OnMessage")
}

// OnPing does nothing; override it to be told of the peer's pings, which are answered
// already. Tornado: on_ping.
func (h *WebSocketHandler) OnPing(data []byte) {}

// OnPong does nothing; override it to be told of the peer's answers to pings.
// Tornado: on_pong.
func (h *WebSocketHandler) OnPong(data []byte) {}

// OnShutdown closes the connection with code 1001, "going away". A handler that
// overrides it may say something before, and should close soon: the server waits for
// that. Tornado has none.
func (h *WebSocketHandler) OnShutdown() { h.Close(CloseGoingAway, "") }

// OnClose does nothing; override it for what is to be done when the connection has
// ended, once and however that was. CloseCode and CloseReason tell what the peer said.
// Tornado: on_close.
func (h *WebSocketHandler) OnClose() {}

// SelectSubprotocol returns "": none. Override it to choose one of those that the
// client offers. Tornado: select_subprotocol.
func (h *WebSocketHandler) SelectSubprotocol(offered []string) string { return "" }

// CheckOrigin accepts the origin whose host and port are those of the request's Host
// header, whatever the case, and those of Settings.WebSocketAllowedOrigins. Override it
// to accept others. Tornado: check_origin.
func (h *WebSocketHandler) CheckOrigin(origin string) bool {
	return sameOrigin(origin, h.Framework().PeekRequest().Host) || OriginAllowed(origin, h.Settings().WebSocketAllowedOrigins)
}

// MaxMessageSize is Settings.WebSocketMaxMessageSize in bytes, 10 MiB if that is 0.
// Tornado: max_message_size.
func (h *WebSocketHandler) MaxMessageSize() int {
	return cmp.Or(h.Settings().WebSocketMaxMessageSize, defaultMaxMessageSize)
}

// GetCompressionOptions is nil: no compression. Override it to return, say, an empty
// [CompressionOptions]. Tornado: get_compression_options.
func (h *WebSocketHandler) GetCompressionOptions() *CompressionOptions { return nil }

// PingInterval is Settings.WebSocketPingInterval; 0 means no pings. The first ping
// comes up to a quarter of the interval early, so that clients which came together are
// not pinged together. Times are rounded up to the loop's CoarseTick.
// Tornado: ping_interval.
func (h *WebSocketHandler) PingInterval() time.Duration {
	return h.Settings().WebSocketPingInterval
}

// PingTimeout is Settings.WebSocketPingTimeout. 0 stands for PingInterval, and so does
// more than that; negative means that no answer is asked for. If no pong, to whichever
// ping, has come that long after a ping, the connection is closed with the reason "ping
// timed out"; other messages do not count. Messages or a close frame that wait for
// OnMessage put it off, and so does a peer that is not read for what it was sent (1
// MiB), as long as it reads that. Tornado: ping_timeout.
func (h *WebSocketHandler) PingTimeout() time.Duration {
	return h.Settings().WebSocketPingTimeout
}

// SendLimits returns no limits: messages wait for a slow peer, without a limit in bytes or
// time. Override it to set some. It is called once for each connection, before Open, and
// its limits hold until the connection ends. Tornado has none.
func (h *WebSocketHandler) SendLimits() SendLimits { return SendLimits{} }

// AllowDraft76 is false: the draft is long obsolete, and its frames can be mistaken for
// something else by intermediaries. Override it for clients that know nothing newer.
// Tornado 2.2: allow_draft76.
func (h *WebSocketHandler) AllowDraft76() bool { return false }

// GetWebSocketScheme is "wss" if the request came by https, as far as this server can
// tell, else "ws". Override it behind a proxy that ends TLS and says nothing.
// Tornado 2.2: get_websocket_scheme.
func (h *WebSocketHandler) GetWebSocketScheme() string {
	if h.Request().Protocol == "https" {
		return "wss"
	}
	return "ws"
}

// OpenArgs are what Open is called with: the positional groups of the route's pattern.
// Tornado: open_args.
func (h *WebSocketHandler) OpenArgs() []string { return h.PathArgs() }

// OpenKwargs are the named groups of the route's pattern. Tornado: open_kwargs.
func (h *WebSocketHandler) OpenKwargs() map[string]string { return h.PathKwargs() }

// Stream is the connection, to ask and to tune. Reading from it or writing to it would
// break the protocol. It is nil before the upgrade, and stays when the connection has
// ended. Tornado: stream.
func (h *WebSocketHandler) Stream() *iostream.IOStream { return h.stream }

// WebSocketVersion is the version of the protocol that the connection speaks: "13", "8",
// "7", or "76" for draft 76; "" before the upgrade. Tornado has the class of its
// ws_connection for that.
func (h *WebSocketHandler) WebSocketVersion() string {
	if h.stream == nil {
		return ""
	}
	return strconv.Itoa(int(h.version))
}

// SelectedSubprotocol is what SelectSubprotocol chose, "" for none.
// Tornado: selected_subprotocol.
func (h *WebSocketHandler) SelectedSubprotocol() string { return h.subprotocol }

// CloseCode is the code of the peer's close frame (RFC 6455, section 7.4), 0 if it
// had none or there was no such frame. Tornado: close_code, None in that case.
func (h *WebSocketHandler) CloseCode() int { return h.link.closed.codeSent() }

// CloseReason is the reason in the peer's close frame, "" if it had none or there was
// no such frame. Tornado: close_reason, None in that case.
func (h *WebSocketHandler) CloseReason() string { return h.link.closed.reasonSent() }

// WriteMessage sends m. Up to 16 KiB of its data are copied; more is held until sent
// and must not be changed. It does not wait: see Drained. The error is a
// *WebSocketClosedError if the connection is not open, or ErrSendQueueFull if the
// SendLimits leave no room; draft 76 refuses binary messages and text that is not
// UTF-8. A message leaves at the end of the loop's turn, a large one at once.
// Tornado: write_message.
func (h *WebSocketHandler) WriteMessage(m Message) error {
	h.Loop().CheckOwner("WebSocketHandler.WriteMessage")
	return h.link.write(outgoing{Message: m})
}

// WritePrepared sends a message that many get, as WriteMessage does, but encodes and
// compresses it once for all; see [Prepare]. Tornado has none.
func (h *WebSocketHandler) WritePrepared(p *Prepared) error {
	h.Loop().CheckOwner("WebSocketHandler.WritePrepared")
	return h.link.write(outgoing{p.message, p})
}

// Recycle gives the memory of m, which OnMessage was given, to the large messages that come
// next on the loop: where many of 16 KiB and more come, that about halves what each costs;
// smaller ones are left alone. Nobody may use m.Data, or a part of it, afterwards: a
// handler that has kept it, or handed it to somebody who may still hold it, such as another
// connection, does not recycle it. That it was written to this connection is no hindrance.
// Nothing depends on the call; what is not recycled is the collector's. Recycling a message
// twice may panic. In debug mode the memory is overwritten. Tornado has nothing like it.
func (h *WebSocketHandler) Recycle(m Message) {
	h.Loop().CheckOwner("WebSocketHandler.Recycle")
	h.link.recycle(m)
}

// BufferedAmount is how many bytes wait to be sent; those of this turn are among them.
// It is 0 when the connection has ended. The name is that of browsers.
func (h *WebSocketHandler) BufferedAmount() int { return h.link.buffered() }

// Drained returns the future of all having been taken by the kernel, done if nothing
// waits; its error is a *WebSocketClosedError when the connection ends first. A handler
// that sends much awaits it now and then. Tornado: the future of write_message.
func (h *WebSocketHandler) Drained() *ioloop.Future[struct{}] {
	h.Loop().CheckOwner("WebSocketHandler.Drained")
	return h.link.drained(h.Loop())
}

// Ping sends a ping with data of at most 125 bytes (RFC 6455, section 5.5.2); the
// answer comes to OnPong. More bytes are an error, as is draft 76, which has no pings;
// a connection that is not open is a *WebSocketClosedError. Tornado: ping.
func (h *WebSocketHandler) Ping(data []byte) error {
	h.Loop().CheckOwner("WebSocketHandler.Ping")
	return h.link.ping(data)
}

// Close starts the closing handshake (RFC 6455, section 7.1.2). code 0 sends none, or
// 1000 if there is a reason; reason is UTF-8, at most 123 bytes. A code that may not be
// sent, or another reason, is an error. OnClose runs when the peer has answered, or
// after 5 seconds. Messages that come until then are still delivered. Closing twice
// does nothing. Tornado: close.
func (h *WebSocketHandler) Close(code int, reason string) error {
	h.Loop().CheckOwner("WebSocketHandler.Close")
	if err := checkClose(code, reason, true); err != nil {
		return err
	}
	if h.link.connection != nil {
		h.link.connection.close(code, reason)
	}
	return nil
}

// Abort ends the connection at once, without a closing handshake. Messages that wait for
// OnMessage are dropped. OnClose runs, as after Close. Tornado: ws_connection._abort.
func (h *WebSocketHandler) Abort() {
	h.Loop().CheckOwner("WebSocketHandler.Abort")
	h.link.abort(nil)
}

// AsyncCallback makes fn a callback, for timers and the like, that treats an error or a
// panic as OnMessage's are treated: it is logged, and the connection ends. That a
// connection was closed meanwhile is no error. The callback belongs to the handler's loop.
// Tornado 2.2: async_callback.
func (h *WebSocketHandler) AsyncCallback(fn func() error) func() {
	return func() {
		h.Loop().CheckOwner("the callback of WebSocketHandler.AsyncCallback")
		callThen(fn, h.callbackDone)
	}
}

// callbackDone handles the error of a callback of AsyncCallback.
func (h *WebSocketHandler) callbackDone(err error) {
	if err == nil || h.link.connection == nil && isClosed(err) {
		return
	}
	if h.link.connection != nil {
		h.link.connection.abort(err)
	}
	h.Self().LogException(err)
}

// SetNodelay switches TCP_NODELAY, which is on from the start; before the upgrade and
// after the end it does nothing. Tornado: set_nodelay.
func (h *WebSocketHandler) SetNodelay(on bool) {
	if h.link.connection != nil {
		h.link.connection.setNodelay(on)
	}
}

// upgrade makes the opening handshake and swaps HTTP for a protocol object: this is
// the one place where that happens, and the stream keeps what came behind the request.
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
			return // no 101 was sent: the response is an error page
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
				h.unlink()
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
	h.link.connection = accept.connect(h.Self().(Handler), stream)
	h.link.connection.start()
	return nil
}

func (h *WebSocketHandler) chooseSubprotocol(hooks Handler, offered []string) error {
	h.subprotocol = strings.Clone(hooks.SelectSubprotocol(offered)) // the head is not to live on for it
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

// answer101 sends the answer that accepts; headers that Prepare set are in it.
func (h *WebSocketHandler) answer101(accept acceptance) error {
	reason, headers := accept.answer(h.Self().(Handler))
	h.SetStatus(101, reason)
	h.ClearHeader("Content-Type")
	for _, f := range headers {
		h.SetHeader(f.Name, f.Value)
	}
	return h.Framework().FinishUpgrade()
}

// refuse answers a handshake that is not acceptable like any request.
func (h *WebSocketHandler) refuse(r *refusal) error {
	if r.status == 405 {
		return web.NewHTTPError(405)
	}
	h.SetStatus(r.status)
	if speaks76(h.Framework().PeekRequest().Headers.Get) {
		h.SetHeader("Connection", "close") // the challenge that follows is no request
	}
	if r.name != "" {
		h.SetHeader(r.name, r.value)
	}
	return h.Self().Finish(r.body)
}
