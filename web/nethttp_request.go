package web

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/log"
)

// startRequest gives the request to the application; it runs on the loop.
func (b *netHTTPConn) startRequest(hasBody bool) {
	reading := b.reading
	defer func() {
		if reading != nil {
			close(reading)
		}
	}()
	message := b.app.StartRequest(b)
	if x, ok := message.(*exchange); ok {
		x.target, x.viaMiddleware = b.target, b.viaMiddleware
	}
	startLine, headers := netHTTPHead(b.request)
	mode, err := message.HeadersReceived(startLine, headers)
	if err != nil {
		b.rejectRequest(http.StatusBadRequest, err)
		return
	}
	b.message = message
	if !hasBody {
		message.Finish()
		return
	}
	if p, ok := message.(httputil.HTTPMessagePreparer); ok && mode == httputil.BodyStream {
		if p.Prepare(); b.message == nil {
			return
		}
	}
	if b.request.ContentLength > b.maxBody.Load() {
		b.failBody(http.StatusBadRequest, &httputil.HTTPInputError{Reason: "Content-Length too long"})
		return
	}
	reading = nil // readBody closes it
	go b.readBody(mode)
}

// netHTTPHead returns the head of a request in the form of package httpserver. The path
// comes from r.URL, because handlers before this one may have changed it.
func netHTTPHead(r *http.Request) (httputil.RequestStartLine, httputil.HTTPHeaders) {
	fields := []httputil.Field{{Name: "Host", Value: r.Host}}
	for name, values := range r.Header {
		if name = httputil.NormalizeName(name); name == "Host" || name == "Content-Length" || name == "Transfer-Encoding" {
			continue
		}
		for _, value := range values {
			fields = append(fields, httputil.Field{Name: name, Value: value})
		}
	}
	slices.SortStableFunc(fields[1:], func(a, b httputil.Field) int { return strings.Compare(a.Name, b.Name) })
	if r.ContentLength > 0 {
		fields = append(fields, httputil.Field{Name: "Content-Length", Value: strconv.FormatInt(r.ContentLength, 10)})
	}
	if r.ContentLength < 0 {
		fields = append(fields, httputil.Field{Name: "Transfer-Encoding", Value: "chunked"})
	}
	line := httputil.RequestStartLine{Method: r.Method, Path: r.URL.RequestURI(), Version: r.Proto}
	return line, httputil.NewHTTPHeaders(fields)
}

// readBody reads the body and gives it to the loop.
func (b *netHTTPConn) readBody(mode httputil.BodyMode) {
	defer close(b.reading)
	var whole []byte
	var size int64
	for {
		chunk := make([]byte, netHTTPChunk)
		n, err := b.request.Body.Read(chunk)
		size += int64(n)
		if size > b.maxBody.Load() {
			b.callOnLoop(func() { b.failBody(http.StatusBadRequest, &httputil.HTTPInputError{Reason: "body too large"}) })
			return
		}
		switch {
		case n == 0:
		case mode == httputil.BodyWhole:
			whole = append(whole, chunk[:n]...)
		case !b.callOnLoop(func() { b.message.DataReceived(chunk[:n:n]) }):
			return
		}
		switch {
		case err == io.EOF:
			b.bodyDone.Store(true)
			b.loop.AddCallback(func() { b.bodyComplete(whole) })
			return
		case err != nil:
			b.loop.AddCallback(func() { b.bodyFailed(err) })
			return
		}
	}
}

// callOnLoop runs fn on the loop and waits for it. It returns false if the request has
// ended.
func (b *netHTTPConn) callOnLoop(fn func()) bool {
	result := make(chan bool, 1)
	b.loop.AddCallback(func() {
		if b.message != nil {
			fn()
		}
		result <- b.message != nil
	})
	select {
	case ok := <-result:
		return ok
	case <-b.ended:
		return false
	}
}

func (b *netHTTPConn) bodyComplete(whole []byte) {
	if b.message != nil && len(whole) > 0 {
		b.message.DataReceived(whole)
	}
	if b.message != nil {
		b.message.Finish()
	}
}

// bodyFailed ends a request whose body cannot be read to its end. If the client does not
// get an error response, the connection is aborted, so that a partial response does not
// look complete.
func (b *netHTTPConn) bodyFailed(err error) {
	if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); ok && b.message != nil {
		b.failBody(http.StatusRequestEntityTooLarge, tooLarge)
		return
	}
	inFront := b.request.Context().Err() != nil // middleware in front of this handler has ended the context, and responds itself
	b.loseClient(b.headersSent || !inFront)
}

// failBody ends a request with an invalid body.
func (b *netHTTPConn) failBody(status int, err error) {
	message := b.message
	b.rejectRequest(status, err)
	message.OnConnectionClose()
}

// rejectRequest responds to a request that does not reach a handler.
func (b *netHTTPConn) rejectRequest(status int, err error) {
	log.Gen().Info("Malformed HTTP message from " + b.info.RemoteIP + ": " + err.Error())
	if b.headersSent {
		b.endWriting(true)
		return
	}
	b.enqueue(func() error {
		b.writer.Header().Set("Connection", "close")
		b.writer.WriteHeader(status)
		return nil
	})
	b.endWriting(false)
}

// clientGone ends the request because its context has ended or a write failed; it runs on
// the loop. The client may still be there if another handler has ended the context. So a
// response that has begun is aborted, and does not look complete.
func (b *netHTTPConn) clientGone() { b.loseClient(b.headersSent) }

// contextDone tells the handler that the context of the request has ended; it runs on the
// loop. A client that has only closed its sending side still gets its response.
func (b *netHTTPConn) contextDone() {
	if context.Cause(b.request.Context()) != errInputEnded {
		b.clientGone()
	} else if b.message != nil {
		b.message.OnConnectionClose()
	}
}

// Lost reports whether the client can receive nothing more.
func (b *netHTTPConn) Lost() bool { return b.message == nil }

// loseClient ends a request whose response no one receives.
func (b *netHTTPConn) loseClient(abort bool) {
	if message := b.message; message != nil {
		b.endWriting(abort)
		message.OnConnectionClose()
	}
}
