package web

import (
	"crypto/tls"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/ioloop"
)

// WriteHeaders implements [httputil.HTTPConnection], as the methods below do.
func (b *netHTTPConn) WriteHeaders(start httputil.ResponseStartLine, headers *httputil.HTTPHeaders, chunk []byte) error {
	if b.message == nil {
		return nil // the client has left
	}
	if start.Code == http.StatusSwitchingProtocols {
		return b.switchProtocols(start, headers)
	}
	if start.Code < 200 {
		b.endWriting(true)
		return &httputil.HTTPOutputError{Reason: "net/http cannot send " + strconv.Itoa(start.Code) + ": serve the application with an httpserver.HTTPServer"}
	}
	b.headersSent, b.remaining = true, -1
	b.bodyless = b.request.Method == http.MethodHead || !bodyAllowed(start.Code)
	if length := headers.Get("Content-Length"); length != "" && !b.bodyless {
		n, err := strconv.ParseInt(length, 10, 64)
		if err != nil || n < 0 {
			b.endWriting(true)
			return &httputil.HTTPOutputError{Reason: "Content-Length " + strconv.Quote(length) + " is not a number of bytes"}
		}
		b.remaining = n
	}
	fields := slices.Clone(headers.Fields())
	if b.reading != nil && !b.bodyDone.Load() && b.request.ProtoMajor == 1 {
		fields = append(fields, httputil.Field{Name: "Connection", Value: "close"})
	}
	b.enqueue(func() error {
		h := b.writer.Header()
		for _, f := range fields {
			h[http.CanonicalHeaderKey(f.Name)] = nil // replace fields that middleware has set
		}
		for _, f := range fields {
			h.Add(f.Name, f.Value)
		}
		b.writer.WriteHeader(start.Code)
		return nil
	})
	return b.Write(chunk)
}

func (b *netHTTPConn) Write(chunk []byte) error {
	if b.message == nil || b.bodyless || len(chunk) == 0 {
		return nil
	}
	if b.remaining >= 0 {
		if b.remaining -= int64(len(chunk)); b.remaining < 0 {
			b.endWriting(true)
			return &httputil.HTTPOutputError{Reason: "Tried to write more data than Content-Length"}
		}
	}
	if len(chunk) <= maxKeptBody {
		chunk = slices.Clone(chunk) // the writer may keep a larger chunk
	}
	b.enqueue(func() error {
		_, err := b.writer.Write(chunk)
		return err
	})
	return nil
}

func (b *netHTTPConn) Finish() error {
	if b.message == nil {
		return nil
	}
	if b.hijacked != nil {
		return nil // Detach ends the request
	}
	missing := b.remaining > 0 && !b.bodyless
	b.endWriting(missing)
	if missing {
		return &httputil.HTTPOutputError{Reason: "Tried to write " + strconv.FormatInt(b.remaining, 10) + " bytes less than Content-Length"}
	}
	return nil
}

func (b *netHTTPConn) Flushed(fn func(error)) {
	if b.message == nil {
		b.loop.AddCallback(func() { fn(ErrClientGone) })
		return
	}
	b.enqueue(func() error {
		err := b.controller.Flush()
		if errors.Is(err, http.ErrNotSupported) {
			err = nil
		}
		b.loop.AddCallback(func() { fn(err) })
		return err
	})
}

func (b *netHTTPConn) Info() httputil.ConnectionInfo { return b.info }
func (b *netHTTPConn) Loop() *ioloop.IOLoop          { return b.loop }

// TLSState implements [httputil.TLSReporter].
func (b *netHTTPConn) TLSState() *tls.ConnectionState { return b.request.TLS }

// SetMaxBodySize implements [httputil.BodySizeLimiter].
func (b *netHTTPConn) SetMaxBodySize(n int64) { b.maxBody.Store(n) }

// SetBodyTimeout implements [httputil.BodyTimer].
func (b *netHTTPConn) SetBodyTimeout(d time.Duration) {
	var deadline time.Time
	if d > 0 {
		deadline = time.Now().Add(d)
	}
	b.controller.SetReadDeadline(deadline)
}
