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

// Write is web's before the upgrade and a mistake after it: see WriteMessage. The same
// holds for the methods that follow. Tornado: write.
func (h *WebSocketHandler) Write(p []byte) (int, error) {
	if err := h.notSupported("Write"); err != nil {
		return 0, err
	}
	return h.RequestHandler.Write(p)
}

// WriteString is for the time before the upgrade. Tornado: write.
func (h *WebSocketHandler) WriteString(s string) error {
	if err := h.notSupported("WriteString"); err != nil {
		return err
	}
	return h.RequestHandler.WriteString(s)
}

// WriteJSON is for the time before the upgrade; see JSON. Tornado: write.
func (h *WebSocketHandler) WriteJSON(v any) error {
	if err := h.notSupported("WriteJSON"); err != nil {
		return err
	}
	return h.RequestHandler.WriteJSON(v)
}

// Redirect is for the time before the upgrade. Tornado: redirect.
func (h *WebSocketHandler) Redirect(url string, status ...int) error {
	if err := h.notSupported("Redirect"); err != nil {
		return err
	}
	return h.RequestHandler.Redirect(url, status...)
}

// SetHeader is for the time before the upgrade. Tornado: set_header.
func (h *WebSocketHandler) SetHeader(name string, value any) {
	if h.notSupported("SetHeader") == nil {
		h.RequestHandler.SetHeader(name, value)
	}
}

// AddHeader is for the time before the upgrade. Tornado: add_header.
func (h *WebSocketHandler) AddHeader(name string, value any) {
	if h.notSupported("AddHeader") == nil {
		h.RequestHandler.AddHeader(name, value)
	}
}

// SetStatus is for the time before the upgrade. Tornado: set_status.
func (h *WebSocketHandler) SetStatus(code int, reason ...string) {
	if h.notSupported("SetStatus") == nil {
		h.RequestHandler.SetStatus(code, reason...)
	}
}

// SetCookie is for the time before the upgrade. Tornado: set_cookie.
func (h *WebSocketHandler) SetCookie(name, value string, options ...web.CookieOptions) {
	if h.notSupported("SetCookie") == nil {
		h.RequestHandler.SetCookie(name, value, options...)
	}
}

// ClearCookie is for the time before the upgrade. Tornado: clear_cookie, by set_cookie.
func (h *WebSocketHandler) ClearCookie(name string, options ...web.CookieOptions) {
	if h.notSupported("ClearCookie") == nil {
		h.RequestHandler.ClearCookie(name, options...)
	}
}

// SendError is for the time before the upgrade; see Close. Tornado 2.2: send_error.
func (h *WebSocketHandler) SendError(status int, cause error) {
	if h.notSupported("SendError") == nil {
		h.RequestHandler.SendError(status, cause)
	}
}

// Flush is for the time before the upgrade; afterwards its future has failed.
// Tornado: flush.
func (h *WebSocketHandler) Flush() *ioloop.Future[struct{}] {
	if err := h.notSupported("Flush"); err != nil {
		f := ioloop.NewFuture[struct{}](h.Loop())
		f.SetError(err)
		return f
	}
	return h.RequestHandler.Flush()
}

// Finish is for the time before the upgrade; see Close. Tornado: finish.
func (h *WebSocketHandler) Finish(chunk ...any) error {
	if err := h.notSupported("Finish"); err != nil {
		return err
	}
	return h.RequestHandler.Finish(chunk...)
}
