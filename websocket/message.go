package websocket

import (
	"fmt"

	"github.com/gotornado/tornado/escape"
)

// A Message is a message that OnMessage receives or WriteMessage sends. A handler owns the Data
// of a received message, and may keep and change it. A received text is valid UTF-8. Tornado:
// str for text, bytes for binary.
type Message struct {
	Data   []byte // nil is an empty message
	Binary bool   // the message has opcode 2 and not 1 (RFC 6455, section 5.6)
}

// Text returns a text message. s must be UTF-8, which is not checked: for anything else the
// peer closes the connection.
func Text(s string) Message { return Message{Data: []byte(s)} }

// Binary returns a binary message. It refers to b without a copy; WriteMessage says for how
// long.
func Binary(b []byte) Message { return Message{Data: b, Binary: true} }

// JSON returns a text message with v in JSON, in the form of escape.JSONEncode. The error is
// that of encoding/json, for a value that JSON cannot represent. Tornado: write_message of a
// dict.
func JSON(v any) (Message, error) {
	data, err := escape.AppendJSON(nil, v)
	if err != nil {
		return Message{}, fmt.Errorf("websocket: %w", err)
	}
	return Message{Data: data}, nil
}

// String returns the data as text, for both kinds of message.
func (m Message) String() string { return string(m.Data) }
