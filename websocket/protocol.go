package websocket

import (
	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/iostream"
)

// A wsConnection speaks one version of the protocol for a handler. Its methods are
// for the loop. Tornado: the handler's ws_connection, a WebSocketProtocol.
type wsConnection interface {
	iostream.Consumer
	// start runs Open, then reads.
	start()
	base() *session
	// write sends a message, or queues it, as the endpoint's SendLimits say.
	write(q outgoing) error
	// transmit hands a message to the stream.
	transmit(q outgoing)
	ping(data []byte) error
	// close starts the closing handshake with arguments that passed checkClose.
	close(code int, reason string)
	// peerClosed ends the closing handshake that the peer began or answered, with the
	// payload of its close frame.
	peerClosed(payload []byte)
	// abort closes the stream at once and drops what waits for OnMessage; err says why, nil
	// that there is no fault.
	abort(err error)
	setNodelay(on bool)
}

// An acceptance is an opening handshake that can be answered.
type acceptance interface {
	// offers returns the subprotocols that the client knows; SelectSubprotocol chooses
	// one before answer is called.
	offers() []string
	// answer returns the reason phrase of the 101 and its headers, in their order.
	answer(hooks Handler) (reason string, headers []httputil.Field)
	connect(hooks Handler, s *iostream.IOStream) wsConnection
	number() uint8 // of the version
}

// chooseProtocol is the one place where a version is chosen: 7, 8 and 13 differ in
// nothing but the name of the Origin header, and no version at all is draft 76, for
// handlers that allow it.
func chooseProtocol(header func(string) string, uri string, allowDraft76 func() bool) (acceptance, *refusal) {
	if header("Sec-Websocket-Version") == "" && allowDraft76() {
		h, refused := checkHandshake76(header, uri)
		return h, refused
	}
	h, refused := checkHandshake13(header)
	return &h, refused
}
