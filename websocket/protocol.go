package websocket

import (
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
)

// A wsConnection speaks one version of the protocol for a handler. Its methods are
// for the loop. Tornado: the handler's ws_connection, a WebSocketProtocol.
type wsConnection interface {
	// start runs Open, then reads.
	start()
	write(m Message) error
	ping(data []byte) error
	// close starts the closing handshake with arguments that passed checkClose.
	close(code int, reason string)
	setNodelay(on bool)
}

// A stream is what a wsConnection needs of an iostream.IOStream.
type stream interface {
	Loop() *ioloop.IOLoop
	SetConsumer(iostream.Consumer)
	Pause()
	Resume()
	BeginWrite() []byte
	EndWrite([]byte)
	SendRef([]byte)
	Buffered() int
	Flushed(func(error))
	SetNodelay(on bool)
	Close()
	CloseWhenFlushed()
}

// An acceptance is an opening handshake that can be answered.
type acceptance interface {
	offers() []string // the subprotocols that the client knows
	key() string      // the answer to its challenge
	connect(hooks Handler, s stream) wsConnection
}

// chooseProtocol is the one place where a version is chosen: 7, 8 and 13 differ in
// nothing but the name of the Origin header.
func chooseProtocol(header func(string) string) (acceptance, *refusal) {
	h, refused := checkHandshake13(header)
	if refused != nil {
		return nil, refused
	}
	return h, nil
}
