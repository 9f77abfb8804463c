// Package webbase names the methods of web.RequestHandler that only package websocket needs.
// Applications do not see them.
package webbase

import "github.com/gotornado/tornado/httputil"

// A Base is a web.RequestHandler as the framework's other packages use it. Its methods belong
// to the loop of the handler.
type Base interface {
	// PeekRequest returns the request for a caller that does not keep it, so that the request
	// may still be packed.
	PeekRequest() *httputil.HTTPServerRequest
	// PackRequest replaces the request by a text. The handler must have a method
	// UnpackRequest. ok is false if the request must stay, because Request was called and the
	// caller may hold it.
	PackRequest() (p httputil.PackedRequest, ok bool)
	// ExecuteWith runs the request as Execute does, with respond in place of the verb's method.
	ExecuteWith(args []string, kwargs map[string]string, respond func() error)
	// FinishUpgrade calls Finish for a 101, which Finish otherwise refuses. The caller then
	// takes the stream with Detach of the request's connection.
	FinishUpgrade() error
}
