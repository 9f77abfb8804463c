package web

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/textproto"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/deadline"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/gotornado/tornado/log"
)

// A fallbackWriter is the [http.ResponseWriter] of a FallbackHandler. Only the goroutine of
// the Handler may call its methods, except those that run on the loop according to their
// comment.
type fallbackWriter struct {
	handler  *FallbackHandler
	spec     *URLSpec // of the route; nil without one
	loop     *ioloop.IOLoop
	body     *fallbackBody
	context  context.Context
	returned *ioloop.Future[struct{}] // completed when the Handler has returned, or the stream was hijacked
	deadline deadline.Movable         // of writes

	header     http.Header
	sentHeader http.Header // copy of header at the call of WriteHeader
	status     int         // 0 until WriteHeader
	buffer     []byte
	headSent   bool
	hijacked   bool
	cancel     context.CancelCauseFunc // cancels the context of the request; set when the stream is hijacked
	err        error                   // the error of the first write that failed; later writes return it too
}

var (
	errHijacked = fmt.Errorf("web: the connection was hijacked: %w", http.ErrHijacked)
	errNoStream = fmt.Errorf("web: this connection cannot be hijacked: %w", http.ErrNotSupported)
)

// callHandler calls the Handler and then ends the response.
func (w *fallbackWriter) callHandler(r *http.Request) {
	returned := false
	defer func() { // because only deferred calls run after runtime.Goexit
		var err error
		switch p := recover(); {
		case p == http.ErrAbortHandler:
			err = http.ErrAbortHandler
		case p != nil:
			err = log.NewPanicError(p)
		case !returned:
			err = log.NewPanicError(log.Goexit)
		}
		w.handlerReturned(err)
	}()
	if r.Context().Err() != nil { // the client has left while the request waited for the executor
		panic(http.ErrAbortHandler)
	}
	w.handler.Handler.ServeHTTP(w, r)
	returned = true
}

// handlerReturned ends the response after the Handler has returned. err stands for a panic
// of the Handler, or for its call of runtime.Goexit.
func (w *fallbackWriter) handlerReturned(err error) {
	w.body.endBody(http.ErrBodyReadAfterClose)
	switch {
	case w.hijacked:
		w.cancel(errRequestFinished)
		if err != nil && err != http.ErrAbortHandler {
			logUncaught(w.handler.peekRequest(), err)
		}
		return
	case err == nil:
		err = w.flushBuffer(true)
	}
	w.loop.AddCallback(func() { w.endOnLoop(err) })
}

// endOnLoop ends the response; it runs on the loop.
func (w *fallbackWriter) endOnLoop(err error) {
	defer w.returned.SetResult(struct{}{}) // even if a hook panics
	h := w.handler
	_, panicked := errors.AsType[*log.PanicError](err)
	switch {
	case h.finished:
	case err == nil:
		if err := outputError(h.endResponse()); err != nil {
			logUncaught(h.peekRequest(), err)
		}
	case panicked && !h.headersWritten:
		h.self.HandleException(err)
	default:
		if panicked || outputError(err) != nil {
			logUncaught(h.peekRequest(), err)
		}
		h.abortResponse()
	}
}

func (w *fallbackWriter) Header() http.Header { return w.header }

func (w *fallbackWriter) WriteHeader(status int) {
	switch {
	case status < 100 || status > 999:
		panic(fmt.Sprintf("web: WriteHeader: %d is not a status: use 100 to 999", status))
	case status == http.StatusSwitchingProtocols && !w.hijacked:
		panic("web: WriteHeader: 101 without Hijack: call Hijack and write the 101 on the connection")
	case status < 200 || w.hijacked: // interim responses are not sent
	case w.status != 0:
		log.Gen().Warn(fmt.Sprintf("superfluous WriteHeader %d in %s", status, summary(w.handler.peekRequest())))
	default:
		w.status, w.sentHeader = status, w.header.Clone()
	}
}

// ensureStatus sets the status to 200 unless WriteHeader was called.
func (w *fallbackWriter) ensureStatus() {
	if w.status == 0 {
		w.WriteHeader(http.StatusOK)
	}
}

func (w *fallbackWriter) Write(p []byte) (int, error) {
	if w.hijacked {
		return 0, errHijacked
	}
	w.ensureStatus()
	if !bodyAllowed(w.status) {
		return 0, http.ErrBodyNotAllowed
	}
	w.buffer = append(w.buffer, p...)
	if len(w.buffer) >= fallbackBuffer {
		if err := w.flushBuffer(false); err != nil {
			return 0, err
		}
	}
	return len(p), nil
}

func (w *fallbackWriter) WriteString(s string) (int, error) { return w.Write([]byte(s)) }

// Flush implements [http.Flusher].
func (w *fallbackWriter) Flush() { w.FlushError() }

// FlushError implements the interface that [http.ResponseController.Flush] uses.
func (w *fallbackWriter) FlushError() error {
	if w.hijacked {
		return errHijacked
	}
	return w.flushBuffer(false)
}

// flushBuffer sends the buffered bytes and waits until the kernel has them. last is true
// for the end of the response; if nothing was sent before, the Content-Length is known
// then.
func (w *fallbackWriter) flushBuffer(last bool) error {
	if w.err != nil {
		return w.err
	}
	w.ensureStatus()
	var fields []httputil.Field
	if !w.headSent {
		fields = w.responseFields(last)
	}
	first, data := !w.headSent, w.buffer
	w.headSent = true
	sent := make(chan error, 1)
	w.loop.AddCallback(func() { w.sendOnLoop(first, fields, data, last, sent) })
	select {
	case w.err = <-sent:
		w.buffer = w.buffer[:0]
	case <-w.deadline.Passed():
		w.err, w.buffer = os.ErrDeadlineExceeded, nil // the loop still has the bytes
	case <-w.loop.Context().Done():
		w.err, w.buffer = ioloop.ErrClosed, nil
	}
	return w.err
}

// sendOnLoop sends data, with the head if first; it runs on the loop. The result goes to
// sent when the kernel has the bytes.
func (w *fallbackWriter) sendOnLoop(first bool, fields []httputil.Field, data []byte, last bool, sent chan<- error) {
	h := w.handler
	x := h.exchange
	if x == nil || x.clientGone() {
		sent <- ErrClientGone
		return
	}
	var err error
	if h.peekRequest().Method != http.MethodHead {
		x.sent += int64(len(data))
	}
	if first {
		h.status, h.headersWritten = w.status, true
		x.headers = httputil.NewHTTPHeaders(fields)
		start := httputil.ResponseStartLine{Version: "HTTP/1.1", Code: w.status, Reason: reasonOf(w.status, "")}
		err = x.conn.WriteHeaders(start, &x.headers, data)
	} else if len(data) > 0 {
		err = x.conn.Write(data)
	}
	if err != nil || last && len(data) <= maxKeptBody {
		sent <- err
		return
	}
	x.conn.Flushed(func(err error) { sent <- err })
}

// responseFields returns the headers of the response.
func (w *fallbackWriter) responseFields(last bool) []httputil.Field {
	fields := make([]httputil.Field, 0, len(w.sentHeader)+4)
	for _, name := range slices.Sorted(maps.Keys(w.sentHeader)) {
		if strings.HasPrefix(name, http.TrailerPrefix) || name == "Trailer" || name == "Transfer-Encoding" {
			continue // trailers are not sent, and the connection chooses the framing itself
		}
		for _, value := range w.sentHeader[name] {
			value = textproto.TrimString(lineBreaks.Replace(value))
			if httputil.IsToken(name) && httputil.IsText(value) {
				fields = append(fields, httputil.Field{Name: httputil.NormalizeName(name), Value: value})
			}
		}
	}
	add := func(name, value string) {
		if _, ok := w.sentHeader[name]; !ok {
			fields = append(fields, httputil.Field{Name: name, Value: value})
		}
	}
	for _, f := range appendDefaultHeaders(nil, httputil.FormatTimestamp(time.Now())) {
		if f.Name != "Content-Type" {
			add(f.Name, f.Value)
		}
	}
	if bodyAllowed(w.status) {
		if len(w.buffer) > 0 && w.sentHeader.Get("Content-Encoding") == "" {
			add("Content-Type", http.DetectContentType(w.buffer))
		}
		if last && (len(w.buffer) > 0 || w.handler.peekRequest().Method != http.MethodHead) {
			add("Content-Length", strconv.Itoa(len(w.buffer)))
		}
	}
	return fields
}

var lineBreaks = strings.NewReplacer("\r", " ", "\n", " ")

// SetReadDeadline implements the interface that [http.ResponseController.SetReadDeadline]
// uses.
func (w *fallbackWriter) SetReadDeadline(t time.Time) error {
	w.body.deadline.Set(t)
	return nil
}

// SetWriteDeadline implements the interface that [http.ResponseController.SetWriteDeadline]
// uses.
func (w *fallbackWriter) SetWriteDeadline(t time.Time) error {
	w.deadline.Set(t)
	return nil
}

// EnableFullDuplex implements the interface that [http.ResponseController.EnableFullDuplex]
// uses. It does nothing: the body may always be read while the response is written.
func (w *fallbackWriter) EnableFullDuplex() error { return nil }

// Hijack implements [http.Hijacker]: the Handler then owns the connection.
func (w *fallbackWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	if w.hijacked {
		return nil, nil, errHijacked
	}
	taken := make(chan *iostream.Conn, 1)
	w.loop.AddCallback(func() { taken <- w.detachOnLoop() })
	var conn *iostream.Conn
	select {
	case conn = <-taken:
	case <-w.loop.Context().Done():
	}
	if conn == nil {
		return nil, nil, errNoStream
	}
	w.hijacked = true
	return conn, bufio.NewReadWriter(bufio.NewReader(conn), bufio.NewWriter(conn)), nil
}

// detachOnLoop takes the stream from the connection; it runs on the loop. As with net/http,
// the context ends only when the Handler returns: a proxy that relays a WebSocket waits for
// it.
func (w *fallbackWriter) detachOnLoop() *iostream.Conn {
	h := w.handler
	x := h.exchange
	if x == nil || x.clientGone() {
		return nil
	}
	if _, ok := x.conn.(*netHTTPConn); ok {
		return nil
	}
	w.cancel, x.cancel = x.cancel, nil
	stream := h.Detach()
	if stream == nil {
		x.cancel = w.cancel
		return nil
	}
	w.body.endBody(errHijacked)
	w.returned.SetResult(struct{}{})
	return iostream.NewConn(stream)
}
