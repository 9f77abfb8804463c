package web

import (
	"net/netip"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/upgrades"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
)

// switchProtocols takes the connection over from net/http and sends the 101 on it.
func (b *netHTTPConn) switchProtocols(start httputil.ResponseStartLine, headers *httputil.HTTPHeaders) error {
	if b.upgrading, _ = b.UpgradeRegistry(); b.upgrading != nil {
		b.upgrading.BeginUpgrade() // endWriting calls EndUpgrade
	}
	stream, err := b.hijack()
	if b.message == nil { // the client has left meanwhile
		if stream != nil {
			stream.Close()
		}
		return nil
	}
	if err != nil {
		b.endWriting(true)
		return &httputil.HTTPOutputError{Reason: "this ResponseWriter cannot switch protocols: " + err.Error()}
	}
	b.hijacked, b.headersSent = stream, true
	if x, ok := b.message.(*exchange); ok {
		x.viaMiddleware = false // the FallbackHandler of the middleware no longer logs the request
	}
	head := "HTTP/1.1 101 " + start.Reason + "\r\n"
	for _, f := range headers.Fields() {
		head += f.Name + ": " + f.Value + "\r\n"
	}
	stream.Send([]byte(head + "\r\n"))
	return nil
}

// hijack returns the connection as a stream, with the bytes that net/http has read already.
// It waits without blocking the loop, because middleware may need the loop to give up the
// connection.
func (b *netHTTPConn) hijack() (*iostream.IOStream, error) {
	hijacked := ioloop.NewFuture[*iostream.IOStream](b.loop)
	b.enqueue(func() error {
		conn, buffered, err := b.controller.Hijack()
		b.loop.AddCallback(func() {
			if err != nil {
				hijacked.SetError(err)
				return
			}
			held, _ := buffered.Reader.Peek(buffered.Reader.Buffered())
			if stream, err := iostream.FromConn(b.loop, conn, held, nil); err != nil {
				hijacked.SetError(err)
			} else {
				hijacked.SetResult(stream)
			}
		})
		return nil
	})
	return hijacked.Await()
}

// UpgradeRegistry returns the registry of the httpserver before the middleware, and the
// address of its client. The registry is nil for a server of net/http, and for a server on
// another loop.
func (b *netHTTPConn) UpgradeRegistry() (*upgrades.Registry, netip.Addr) {
	h, ok := b.request.Context().Value(fallbackKey{}).(*FallbackHandler)
	if !ok || h.writer.loop != b.loop {
		return nil, netip.Addr{}
	}
	member, ok := h.peekRequest().Connection.(httputil.RegistryMember[*upgrades.Registry])
	if !ok {
		return nil, netip.Addr{}
	}
	return member.UpgradeRegistry()
}

// Detach returns the connection for the protocol that the 101 named, and ends the request.
// It returns nil if there was no 101, or the client has left.
func (b *netHTTPConn) Detach() *iostream.IOStream {
	stream := b.hijacked
	b.hijacked = nil
	if stream != nil {
		b.endWriting(false)
	}
	return stream
}
