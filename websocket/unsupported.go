package websocket

import (
	"errors"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
)

// The methods in this file write an HTTP answer. A connection that was upgraded has none,
// so they do nothing then but report a mistake: they log it, since Go's callers drop
// errors, and return it where web's method returns one. errors.Is(err,
// errors.ErrUnsupported) tells it. Tornado: _not_supported.

// A notSupportedError is a call of the method of that name after the upgrade.
type notSupportedError string

func (e notSupportedError) Error() string {
	return "websocket: " + string(e) + ": Method not supported for Web Sockets"
}

func (e notSupportedError) Is(target error) bool { return target == errors.ErrUnsupported }

// notSupported is nil before the upgrade.
func (h *WebSocketHandler) notSupported(method string) error {
	if h.stream == nil {
		return nil
	}
	err := notSupportedError(method)
	if !h.reporting { // a LogException that makes this mistake too must not go round in circles
		h.reporting = true
		defer func() { h.reporting = false }()
		h.Self().LogException(err)
	}
	return err
}

// Write adds p to the answer that refuses a handshake, as web's Write does. After the
// upgrade it fails with errors.ErrUnsupported (by errors.Is), which is logged. To send
// a message: WriteMessage. Tornado: write.
func (h *WebSocketHandler) Write(p []byte) (int, error) {
	if err := h.notSupported("Write"); err != nil {
		return 0, err
	}
	return h.RequestHandler.Write(p)
}

// WriteString adds s to the answer that refuses a handshake, as web's does. After the
// upgrade it fails with errors.ErrUnsupported (by errors.Is), which is logged. To send
// a message: WriteMessage. Tornado: write.
func (h *WebSocketHandler) WriteString(s string) error {
	if err := h.notSupported("WriteString"); err != nil {
		return err
	}
	return h.RequestHandler.WriteString(s)
}

// WriteJSON adds v to the answer that refuses a handshake, as web's does. After the
// upgrade it fails with errors.ErrUnsupported (by errors.Is), which is logged. To send
// a message: JSON and WriteMessage. Tornado: write.
func (h *WebSocketHandler) WriteJSON(v any) error {
	if err := h.notSupported("WriteJSON"); err != nil {
		return err
	}
	return h.RequestHandler.WriteJSON(v)
}

// Redirect answers a handshake with a redirect, as web's does. After the upgrade it
// fails with errors.ErrUnsupported (by errors.Is), which is logged. Tornado: redirect.
func (h *WebSocketHandler) Redirect(url string, status ...int) error {
	if err := h.notSupported("Redirect"); err != nil {
		return err
	}
	return h.RequestHandler.Redirect(url, status...)
}

// SetHeader sets a header of the answer to the handshake, as web's does. After the
// upgrade it does nothing but log that mistake. Tornado: set_header.
func (h *WebSocketHandler) SetHeader(name string, value any) {
	if h.notSupported("SetHeader") == nil {
		h.RequestHandler.SetHeader(name, value)
	}
}

// AddHeader adds a header to the answer to the handshake, as web's does. After the
// upgrade it does nothing but log that mistake. Tornado: add_header.
func (h *WebSocketHandler) AddHeader(name string, value any) {
	if h.notSupported("AddHeader") == nil {
		h.RequestHandler.AddHeader(name, value)
	}
}

// SetStatus sets the status of an answer that refuses a handshake, as web's does. After
// the upgrade it does nothing but log that mistake. Tornado: set_status.
func (h *WebSocketHandler) SetStatus(code int, reason ...string) {
	if h.notSupported("SetStatus") == nil {
		h.RequestHandler.SetStatus(code, reason...)
	}
}

// SetCookie sets a cookie on the answer to the handshake, as web's does. After the
// upgrade it does nothing but log that mistake. Tornado: set_cookie.
func (h *WebSocketHandler) SetCookie(name, value string, options ...web.CookieOptions) {
	if h.notSupported("SetCookie") == nil {
		h.RequestHandler.SetCookie(name, value, options...)
	}
}

// ClearCookie deletes a cookie by the answer to the handshake, as web's does. After the
// upgrade it does nothing but log that mistake. Tornado: clear_cookie, by set_cookie.
func (h *WebSocketHandler) ClearCookie(name string, options ...web.CookieOptions) {
	if h.notSupported("ClearCookie") == nil {
		h.RequestHandler.ClearCookie(name, options...)
	}
}

// SendError refuses a handshake with an error page, as web's does. After the upgrade it
// does nothing but log that mistake. To end the connection: Close. Tornado 2.2:
// send_error.
func (h *WebSocketHandler) SendError(status int, cause error) {
	if h.notSupported("SendError") == nil {
		h.RequestHandler.SendError(status, cause)
	}
}

// Flush sends what was written of an answer that refuses a handshake, as web's does.
// After the upgrade it logs that mistake, and the future has failed with
// errors.ErrUnsupported (by errors.Is). Tornado: flush.
func (h *WebSocketHandler) Flush() *ioloop.Future[struct{}] {
	if err := h.notSupported("Flush"); err != nil {
		f := ioloop.NewFuture[struct{}](h.Loop())
		f.SetError(err)
		return f
	}
	return h.RequestHandler.Flush()
}

// Finish ends an answer that refuses a handshake, as web's does. After the upgrade it
// fails with errors.ErrUnsupported (by errors.Is), which is logged. To end the
// connection: Close. Tornado: finish.
func (h *WebSocketHandler) Finish(chunk ...any) error {
	if err := h.notSupported("Finish"); err != nil {
		return err
	}
	return h.RequestHandler.Finish(chunk...)
}
