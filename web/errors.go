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

// An HTTPError ends a request with the error page of a status. Return it from a handler, or
// panic with it. Tornado: web.HTTPError.
type HTTPError struct {
	StatusCode int    // 200 to 999; any other value becomes 500
	Reason     string // reason phrase in the status line and on the page; "" means the usual phrase of the status
	LogMessage string // text that is logged as a warning and never sent; "" logs nothing
	Err        error  // the cause, or nil
}

// NewHTTPError returns an error that ends a request with status. It is logged only in the
// access log.
func NewHTTPError(status int) *HTTPError { return &HTTPError{StatusCode: status} }

// HTTPErrorf returns an error that ends a request with status, and that is logged with a
// message. The message is formatted as by [fmt.Errorf], so %w wraps another error. The
// client does not see it.
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

// A MissingArgumentError reports a required argument that was not sent. It unwraps to an
// [*HTTPError] 400. Tornado: web.MissingArgumentError.
type MissingArgumentError struct{ ArgName string }

func (e *MissingArgumentError) Error() string { return e.httpError().Error() }

func (e *MissingArgumentError) Unwrap() error { return e.httpError() }

func (e *MissingArgumentError) httpError() *HTTPError {
	return &HTTPError{StatusCode: 400, LogMessage: "Missing argument " + e.ArgName}
}

// Finish ends a request without an error: everything that the handler wrote is sent, then
// Chunk if it is not nil, as by [RequestHandler.Finish]. Return it or panic with it.
// Tornado: web.Finish.
type Finish struct{ Chunk any }

func (Finish) Error() string { return "web: the handler ended the request with Finish" }

// tryThen calls step, and then done with the error of step or the error for its panic. done
// runs in a deferred call, so it runs even if step calls runtime.Goexit, as FailNow of a
// test does. All hooks run under tryThen; no other code recovers their panics.
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

// statusOf returns the status of the response to a request that ended with err.
func statusOf(err error) int {
	if e, ok := errors.AsType[*HTTPError](err); ok {
		return e.StatusCode
	}
	return 500
}

func validStatus(code int) bool { return 100 <= code && code <= 999 }

// reasonOf returns reason, or the usual phrase of status if reason is "".
func reasonOf(status int, reason string) string {
	if reason == "" {
		reason = httputil.StatusText(status)
	}
	if reason == "" {
		reason = "Unknown"
	}
	return reason
}

// A Reason is a reason phrase for SendError, in place of an error. Tornado: the argument
// reason of send_error.
type Reason string

func (r Reason) Error() string { return string(r) }

// SendError discards everything that was written and sends the error page of status. A
// status outside of 200 to 999 becomes 500. cause may be nil. An [*HTTPError] gives the
// reason phrase, and WriteError gets the error; a [Reason] gives the reason phrase only, and
// WriteError gets nil, because nothing failed. If the head of a response was sent already, SendError ends the response without
// an error page. Tornado: send_error.
func (h *RequestHandler) SendError(status int, cause error) {
	if h.headersWritten {
		h.endPartialResponse()
		return
	}
	before := h.executing
	h.executing = true
	if !validStatus(status) || status < 200 { // an interim status does not end a request, so the error page has another status
		status = 500
	}
	var reason []string
	if e, ok := errors.AsType[*HTTPError](cause); ok && e.Reason != "" {
		reason = []string{e.Reason}
	}
	if phrase, ok := cause.(Reason); ok {
		reason, cause = []string{string(phrase)}, nil
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

// sendPlainError ends a request whose hooks failed, with a response without a body. It
// calls no hook that could fail again.
func (h *RequestHandler) sendPlainError(status int, reason ...string) {
	if h.finished || h.headersWritten {
		return
	}
	h.clearOutput()
	h.SetStatus(status, reason...)
	h.finishResponse(nil)
}

// finishErrorPage calls WriteError, unless the status does not allow a body, and finishes
// the response.
func (h *RequestHandler) finishErrorPage(cause error) error {
	if bodyAllowed(h.status) {
		h.self.WriteError(h.status, cause)
	}
	if h.misuse() == nil && !h.finished {
		return h.self.Finish()
	}
	return h.misuse()
}

// endPartialResponse ends a response that has begun, so that it can no longer be an error
// page.
func (h *RequestHandler) endPartialResponse() {
	log.Error(log.Gen(), "Cannot send error response after headers written", nil)
	if h.finished {
		return
	}
	if err := outputError(h.sendBuffered(true), h.endResponse()); err != nil {
		log.Error(log.Gen(), "Failed to flush partial response", err)
	}
}

// abortResponse closes the connection, so that the client sees that the response is
// incomplete.
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

// WriteError writes `<status>: <reason>` as an HTML page. With Settings.ServeTraceback it
// writes plain text instead: the cause, the handler, the request, the route, and the stack
// if there was a panic. Override it for your own error pages, which may write, set headers
// and change the status. Tornado: write_error.
func (h *RequestHandler) WriteError(status int, cause error) {
	if cause != nil && h.application.settings.ServeTraceback {
		h.SetHeader("Content-Type", "text/plain")
		h.self.Finish(h.traceback(cause))
		return
	}
	code, reason := strconv.Itoa(status), escape.XHTMLEscape(h.GetReason())
	h.self.Finish("<html><title>" + code + ": " + reason + "</title><body>" + code + ": " + reason + "</body></html>")
}

// traceback returns cause as text, with the handler, the request and the route. Only a
// panic has a stack.
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

// LogException logs an [*HTTPError] that has a message as a warning. It logs any other
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
