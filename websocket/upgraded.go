package websocket

import (
	"errors"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/ioloop"
)

// upgraded is what stands in the place of an upgraded request's HTTP connection: the
// handler itself, so that it takes no memory. It answers nothing any more.
type upgraded WebSocketHandler

var (
	_ httputil.HTTPConnection            = (*upgraded)(nil)
	_ httputil.LoopBound[*ioloop.IOLoop] = (*upgraded)(nil)
)

var errUpgraded = errors.New("websocket: the connection speaks HTTP no more")

// Loop returns the loop of the connection.
func (u *upgraded) Loop() *ioloop.IOLoop { return u.stream.Loop() }

// Info says who the peer is.
func (u *upgraded) Info() httputil.ConnectionInfo {
	r := (*WebSocketHandler)(u).Framework().PeekRequest()
	return httputil.ConnectionInfo{RemoteIP: r.RemoteIP, Protocol: r.Protocol}
}

// WriteHeaders fails.
func (u *upgraded) WriteHeaders(httputil.ResponseStartLine, *httputil.HTTPHeaders, []byte) error {
	return errUpgraded
}

// Write fails.
func (u *upgraded) Write([]byte) error { return errUpgraded }

// Finish fails.
func (u *upgraded) Finish() error { return errUpgraded }

// Flushed waits for what the WebSocket sends.
func (u *upgraded) Flushed(fn func(error)) { u.stream.Flushed(fn) }

// Loop is the loop of the connection, on which the handler runs.
func (h *WebSocketHandler) Loop() *ioloop.IOLoop {
	if h.stream != nil {
		return h.stream.Loop()
	}
	return h.RequestHandler.Loop()
}
