package web

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/gotornado/tornado/escape"
	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/webbase"
	"github.com/gotornado/tornado/log"
)

// An HTTPError ends a request with an error page of its status. Return it from a
// handler, or panic with it. Tornado: web.HTTPError.
type HTTPError struct {
	StatusCode int    // 200 to 999; anything else is answered with 500
	Reason     string // for the status line and the page; "" is the status's own
	LogMessage string // logged as a warning, never sent; "" logs nothing
	Err        error  // what caused it, if anything
}

// NewHTTPError returns an error that is answered with status, and logged in the
// access log only.
func NewHTTPError(status int) *HTTPError { return &HTTPError{StatusCode: status} }

// HTTPErrorf returns an error that is answered with status and logged with a message,
// made as by [fmt.Errorf], so that %w wraps another error. The client does not see it.
func HTTPErrorf(status int, format string, args ...any) *HTTPError {
	err := fmt.Errorf(format, args...)
	return &HTTPError{StatusCode: status, LogMessage: err.Error(), Err: err}
}

func (e *HTTPError) Error() string {
	text := fmt.Sprintf("HTTP %d: %s", e.StatusCode, reasonOf(e.StatusCode, e.Reason))
	if e.LogMessage != "" {
		text += " (" + e.LogMessage + ")"
	}
	return text
}

func (e *HTTPError) Unwrap() error { return e.Err }

// A MissingArgumentError reports an argument that is required and was not sent. It
// is an [*HTTPError] 400 by its Unwrap. Tornado: web.MissingArgumentError.
type MissingArgumentError struct{ ArgName string }

func (e *MissingArgumentError) Error() string { return e.httpError().Error() }

func (e *MissingArgumentError) Unwrap() error { return e.httpError() }

func (e *MissingArgumentError) httpError() *HTTPError {
	return &HTTPError{StatusCode: 400, LogMessage: "Missing argument " + e.ArgName}
}

// Finish ends a request without an error: what the handler wrote is sent, then
// Chunk, if it is not nil, as by [RequestHandler.Finish]. Return it or panic with it.
// Tornado: web.Finish.
type Finish struct{ Chunk any }

func (Finish) Error() string { return "web: the handler ended the request with Finish" }

// tryThen calls step and then done with its error, or with the error that stands for its
// panic. It calls done in a deferred call: so done runs even if step calls runtime.Goexit,
// as FailNow of a test does. Hooks run under tryThen, and nothing else recovers their panics.
func tryThen(step func() error, done func(error)) {
	var err error
	returned := false
	defer func() {
		switch r := recover(); {
		case r != nil:
			err = webbase.HookError(r, endsRequest)
		case !returned:
			err = log.NewPanicError(log.Goexit)
		}
		done(err)
	}()
	err = step()
	returned = true
}

// endsRequest reports whether a handler may panic with err in place of returning it.
func endsRequest(err error) bool {
	_, ok := errors.AsType[*HTTPError](err)
	return ok || isFinish(err)
}

func isFinish(err error) bool {
	_, ok := errors.AsType[Finish](err)
	return ok
}

// statusOf is the status that a request is answered with which ended with err.
func statusOf(err error) int {
	if e, ok := errors.AsType[*HTTPError](err); ok {
		return e.StatusCode
	}
	return 500
}

func validStatus(code int) bool { return 100 <= code && code <= 999 }

// reasonOf is the phrase for a status: reason, or the usual one.
func reasonOf(status int, reason string) string {
	if reason == "" {
		reason = httputil.StatusText(status)
	}
	if reason == "" {
		reason = "Unknown"
	}
	return reason
}

// SendError discards what was written and answers with the error page of status; one
// that is not within 200 and 999 becomes 500. cause may be nil; if it is an
// [*HTTPError], it gives the reason. When the head of an answer has been sent already,
// the answer ends where it is. Tornado: send_error.
func (h *RequestHandler) SendError(status int, cause error) {
	if h.headersWritten {
		h.endPartialResponse()
		return
	}
	before := h.executing
	h.executing = true
	if !validStatus(status) || status < 200 { // an interim status ends no request
		status = 500
	}
	var reason []string
	if e, ok := errors.AsType[*HTTPError](cause); ok && e.Reason != "" {
		reason = []string{e.Reason}
	}
	tryThen(func() error {
		h.self.Clear()
		h.SetStatus(status, reason...)
		return h.finishErrorPage(cause)
	}, func(err error) {
		if err != nil {
			log.Error(log.App(), "Uncaught exception in write_error", err)
		}
		h.sendPlainError(status, reason...)
		h.executing = before
	})
}

// sendPlainError ends a request whose hooks failed to, with a response without a body. It
// calls no hook that could fail again.
func (h *RequestHandler) sendPlainError(status int, reason ...string) {
	if h.finished || h.headersWritten {
		return
	}
	h.clearOutput()
	h.SetStatus(status, reason...)
	h.finishResponse(nil)
}

// finishErrorPage calls WriteError, except for a status that cannot have a page.
func (h *RequestHandler) finishErrorPage(cause error) error {
	if bodyAllowed(h.status) {
		h.self.WriteError(h.status, cause)
	}
	if h.misuse() == nil && !h.finished {
		return h.self.Finish()
	}
	return h.misuse()
}

// breakOff ends an answer that can no longer become an error page.
func (h *RequestHandler) endPartialResponse() {
	log.Error(log.Gen(), "Cannot send error response after headers written", nil)
	if h.finished {
		return
	}
	if err := outputError(h.sendBuffered(true), h.endResponse()); err != nil {
		log.Error(log.Gen(), "Failed to flush partial response", err)
	}
}

// abort ends a response so that the client sees that it is not complete: it closes the
// connection.
func (h *RequestHandler) abortResponse() {
	x := h.exchange
	if b, ok := x.conn.(*netHTTPConn); ok && b.hijacked == nil {
		b.endWriting(true)
		h.endResponse()
		return
	}
	if stream := h.Detach(); stream != nil {
		stream.Close()
		h.application.LogRequest(h)
		h.self.OnFinish()
		return
	}
	h.endResponse() // the client has left
}

// WriteError writes `<status>: <reason>` as a page. With the setting ServeTraceback it
// writes the cause as plain text, with the handler, the request and the route that it came
// from, and with the stack if there was a panic. Override it for pages of your own, which
// may write, set headers and change the status. Tornado: write_error.
func (h *RequestHandler) WriteError(status int, cause error) {
	if cause != nil && h.application.settings.ServeTraceback {
		h.SetHeader("Content-Type", "text/plain")
		h.self.Finish(h.traceback(cause))
		return
	}
	code, reason := strconv.Itoa(status), escape.XHTMLEscape(h.GetReason())
	h.self.Finish("<html><title>" + code + ": " + reason + "</title><body>" + code + ": " + reason + "</body></html>")
}

// traceback returns cause as text, and where it came from. Only a panic has a stack.
func (h *RequestHandler) traceback(cause error) string {
	route := "no route: it is Settings.DefaultHandlerClass"
	if x := h.exchange; x != nil && x.target.spec != nil {
		route = x.target.spec.describe()
	}
	r := h.peekRequest()
	text := fmt.Sprintf("%v\nin the handler %T, %s %s, %s\n", cause, h.self, r.Method, r.URI, route)
	if stack := log.Stack(cause); stack != "" {
		text += "\n" + stack
	}
	return text
}

// LogException logs an [*HTTPError] as a warning, if it has a message, and any other
// error as an error, with the stack if there was a panic. Tornado: log_exception.
func (h *RequestHandler) LogException(err error) {
	e, ok := errors.AsType[*HTTPError](err)
	switch {
	case !ok:
		logUncaught(h.peekRequest(), err)
	case e.LogMessage != "":
		log.Gen().Warn(fmt.Sprintf("%d %s: %s", e.StatusCode, summary(h.peekRequest()), e.LogMessage))
	}
}
