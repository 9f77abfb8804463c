package websocket

import (
	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/upgrades"
)

// openSocket is a WebSocketHandler as a member of the server's registry of upgraded connections.
// It has the methods that the registry calls.
type openSocket WebSocketHandler

// register adds the handler to the registry of the server, if conn has one.
func (h *WebSocketHandler) register(conn httputil.HTTPConnection) {
	member, ok := conn.(httputil.RegistryMember[*upgrades.Registry])
	if !ok {
		return
	}
	if registry, peer := member.UpgradeRegistry(); registry != nil {
		h.registered = upgrades.Add(registry, (*openSocket)(h), peer)
	}
}

// deregister ends what register began.
func (h *WebSocketHandler) deregister() {
	if h.registered != nil {
		h.registered.Remove((*openSocket)(h))
		h.registered = nil
	}
}

// Place returns the position in the list of open sockets.
func (s *openSocket) Place() *int32 { return &s.place }

// CloseNow ends the connection without a closing handshake.
func (s *openSocket) CloseNow() { s.ref.abort(nil) }

// OnShutdown calls OnShutdown of the handler. A panic in it ends the connection, so that the
// server does not wait for it.
func (s *openSocket) OnShutdown() {
	h := (*WebSocketHandler)(s)
	callThen(func() error { h.Self().(Handler).OnShutdown(); return nil }, func(err error) {
		if err != nil {
			h.ref.abort(err)
			h.Self().LogException(err)
		}
	})
}
