package websocket

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gotornado/tornado/iostream"
	"github.com/gotornado/tornado/web"
)

// Handler lists what a WebSocket handler may override beyond [web.Handler]. Embed
// [WebSocketHandler] by value: it has all of it, and seals the interface.
type Handler interface {
	web.Handler

	// Open runs when the connection is open, before any message is read. args are
	// the positional groups of the route's pattern. An error ends the connection.
	Open(args ...string) error
	// OnMessage runs for each message, one at a time. m is the handler's to keep.
	// An error is logged and ends the connection.
	OnMessage(m Message) error
	// OnPing runs after a ping was answered; data is the handler's to keep.
	OnPing(data []byte)
	// OnPong runs when the peer answers a ping; data is the handler's to keep.
	OnPong(data []byte)
	// OnClose runs once when the connection has ended.
	OnClose()
	// SelectSubprotocol chooses one of the subprotocols that the client offers, in
	// its order of preference, or "" for none.
	SelectSubprotocol(offered []string) string
	// CheckOrigin says whether a page of origin may connect.
	CheckOrigin(origin string) bool
	// MaxMessageSize is the most bytes that a message may have.
	MaxMessageSize() int

	socket() *WebSocketHandler
}

// WebSocketHandler is the base of WebSocket handlers. Tornado: websocket.WebSocketHandler.
type WebSocketHandler struct {
	web.RequestHandler
	connection  wsConnection // nil before the handshake and after the end
	subprotocol string
	closeCode   int
	closeReason string
}

func (h *WebSocketHandler) socket() *WebSocketHandler { return h }

// CheckPrototype refuses, when a route is made, a handler that has a method named
// like a hook of Handler but is not a whole Handler.
func (h *WebSocketHandler) CheckPrototype(self web.Handler) error {
	if _, ok := self.(Handler); !ok {
		return errors.New("it is no websocket.Handler: a hook is mistyped; " +
			"`var _ websocket.Handler = (*T)(nil)` makes the compiler say which")
	}
	return nil
}

// Open does nothing. Tornado: open.
func (h *WebSocketHandler) Open(args ...string) error { return nil }

// OnMessage is to be overridden. Tornado: on_message.
func (h *WebSocketHandler) OnMessage(m Message) error {
	return errors.New("websocket: a message came, but the handler has no OnMessage")
}

// OnPing does nothing. Tornado: on_ping.
func (h *WebSocketHandler) OnPing(data []byte) {}

// OnPong does nothing. Tornado: on_pong.
func (h *WebSocketHandler) OnPong(data []byte) {}

// OnClose does nothing. Tornado: on_close.
func (h *WebSocketHandler) OnClose() {}

// SelectSubprotocol chooses none. Tornado: select_subprotocol.
func (h *WebSocketHandler) SelectSubprotocol(offered []string) string { return "" }

// CheckOrigin accepts the origin whose host and port are those of the request's
// Host header, whatever the case. Tornado: check_origin.
func (h *WebSocketHandler) CheckOrigin(origin string) bool {
	return sameOrigin(origin, h.Request().Host)
}

// MaxMessageSize is 10 MiB. Tornado: max_message_size, websocket_max_message_size.
func (h *WebSocketHandler) MaxMessageSize() int { return 10 << 20 }

// SelectedSubprotocol is what SelectSubprotocol chose. Tornado: selected_subprotocol.
func (h *WebSocketHandler) SelectedSubprotocol() string { return h.subprotocol }

// CloseCode is the code of the peer's close frame (RFC 6455, section 7.4), 0 if it
// had none or there was no such frame. Tornado: close_code, None in that case.
func (h *WebSocketHandler) CloseCode() int { return h.closeCode }

// CloseReason is the reason in the peer's close frame. Tornado: close_reason.
func (h *WebSocketHandler) CloseReason() string { return h.closeReason }

// WriteMessage sends m. Up to 16 KiB of its data are copied; more is held until sent
// and must not be changed. The error is a *WebSocketClosedError if the connection is
// not open. It leaves at the end of the loop's turn. Tornado: write_message.
func (h *WebSocketHandler) WriteMessage(m Message) error {
	h.Loop().CheckOwner("WebSocketHandler.WriteMessage")
	if h.connection == nil {
		return &WebSocketClosedError{}
	}
	return h.connection.write(m)
}

// Ping sends a ping of at most 125 bytes (RFC 6455, section 5.5.2). Tornado: ping.
func (h *WebSocketHandler) Ping(data []byte) error {
	h.Loop().CheckOwner("WebSocketHandler.Ping")
	if h.connection == nil {
		return &WebSocketClosedError{}
	}
	return h.connection.ping(data)
}

// Close starts the closing handshake (RFC 6455, section 7.1.2). code 0 sends none;
// reason is UTF-8, at most 123 bytes. A code that may not be sent is an error. The
// peer has 5 seconds to answer; OnClose runs after that. Messages that come until
// then are still delivered. Closing twice does nothing. Tornado: close.
func (h *WebSocketHandler) Close(code int, reason string) error {
	h.Loop().CheckOwner("WebSocketHandler.Close")
	if err := checkClose(code, reason, true); err != nil {
		return err
	}
	if h.connection != nil {
		h.connection.close(code, reason)
	}
	return nil
}

// SetNodelay switches TCP_NODELAY, which is on from the start. Tornado: set_nodelay.
func (h *WebSocketHandler) SetNodelay(on bool) {
	if h.connection != nil {
		h.connection.setNodelay(on)
	}
}

// Execute upgrades the connection where other handlers call their verb. It belongs
// to the framework. Tornado: _execute.
func (h *WebSocketHandler) Execute(args []string, kwargs map[string]string) {
	h.ExecuteWith(args, kwargs, h.upgrade)
}

// upgrade makes the opening handshake and swaps HTTP for a protocol object: this is
// the one place where that happens, and the stream keeps what came behind the request.
func (h *WebSocketHandler) upgrade() error {
	hooks := h.Self().(Handler)
	header := h.Request().Headers.Get
	if r := checkUpgrade(h.Request().Method, header, hooks.CheckOrigin); r != nil {
		return h.refuse(r)
	}
	accept, refused := chooseProtocol(header)
	if refused != nil {
		return h.refuse(refused)
	}
	if err := h.chooseSubprotocol(hooks, accept.offers()); err != nil {
		return err
	}
	detacher, ok := h.Request().Connection.(interface{ Detach() *iostream.IOStream })
	if !ok {
		return errors.New("websocket: the connection cannot be upgraded: it has no stream to detach")
	}
	if err := h.answer101(accept); err != nil {
		return err
	}
	stream := detacher.Detach()
	if stream == nil {
		return nil // the client left, or speaks HTTP/1.0 and is let go
	}
	h.connection = accept.connect(hooks, stream)
	h.connection.start()
	return nil
}

func (h *WebSocketHandler) chooseSubprotocol(hooks Handler, offered []string) error {
	h.subprotocol = hooks.SelectSubprotocol(offered)
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
	h.SetStatus(101)
	h.ClearHeader("Content-Type")
	if h.subprotocol != "" {
		h.SetHeader("Sec-Websocket-Protocol", h.subprotocol)
	}
	h.SetHeader("Upgrade", "websocket")
	h.SetHeader("Connection", "Upgrade")
	h.SetHeader("Sec-Websocket-Accept", accept.key())
	return h.Finish()
}

// refuse answers a handshake that is not acceptable like any request.
func (h *WebSocketHandler) refuse(r *refusal) error {
	if r.status == 405 {
		return web.NewHTTPError(405)
	}
	h.SetStatus(r.status)
	if r.name != "" {
		h.SetHeader(r.name, r.value)
	}
	return h.Finish(r.body)
}
