package web

import (
	"errors"
	"fmt"
	"time"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/ioloop"
)

// errBodyCut ends a handler whose body will not be complete: the client left, or the
// answer was finished before.
var errBodyCut = errors.New("web: the request body was cut off")

// An upload is what an exchange keeps for a request whose body is streamed.
type streamedBody struct {
	prepared *ioloop.Future[struct{}] // when Prepare has ended
	complete *ioloop.Future[struct{}] // when the body has, or an error when it never will
	form     *StreamedForm            // nil unless ReceiveForm was called
	cleanups []func()                 // of what must not outlive the request
	returned bool                     // execute has
}

func newStreamedBody(l *ioloop.IOLoop) *streamedBody {
	return &streamedBody{prepared: ioloop.NewFuture[struct{}](l), complete: ioloop.NewFuture[struct{}](l)}
}

// cut lets nobody wait for the body any more.
func (u *streamedBody) cutOff() {
	u.complete.SetError(errBodyCut)
	u.prepared.SetResult(struct{}{})
}

// await returns when the body is complete, or with errBodyCut.
func (u *streamedBody) awaitEnd() error {
	u.prepared.SetResult(struct{}{})
	if _, err := u.complete.Await(); err != nil || u.form == nil {
		return err
	}
	return u.form.checkComplete()
}

// clean removes what was made for the request.
func (u *streamedBody) runCleanups() {
	for _, fn := range u.cleanups {
		fn()
	}
	u.cleanups = nil
}

// Prepare implements [httputil.HTTPMessagePreparer]: it executes the handler up to the
// end of its Prepare.
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

// receive hands a chunk of a streamed body to the handler, which may wait.
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

// end is what happens at the end of an answer whose request's body is streamed.
func (u *streamedBody) responseEnded() {
	if u.cutOff(); u.returned {
		u.runCleanups()
	}
}

// DataReceived feeds the form that ReceiveForm promised. Without one it is an error:
// override it in a handler that says StreamRequestBody. chunk belongs to the handler;
// while it waits, the client is held back. Tornado: data_received.
func (h *RequestHandler) DataReceived(chunk []byte) error {
	if x := h.exchange; x != nil && x.streamed != nil && x.streamed.form != nil {
		return x.streamed.form.receiveChunk(chunk)
	}
	return fmt.Errorf("web: %T streams the request body: override DataReceived, or call ReceiveForm in Prepare", h.self)
}

// StreamRequestBody is false: the body is gathered, then Prepare and the verb run.
// Override it to get the body in parts, by DataReceived or ReceiveForm.
// Tornado: @stream_request_body.
func (h *RequestHandler) StreamRequestBody() bool { return false }

func (h *RequestHandler) streams() bool { return h.self.StreamRequestBody() }

// SetMaxBodySize sets how many bytes the body of this request may have, in place of the
// server's limit: in Prepare of a handler that streams it. A larger one ends the
// request: with 400, if no answer has begun, and the end of the connection.
// Tornado: request.connection.set_max_body_size.
func (h *RequestHandler) SetMaxBodySize(n int64) {
	if c, ok := h.peekRequest().Connection.(httputil.BodySizeLimiter); ok && h.exchange != nil {
		c.SetMaxBodySize(n)
	}
}

// SetBodyTimeout sets how long the client may take to send the body of this request,
// in place of the server's limit: in Prepare of a handler that streams it. The connection
// of one that takes longer is closed. 0 is for ever. Tornado: request.connection.set_body_timeout.
func (h *RequestHandler) SetBodyTimeout(d time.Duration) {
	if c, ok := h.peekRequest().Connection.(httputil.BodyTimer); ok && h.exchange != nil {
		c.SetBodyTimeout(d)
	}
}
