package web

import (
	"context"
	"errors"
	"fmt"
)

// ErrClientGone is the cause ([context.Cause], tested with [errors.Is]) of a request's
// context that ended because the client left or closed its sending side.
var ErrClientGone = errors.New("web: the client closed the connection")

var errRequestFinished = fmt.Errorf("web: the response is finished: %w", context.Canceled)

// Context returns a context for work in other goroutines. It is cancelled when
// OnConnectionClose runs, when the response is finished, and when the stream is detached.
// After Middleware, and on a net/http server, it has the values of the net/http request's
// context. The first call makes the context.
func (h *RequestHandler) Context() context.Context {
	x := h.exchange
	if x == nil {
		return finishedContext()
	}
	if x.context == nil {
		parent := x.loop.Context()
		if r := h.HTTPRequest(); r != nil {
			parent = withValues{parent, r.Context()}
		}
		x.context, x.cancel = context.WithCancelCause(parent)
		if x.lost {
			x.cancel(x.cancelCause())
		}
	}
	return x.context
}

// withValues is a context that also has the values of another context.
type withValues struct {
	context.Context
	values context.Context
}

func (c withValues) Value(key any) any {
	if v := c.Context.Value(key); v != nil {
		return v
	}
	return c.values.Value(key)
}

// finishedContext returns the context of a request whose response is finished.
func finishedContext() context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errRequestFinished)
	return ctx
}

// errInputEnded is the cause of a context that ended because the client sends no more. The
// client may still receive the response.
var errInputEnded = fmt.Errorf("%w, or its sending side", ErrClientGone)

// cancelCause returns the reason why the context of the request ends: the client has left,
// or sends no more.
func (x *exchange) cancelCause() error {
	if x.clientGone() {
		return ErrClientGone
	}
	return errInputEnded
}
