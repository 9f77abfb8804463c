package web

import "github.com/gotornado/tornado/httputil"

var _ httputil.ShutdownObserver = (*exchange)(nil)

// OnShutdown does nothing; override it for what would keep the server from ending: a
// long poll that can be answered now, say. It runs when the server begins to shut down
// while the handler waits. Tornado has none.
func (h *RequestHandler) OnShutdown() {}

// OnShutdown tells the handler.
func (x *exchange) OnShutdown() {
	if x.handler != nil {
		x.handler.shutdown()
	}
}

// shutdown calls the hook.
func (h *RequestHandler) shutdown() {
	tryThen(func() error { h.self.OnShutdown(); return nil }, func(err error) {
		if err != nil {
			logUncaught(h.held(), err)
		}
	})
}

// RetainConnection, after Detach, has the server go on counting the connection until
// ReleaseConnection: for httpserver.Options.MaxConnections, and for Shutdown, which calls
// OnShutdown, waits for the release, and closes the stream at its deadline. Without it
// the server forgets a connection that was detached. Who retains a connection must
// release it when the stream has closed. Tornado has no such thing.
func (h *RequestHandler) RetainConnection() {
	if conn, ok := h.held().Connection.(httputil.Retainer); ok {
		conn.Retain(h.shutdown)
	}
}

// ReleaseConnection ends what RetainConnection began; it is harmless without.
func (h *RequestHandler) ReleaseConnection() {
	if conn, ok := h.held().Connection.(httputil.Retainer); ok {
		conn.Release()
	}
}
