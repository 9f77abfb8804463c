package websocket

import (
	"errors"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/ioloop"
)

// upgraded is the Connection of a request after the upgrade. It is the handler itself, so that
// it takes no memory. It cannot send a response.
type upgraded WebSocketHandler

var (
	_ httputil.HTTPConnection            = (*upgraded)(nil)
	_ httputil.LoopBound[*ioloop.IOLoop] = (*upgraded)(nil)
)

var errUpgraded = errors.New("websocket: the connection was upgraded: use WriteMessage")

// Loop returns the loop of the connection.
func (u *upgraded) Loop() *ioloop.IOLoop { return u.stream.Loop() }

// Info returns the address of the peer.
func (u *upgraded) Info() httputil.ConnectionInfo {
	r := (*WebSocketHandler)(u).Framework().PeekRequest()
	return httputil.ConnectionInfo{RemoteIP: r.RemoteIP, Protocol: r.Protocol}
}

// WriteHeaders returns an error.
func (u *upgraded) WriteHeaders(httputil.ResponseStartLine, *httputil.HTTPHeaders, []byte) error {
	return errUpgraded
}

// Write returns an error.
func (u *upgraded) Write([]byte) error { return errUpgraded }

// Finish returns an error.
func (u *upgraded) Finish() error { return errUpgraded }

// Flushed calls fn when the output of the WebSocket has been sent.
func (u *upgraded) Flushed(fn func(error)) { u.stream.Flushed(fn) }

// Loop returns the loop of the connection, on which the handler runs.
func (h *WebSocketHandler) Loop() *ioloop.IOLoop {
	if h.stream != nil {
		return h.stream.Loop()
	}
	return h.RequestHandler.Loop()
}
