package web

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/ioloop"
)

// WriteHeaders implements [httputil.HTTPConnection], as the methods below do.
func (b *bridge) WriteHeaders(start httputil.ResponseStartLine, headers *httputil.HTTPHeaders, chunk []byte) error {
	if b.message == nil {
		return nil // the client has left
	}
	if start.Code == http.StatusSwitchingProtocols {
		return b.switchProtocols(start, headers)
	}
	if start.Code < 200 {
		b.end(true)
		return &httputil.HTTPOutputError{Reason: "no " + strconv.Itoa(start.Code) + " by way of net/http: serve the application with an httpserver.HTTPServer"}
	}
	b.headersSent, b.remaining = true, -1
	b.bodyless = b.request.Method == http.MethodHead || !bodyAllowed(start.Code)
	if length := headers.Get("Content-Length"); length != "" && !b.bodyless {
		n, err := strconv.ParseInt(length, 10, 64)
		if err != nil || n < 0 {
			b.end(true)
			return &httputil.HTTPOutputError{Reason: "Content-Length " + strconv.Quote(length) + " is no number of bytes"}
		}
		b.remaining = n
	}
	fields := slices.Clone(headers.Fields())
	if b.reading != nil && !b.bodyDone.Load() && b.request.ProtoMajor == 1 {
		fields = append(fields, httputil.Field{Name: "Connection", Value: "close"})
	}
	b.do(func() error {
		h := b.writer.Header()
		for _, f := range fields {
			h[http.CanonicalHeaderKey(f.Name)] = nil // ours replace those that were set in front
		}
		for _, f := range fields {
			h.Add(f.Name, f.Value)
		}
		b.writer.WriteHeader(start.Code)
		return nil
	})
	return b.Write(chunk)
}

func (b *bridge) Write(chunk []byte) error {
	if b.message == nil || b.bodyless || len(chunk) == 0 {
		return nil
	}
	if b.remaining >= 0 {
		if b.remaining -= int64(len(chunk)); b.remaining < 0 {
			b.end(true)
			return &httputil.HTTPOutputError{Reason: "Tried to write more data than Content-Length"}
		}
	}
	if len(chunk) <= maxKeptBody {
		chunk = slices.Clone(chunk) // larger ones are held
	}
	b.do(func() error {
		_, err := b.writer.Write(chunk)
		return err
	})
	return nil
}

func (b *bridge) Finish() error {
	if b.message == nil {
		return nil
	}
	if b.taken != nil {
		return nil // what follows waits for Detach
	}
	missing := b.remaining > 0 && !b.bodyless
	b.end(missing)
	if missing {
		return &httputil.HTTPOutputError{Reason: "Tried to write " + strconv.FormatInt(b.remaining, 10) + " bytes less than Content-Length"}
	}
	return nil
}

func (b *bridge) Flushed(fn func(error)) {
	if b.message == nil {
		b.loop.AddCallback(func() { fn(ErrClientGone) })
		return
	}
	b.do(func() error {
		err := b.controller.Flush()
		if errors.Is(err, http.ErrNotSupported) {
			err = nil
		}
		b.loop.AddCallback(func() { fn(err) })
		return err
	})
}

func (b *bridge) Info() httputil.ConnectionInfo { return b.info }
func (b *bridge) Loop() *ioloop.IOLoop          { return b.loop }

// SetMaxBodySize is what [RequestHandler.SetMaxBodySize] calls.
func (b *bridge) SetMaxBodySize(n int64) { b.maxBody.Store(n) }

// SetBodyTimeout is what [RequestHandler.SetBodyTimeout] calls.
func (b *bridge) SetBodyTimeout(d time.Duration) {
	var deadline time.Time
	if d > 0 {
		deadline = time.Now().Add(d)
	}
	b.controller.SetReadDeadline(deadline)
}
