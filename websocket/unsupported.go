package websocket

import (
	"errors"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
)

// The methods in this file write an HTTP response. After the upgrade there is none. The
// methods then log an error, because callers often drop errors, and return it where web's
// method returns one: errors.Is(err, errors.ErrUnsupported) is true for it. Tornado:
// _not_supported.

// A notSupportedError is the error of a method of that name after the upgrade.
type notSupportedError string

func (e notSupportedError) Error() string {
	return "websocket: " + string(e) + ": Method not supported for Web Sockets"
}

func (e notSupportedError) Is(target error) bool { return target == errors.ErrUnsupported }

// notSupported returns nil before the upgrade. After it, it logs and returns the error.
func (h *WebSocketHandler) notSupported(method string) error {
	if h.stream == nil {
		return nil
	}
	err := notSupportedError(method)
	if !h.reporting { // LogException may call such a method too, which must not lead to a recursion
		h.reporting = true
		defer func() { h.reporting = false }()
		h.Self().LogException(err)
	}
	return err
}

// Write adds p to the response that refuses a handshake, as web's Write does. After the
// upgrade it logs and returns an error that is errors.ErrUnsupported. Send messages with
// WriteMessage. Tornado: write.
func (h *WebSocketHandler) Write(p []byte) (int, error) {
	if err := h.notSupported("Write"); err != nil {
		return 0, err
	}
	return h.RequestHandler.Write(p)
}

// WriteString adds s to the response that refuses a handshake, as web's does. After the
// upgrade it logs and returns an error that is errors.ErrUnsupported. Send messages with
// WriteMessage. Tornado: write.
func (h *WebSocketHandler) WriteString(s string) error {
	if err := h.notSupported("WriteString"); err != nil {
		return err
	}
	return h.RequestHandler.WriteString(s)
}

// WriteJSON adds v to the response that refuses a handshake, as web's does. After the
// upgrade it logs and returns an error that is errors.ErrUnsupported. Send messages with
// JSON and WriteMessage. Tornado: write.
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

// SetHeader sets a header of the response to the handshake, as web's does. After the
// upgrade it only logs an error. Tornado: set_header.
func (h *WebSocketHandler) SetHeader(name string, value any) {
	if h.notSupported("SetHeader") == nil {
		h.RequestHandler.SetHeader(name, value)
	}
}

// AddHeader adds a header to the response to the handshake, as web's does. After the
// upgrade it only logs an error. Tornado: add_header.
func (h *WebSocketHandler) AddHeader(name string, value any) {
	if h.notSupported("AddHeader") == nil {
		h.RequestHandler.AddHeader(name, value)
	}
}

// SetStatus sets the status of a response that refuses a handshake, as web's does. After
// the upgrade it only logs an error. Tornado: set_status.
func (h *WebSocketHandler) SetStatus(code int, reason ...string) {
	if h.notSupported("SetStatus") == nil {
		h.RequestHandler.SetStatus(code, reason...)
	}
}

// SetCookie sets a cookie on the response to the handshake, as web's does. After the
// upgrade it only logs an error. Tornado: set_cookie.
func (h *WebSocketHandler) SetCookie(name, value string, options ...web.CookieOptions) {
	if h.notSupported("SetCookie") == nil {
		h.RequestHandler.SetCookie(name, value, options...)
	}
}

// ClearCookie deletes a cookie with the response to the handshake, as web's does. After the
// upgrade it only logs an error. Tornado: clear_cookie, by set_cookie.
func (h *WebSocketHandler) ClearCookie(name string, options ...web.CookieOptions) {
	if h.notSupported("ClearCookie") == nil {
		h.RequestHandler.ClearCookie(name, options...)
	}
}

// SendError refuses a handshake with an error page, as web's does. After the upgrade it
// only logs an error. End the connection with Close. Tornado 2.2:
// send_error.
func (h *WebSocketHandler) SendError(status int, cause error) {
	if h.notSupported("SendError") == nil {
		h.RequestHandler.SendError(status, cause)
	}
}

// Flush sends the written part of a response that refuses a handshake, as web's does. After
// the upgrade it logs an error, and the future fails with it; it is errors.ErrUnsupported. Tornado: flush.
func (h *WebSocketHandler) Flush() *ioloop.Future[struct{}] {
	if err := h.notSupported("Flush"); err != nil {
		f := ioloop.NewFuture[struct{}](h.Loop())
		f.SetError(err)
		return f
	}
	return h.RequestHandler.Flush()
}

// Finish ends a response that refuses a handshake, as web's does. After the upgrade it
// logs and returns an error that is errors.ErrUnsupported. End the connection with Close. Tornado: finish.
func (h *WebSocketHandler) Finish(chunk ...any) error {
	if err := h.notSupported("Finish"); err != nil {
		return err
	}
	return h.RequestHandler.Finish(chunk...)
}
