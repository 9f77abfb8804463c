package websocket

import (
	"errors"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/webbase"
)

// frameworkHooks is a WebSocketHandler with the methods for package web. The conversion of the
// pointer allocates nothing.
type frameworkHooks WebSocketHandler

// FrameworkHooks returns the methods of the handler that only package web calls.
func (h *WebSocketHandler) FrameworkHooks() webbase.Hooks { return (*frameworkHooks)(h) }

// CheckPrototype returns an error for a handler with a method whose name is in Handler, but
// whose signature is another one.
func (f *frameworkHooks) CheckPrototype(self any) error {
	if _, ok := self.(Handler); !ok {
		return errors.New("it is not a websocket.Handler: a hook has another signature; " +
			"`var _ websocket.Handler = (*T)(nil)` makes the compiler say which")
	}
	return nil
}

// Execute runs the request, with the upgrade in place of a verb. Tornado: _execute.
func (f *frameworkHooks) Execute(args []string, kwargs map[string]string) {
	h := (*WebSocketHandler)(f)
	h.Framework().ExecuteWith(args, kwargs, h.upgrade)
}

// UnpackRequest returns the request, which was packed after Open had returned.
func (f *frameworkHooks) UnpackRequest() *httputil.HTTPServerRequest {
	r := f.packed.Unpack()
	f.packed = ""
	r.Connection = (*upgraded)(f)
	return r
}
