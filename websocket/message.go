package websocket

import (
	"fmt"

	"github.com/gotornado/tornado/escape"
)

// A Message is what OnMessage receives and WriteMessage sends. The Data of a received
// message is the handler's own, to keep and to change; a received text is valid UTF-8.
// Tornado: str for text, bytes for binary.
type Message struct {
	Data   []byte // nil is an empty message
	Binary bool   // opcode 2 rather than 1 (RFC 6455, section 5.6)
}

// Text is a text message. s must be UTF-8, which is not checked: a peer closes the
// connection over anything else.
func Text(s string) Message { return Message{Data: []byte(s)} }

// Binary is a binary message. It holds b itself, no copy; see WriteMessage for how
// long.
func Binary(b []byte) Message { return Message{Data: b, Binary: true} }

// JSON is a text message with v as JSON, in the form of escape.JSONEncode. A value that
// JSON cannot hold is an error of package encoding/json. Tornado: write_message of a
// dict.
func JSON(v any) (Message, error) {
	data, err := escape.AppendJSON(nil, v)
	if err != nil {
		return Message{}, fmt.Errorf("websocket: %w", err)
	}
	return Message{Data: data}, nil
}

// String returns the data as text, whichever kind the message is.
func (m Message) String() string { return string(m.Data) }
