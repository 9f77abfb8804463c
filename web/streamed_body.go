package web

import (
	"errors"
	"fmt"
	"time"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/ioloop"
)

// errBodyCut ends a handler whose body will not be complete: the client has left, or the
// response was finished before.
var errBodyCut = errors.New("web: the request body was cut off")

// A streamedBody is the state of a request whose body is streamed.
type streamedBody struct {
	prepared *ioloop.Future[struct{}] // completes when Prepare has ended
	complete *ioloop.Future[struct{}] // completed when the whole body has arrived, or with an error if it will never arrive
	form     *StreamedForm            // nil unless ReceiveForm was called
	cleanups []func()                 // run at the end of the request
	returned bool                     // execute has
}

func newStreamedBody(l *ioloop.IOLoop) *streamedBody {
	return &streamedBody{prepared: ioloop.NewFuture[struct{}](l), complete: ioloop.NewFuture[struct{}](l)}
}

// cutOff ends all waits for the body.
func (u *streamedBody) cutOff() {
	u.complete.SetError(errBodyCut)
	u.prepared.SetResult(struct{}{})
}

// awaitEnd waits until the body is complete. It returns errBodyCut if it never will be.
func (u *streamedBody) awaitEnd() error {
	u.prepared.SetResult(struct{}{})
	if _, err := u.complete.Await(); err != nil || u.form == nil {
		return err
	}
	return u.form.checkComplete()
}

// runCleanups calls the cleanups once.
func (u *streamedBody) runCleanups() {
	for _, fn := range u.cleanups {
		fn()
	}
	u.cleanups = nil
}

// Prepare implements [httputil.HTTPMessagePreparer]. It starts the handler and waits for
// the end of the handler's Prepare.
func (x *exchange) Prepare() {
	u := newStreamedBody(x.loop)
	x.streamed = u
	h := x.newHandler()
	args, kwargs := x.target.args, x.target.kwargs
	x.loop.SpawnFunc(func() { executeStreamed(h, u, args, kwargs) })
	u.prepared.Await()
}

func executeStreamed(h *RequestHandler, u *streamedBody, args []string, kwargs map[string]string) {
	defer func() {
		u.returned = true
		if u.cutOff(); h.finished || !h.asynchronous {
			u.runCleanups()
		}
	}()
	h.self.execute(args, kwargs)
}

// receiveChunk passes a chunk of a streamed body to the handler, which may wait.
func (h *RequestHandler) receiveChunk(u *streamedBody, chunk []byte) {
	if h.finished || u.complete.Done() {
		return
	}
	h.attempt(func() error { return h.self.DataReceived(chunk) }, func(err error) {
		if err != nil && !errors.Is(err, errBodyCut) {
			h.self.HandleException(err)
			u.cutOff()
		}
	})
}

// responseEnded is called at the end of the response.
func (u *streamedBody) responseEnded() {
	if u.cutOff(); u.returned {
		u.runCleanups()
	}
}

// DataReceived passes chunk to the form that ReceiveForm returned. Without a form it
// returns an error; override it in a handler whose StreamRequestBody returns true. chunk
// belongs to the handler. While DataReceived waits, the server does not read more of the
// body. Tornado: data_received.
func (h *RequestHandler) DataReceived(chunk []byte) error {
	if x := h.exchange; x != nil && x.streamed != nil && x.streamed.form != nil {
		return x.streamed.form.receiveChunk(chunk)
	}
	return fmt.Errorf("web: %T streams the request body: override DataReceived, or call ReceiveForm in Prepare", h.self)
}

// StreamRequestBody returns false: Prepare and the verb run when the whole body has
// arrived. Override it to receive the body in parts, with DataReceived or ReceiveForm.
// Tornado: @stream_request_body.
func (h *RequestHandler) StreamRequestBody() bool { return false }

func (h *RequestHandler) streams() bool { return h.self.StreamRequestBody() }

// SetMaxBodySize sets the limit for the body of this request in bytes, instead of the
// server's. Call it in Prepare of a handler that streams the body. If the body is larger,
// the request ends and the connection is closed, after a 400 if no response has begun.
// Tornado: request.connection.set_max_body_size.
func (h *RequestHandler) SetMaxBodySize(n int64) {
	if c, ok := h.peekRequest().Connection.(httputil.BodySizeLimiter); ok && h.exchange != nil {
		c.SetMaxBodySize(n)
	}
}

// SetBodyTimeout sets the time limit for the body of this request, instead of the server's.
// Call it in Prepare of a handler that streams the body. If the client takes longer, the
// connection is closed. 0 means no limit. Tornado: request.connection.set_body_timeout.
func (h *RequestHandler) SetBodyTimeout(d time.Duration) {
	if c, ok := h.peekRequest().Connection.(httputil.BodyTimer); ok && h.exchange != nil {
		c.SetBodyTimeout(d)
	}
}
