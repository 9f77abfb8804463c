// Package webbase lists the methods of handlers that only packages web and websocket call.
// Applications do not see it.
package webbase

import (
	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/log"
)

// Base has the methods of a web.RequestHandler that only package websocket calls. They belong
// to the loop of the handler.
type Base interface {
	// PeekRequest returns the request for a caller that does not keep it, so that the request
	// may still be packed.
	PeekRequest() *httputil.HTTPServerRequest
	// PackRequest replaces the request by a text. The handler must have Hooks, which unpack
	// it. ok is false if the request must stay, because Request was called and the caller may
	// hold it.
	PackRequest() (p httputil.PackedRequest, ok bool)
	// ExecuteWith runs the request, but calls respond instead of the handler's Get, Post or other
	// method.
	ExecuteWith(args []string, kwargs map[string]string, respond func() error)
	// FinishUpgrade calls Finish for a 101, which Finish otherwise refuses. The caller then
	// takes the stream with Detach of the request's connection.
	FinishUpgrade() error
}

// Hooks has the methods of a websocket.WebSocketHandler that only package web calls.
type Hooks interface {
	// CheckPrototype returns an error if the handler self cannot be served. It is called on
	// the prototype, when a route is made.
	CheckPrototype(self any) error
	// Execute runs the request. args and kwargs are the groups of the route's pattern,
	// percent-decoded.
	Execute(args []string, kwargs map[string]string)
	// UnpackRequest returns the request that PackRequest packed.
	UnpackRequest() *httputil.HTTPServerRequest
}

// Hooked is a handler that has Hooks.
type Hooked interface{ FrameworkHooks() Hooks }

// HookError returns the error for a hook of a handler that panicked with r: r itself if it is
// an error for which isResponse is true, else a [*log.PanicError]. If r ends a coroutine,
// HookError panics with r again.
func HookError(r any, isResponse func(error) bool) error {
	if ioloop.Unwinding(r) {
		panic(r)
	}
	if err, ok := r.(error); ok && isResponse(err) {
		return err
	}
	return log.NewPanicError(r)
}
