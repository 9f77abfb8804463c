package websocket

import (
	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/iostream"
)

// A wsConnection is the protocol object of one connection, for one version of the protocol.
// Only the loop calls its methods. Tornado: the handler's ws_connection, a WebSocketProtocol.
type wsConnection interface {
	iostream.Consumer
	// start calls Open, and then reads.
	start()
	base() *session
	// write sends a message, or queues it if the SendLimits demand that.
	write(q outgoing) error
	// transmit writes a message to the stream.
	transmit(q outgoing)
	ping(data []byte) error
	// close starts the closing handshake. Its arguments have passed checkClose.
	close(code int, reason string)
	// peerClosed finishes the closing handshake. payload is that of the peer's close frame.
	peerClosed(payload []byte)
	// abort closes the stream immediately and drops the messages that wait for OnMessage. err
	// is the error that ends the connection; nil means that nothing has failed.
	abort(err error)
	setNodelay(on bool)
}

// An acceptance is an opening handshake that can be accepted.
type acceptance interface {
	// offers returns the subprotocols that the client offers. SelectSubprotocol chooses one
	// before responseHead is called.
	offers() []string
	// responseHead returns the reason phrase of the 101 and its headers, in order.
	responseHead(hooks Handler) (reason string, headers []httputil.Field)
	connect(hooks Handler, s *iostream.IOStream) wsConnection
	number() uint8 // of the version
}

// chooseProtocol chooses the version of the protocol. Versions 7, 8 and 13 differ only in the
// name of the Origin header. A handshake without a version is draft 76, for handlers that allow
// it.
func chooseProtocol(header func(string) string, uri string, allowDraft76 func() bool) (acceptance, *refusal) {
	if header("Sec-Websocket-Version") == "" && allowDraft76() {
		h, refused := checkHandshake76(header, uri)
		return h, refused
	}
	h, refused := checkHandshake13(header)
	return &h, refused
}
