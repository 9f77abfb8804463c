package web

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/gotornado/tornado/escape"
	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/ioloop"
)

var (
	errWriteAfterFinish    = errors.New("web: cannot Write after Finish: write first, or let the handler's return finish the response")
	errFlushAfterFinish    = errors.New("web: cannot Flush after Finish: flush first, or let the handler's return finish the response")
	errFinishTwice         = errors.New("web: Finish called twice: the first call ended the response; to let a callback finish it, call Asynchronous and return")
	errNoUpgrade           = errors.New("web: the handler set status 101 but did not switch protocols: embed websocket.WebSocketHandler, call Flush and Detach for another protocol, or use FallbackHandler to relay an upgrade")
	errRedirectAfterHeader = errors.New("web: cannot Redirect after headers have been written: redirect before the first Flush")
)

// openResponse returns the exchange whose response call adds to, or nil if the response is
// finished. In debug mode it panics on a goroutine that is not the loop's: there, the
// exchange may belong to another request.
func (h *RequestHandler) openResponse(call string) *exchange {
	if h.exchange == nil {
		h.Loop().CheckOwner(call)
		return nil
	}
	h.exchange.loop.CheckOwner(call)
	return h.exchange
}

// Write adds p to the body of the response, which Flush or the end of the request sends. It
// copies p. It fails only if the response is finished. Tornado: write.
func (h *RequestHandler) Write(p []byte) (int, error) {
	x := h.openResponse("RequestHandler.Write")
	if x == nil {
		return 0, h.recordMisuse(errWriteAfterFinish)
	}
	x.body = append(x.body, p...)
	return len(p), nil
}

// WriteString adds s to the body of the response, which Flush or the end of the request
// sends. It fails only if the response is finished. Tornado: write.
func (h *RequestHandler) WriteString(s string) error {
	x := h.openResponse("RequestHandler.WriteString")
	if x == nil {
		return h.recordMisuse(errWriteAfterFinish)
	}
	x.body = append(x.body, s...)
	return nil
}

// WriteJSON adds v as JSON to the body of the response and sets its Content-Type. The text
// is safe in a <script> element; see [escape.AppendJSON]. If v has no JSON form, WriteJSON
// returns an error, and the request fails with it even if the caller drops it. Tornado:
// write of a dict.
func (h *RequestHandler) WriteJSON(v any) error {
	x := h.openResponse("RequestHandler.WriteJSON")
	if x == nil {
		return h.recordMisuse(errWriteAfterFinish)
	}
	body, err := escape.AppendJSON(x.body, v)
	if err != nil {
		return h.recordMisuse(fmt.Errorf("web: WriteJSON: %w", err))
	}
	x.body = body
	if !h.headersWritten {
		h.SetHeader("Content-Type", "application/json; charset=UTF-8")
	}
	return nil
}

// writeOwned is Write for bytes that no one changes afterwards. It does not copy a large p.
func (h *RequestHandler) writeOwned(p []byte) error {
	if x := h.exchange; x != nil && len(x.body) == 0 && len(p) > maxKeptBody {
		x.body = p[:len(p):len(p)] // the capacity makes a further Write copy
		return nil
	}
	_, err := h.Write(p)
	return err
}

// writeChunk writes a chunk that was given to Finish.
func (h *RequestHandler) writeChunk(chunk any) error {
	switch v := chunk.(type) {
	case nil:
		return nil
	case string:
		return h.WriteString(v)
	case []byte:
		return h.writeOwned(v)
	}
	return h.WriteJSON(chunk)
}

// Redirect ends the response with a redirect to url, which is sent unchanged. The status is
// 302, or the given one from 300 to 399. Another status, or a head that was sent already,
// is an error. Tornado: redirect.
func (h *RequestHandler) Redirect(url string, status ...int) error {
	if h.headersWritten {
		return h.recordMisuse(errRedirectAfterHeader)
	}
	code := http.StatusFound
	if len(status) > 0 {
		code = status[0]
	}
	if code < 300 || code > 399 {
		return h.recordMisuse(fmt.Errorf("web: Redirect: %d is not a redirect: use 300 to 399", code))
	}
	h.SetStatus(code)
	h.SetHeader("Location", url)
	return h.self.Finish()
}

// Flush sends everything that was written so far; the first Flush sends the head too. The
// future completes when the kernel has the bytes, or with an error if the connection was
// lost. Await it before writing more: then a slow client slows the handler down. Tornado:
// flush.
func (h *RequestHandler) Flush() *ioloop.Future[struct{}] {
	f := ioloop.NewFuture[struct{}](h.Loop())
	if err := h.flushOutput(); err != nil {
		f.SetError(err)
		return f
	}
	h.exchange.conn.Flushed(func(err error) {
		if err != nil {
			f.SetError(err)
			return
		}
		f.SetResult(struct{}{})
	})
	return f
}

// flushOutput is Flush without the future.
func (h *RequestHandler) flushOutput() error {
	if h.openResponse("RequestHandler.Flush") == nil {
		return h.recordMisuse(errFlushAfterFinish)
	}
	if err := h.checkInterim(true); err != nil && !h.headersWritten {
		h.recordMisuse(err)
	}
	if h.misuse() != nil {
		return h.misuse()
	}
	err := h.sendBuffered(false)
	if outputError(err) != nil {
		h.recordMisuse(err)
	}
	return err
}

// Finish ends the response. If chunk is given, Finish writes it first: a string, a []byte
// (which must not change afterwards) or a value for WriteJSON. If nothing was flushed,
// Finish adds an Etag and Content-Length. It returns an error if the response is finished
// already, or if writing it failed; a client that has left is not an error. Tornado:
// finish.
func (h *RequestHandler) Finish(chunk ...any) error { return h.finishResponse(chunk) }

// finishResponse is Finish without overrides, for a request whose own Finish failed.
func (h *RequestHandler) finishResponse(chunk []any) error {
	if h.openResponse("RequestHandler.Finish") == nil {
		return h.recordMisuse(errFinishTwice)
	}
	for _, c := range chunk {
		h.writeChunk(c)
	}
	if h.headersWritten && h.status == http.StatusSwitchingProtocols && !h.upgrading {
		h.abortResponse()
		return h.recordMisuse(errNoUpgrade)
	}
	if !h.headersWritten && h.misuse() == nil {
		err := h.checkInterim(h.upgrading)
		if err == nil {
			err = h.completeHead()
		}
		if err != nil {
			h.recordMisuse(err)
		}
	}
	if err := h.misuse(); err != nil && !h.headersWritten {
		if !h.executing {
			h.self.HandleException(err)
		}
		return err
	}
	if err := outputError(h.sendBuffered(true), h.endResponse()); err != nil {
		return h.recordMisuse(err)
	}
	return nil
}

// checkInterim returns an error if the status is an interim one (RFC 9110, section 15.2),
// after which the client waits for another response. upgrade allows 101, except for an
// HTTP/1.0 client.
func (h *RequestHandler) checkInterim(upgrade bool) error {
	switch {
	case h.status >= 200, upgrade && h.status == http.StatusSwitchingProtocols && h.peekRequest().Version != "HTTP/1.0":
		return nil
	case h.status == http.StatusSwitchingProtocols:
		return errNoUpgrade
	}
	return fmt.Errorf("web: status %d does not end a request: set a status from 200 to 999; "+
		"a handler that relays a response must skip the interim ones", h.status)
}

// completeHead adds the headers that depend on the whole body.
func (h *RequestHandler) completeHead() error {
	x := h.exchange
	if err := h.addEtag(); err != nil {
		return err
	}
	switch {
	case !bodyAllowed(h.status):
		if len(x.body) > 0 {
			return fmt.Errorf("web: cannot send body with %d: write nothing or set another status", h.status)
		}
		x.headers.Del("Content-Encoding")
		x.headers.Del("Content-Language")
		x.headers.Del("Content-Type")
	case !x.headers.Has("Content-Length"):
		x.addField("Content-Length", strconv.Itoa(len(x.body)))
	}
	return nil
}

// bodyAllowed reports whether a response with this status may have a body (RFC 9110,
// section 6.4.1).
func bodyAllowed(status int) bool { return status >= 200 && status != 204 && status != 304 }

// sendBuffered passes the buffered body to the connection, with the head if it was not sent
// yet. finishing is true for the last part.
func (h *RequestHandler) sendBuffered(finishing bool) (err error) {
	x, body := h.exchange, h.exchange.body
	if len(h.application.transforms) > 0 {
		body = h.transformChunk(body, finishing)
		defer h.releaseTransforms(finishing)
	}
	if h.peekRequest().Method == "HEAD" {
		body = nil
	}
	x.sent += int64(len(body))
	switch {
	case !h.headersWritten:
		h.headersWritten = true
		x.addCookies()
		start := httputil.ResponseStartLine{Version: "HTTP/1.1", Code: h.status, Reason: h.GetReason()}
		err = x.conn.WriteHeaders(start, &x.headers, body)
	case len(body) > 0:
		err = x.conn.Write(body)
	}
	x.dropBody()
	return err
}

// endResponse runs once, at the end of every response: it logs the request and calls
// OnFinish.
func (h *RequestHandler) endResponse() error {
	x := h.exchange
	u, wrapped, spec, sent := x.streamed, x.viaMiddleware, x.target.spec, x.sent
	err := x.conn.Finish()
	h.finished, h.exchange, x.handler = true, nil, nil
	if err == nil {
		x.returnToPool()
	} else if x.cancel != nil {
		x.cancel(errRequestFinished)
	}
	if u != nil {
		defer u.responseEnded() // even if a hook panics
	}
	if !wrapped {
		h.application.LogRequest(h)
		if h.application.settings.Observe != nil {
			h.callObserve(spec, sent)
		}
	}
	h.self.OnFinish()
	if u != nil && !u.complete.Done() { // the connection closes
		u.cutOff()
		h.callOnConnectionClose()
	}
	return err
}

// outputError returns the first error that a mistake of the handler caused. Other errors
// mean that the client has left, which ends a response without an error.
func outputError(errs ...error) error {
	for _, err := range errs {
		if _, ok := errors.AsType[*httputil.HTTPOutputError](err); ok {
			return err
		}
	}
	return nil
}
