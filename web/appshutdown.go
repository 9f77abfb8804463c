package web

import (
	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/upgrades"
	"github.com/gotornado/tornado/iostream"
)

var _ httputil.ShutdownObserver = (*exchange)(nil)

// OnShutdown does nothing. Override it to end work that would delay the shutdown: for
// example, send the response of a long poll now. It runs when the server begins to shut
// down while the handler waits. Tornado has no such method.
func (h *RequestHandler) OnShutdown() {}

// OnShutdown calls the hook of the handler, if the handler exists already.
func (x *exchange) OnShutdown() {
	if x.handler != nil {
		x.handler.callOnShutdown()
	}
}

// callOnShutdown calls the hook OnShutdown and logs its error.
func (h *RequestHandler) callOnShutdown() {
	tryThen(func() error { h.self.OnShutdown(); return nil }, func(err error) {
		if err != nil {
			logUncaught(h.peekRequest(), err)
		}
	})
}

// A retainedConnection is a detached connection that the server waits for at its shutdown.
type retainedConnection struct {
	handler *RequestHandler
	stream  *iostream.IOStream
	list    *upgrades.List[*retainedConnection]
	place   int32
}

// Place returns the position in the list.
func (c *retainedConnection) Place() *int32 { return &c.place }

// OnShutdown calls OnShutdown of the handler.
func (c *retainedConnection) OnShutdown() { c.handler.callOnShutdown() }

// CloseNow closes the stream.
func (c *retainedConnection) CloseNow() {
	c.stream.Close()
	c.handler.ReleaseConnection()
}

// RetainConnection makes the server count a detached connection until ReleaseConnection. The
// connection counts for httpserver.Options.MaxConnections. Shutdown calls OnShutdown, waits for
// the release, and closes the stream at its deadline. Call it after Detach, and call
// ReleaseConnection when the stream has closed. Without RetainConnection, the server does not
// know of a detached connection. Tornado has no such method.
func (h *RequestHandler) RetainConnection() {
	if h.extras == nil || h.extras.detached == nil || h.extras.retained != nil {
		return
	}
	member, ok := h.peekRequest().Connection.(httputil.RegistryMember[*upgrades.Registry])
	if !ok {
		return
	}
	if registry, peer := member.UpgradeRegistry(); registry != nil {
		c := &retainedConnection{handler: h, stream: h.extras.detached}
		c.list = upgrades.Add(registry, c, peer)
		h.extras.retained = c
	}
}

// ReleaseConnection ends the effect of RetainConnection. Without RetainConnection it does
// nothing.
func (h *RequestHandler) ReleaseConnection() {
	if h.extras != nil && h.extras.retained != nil {
		h.extras.retained.list.Remove(h.extras.retained)
		h.extras.retained = nil
	}
}
