package websocket

import (
	"errors"
	"fmt"
)

// A ProtocolError reports a peer that broke the protocol; its connection is gone.
type ProtocolError struct {
	Code int    // close code sent to the peer (RFC 6455, section 7.4.1)
	Op   string // what was being read, such as "frame header"
	Err  error  // what was wrong; its text is also the reason in the close frame
}

func (e *ProtocolError) Error() string { return fmt.Sprintf("websocket: %s: %v", e.Op, e.Err) }

// Unwrap returns Err.
func (e *ProtocolError) Unwrap() error { return e.Err }

// violation is the ProtocolError of code 1002, by far the most frequent one.
func violation(op string, cause error) *ProtocolError {
	return &ProtocolError{CloseProtocolError, op, cause}
}

// What a peer can do wrong. A text goes out as a close reason, so it must fit one (123 bytes).
var (
	errReservedBits    = errors.New("reserved bits that no extension claimed (RFC 6455, section 5.2)")
	errOpcode          = errors.New("unknown opcode (RFC 6455, section 5.2)")
	errLength          = errors.New("payload length above 63 bits (RFC 6455, section 5.2)")
	errNotMasked       = errors.New("client frame without a mask (RFC 6455, section 5.1)")
	errMasked          = errors.New("server frame with a mask (RFC 6455, section 5.1)")
	errControlFragment = errors.New("fragmented control frame (RFC 6455, section 5.5)")
	errControlLength   = errors.New("control frame above 125 bytes (RFC 6455, section 5.5)")
	errNothingOpen     = errors.New("continuation of no message (RFC 6455, section 5.4)")
	errUnfinished      = errors.New("new message inside an unfinished one (RFC 6455, section 5.4)")
	errNotUTF8         = errors.New("text that is not UTF-8 (RFC 6455, section 8.1)")
	errNotDeflate      = errors.New("compressed message that is no DEFLATE (RFC 7692, section 7.2.2)")
	errCloseLength     = errors.New("close frame of one byte (RFC 6455, section 5.5.1)")
	errCloseCode       = errors.New("close code that is never sent (RFC 6455, section 7.4)")

	errFrameType76 = errors.New("frame that is no text (draft 76, section 4.2)")
	errClosing76   = errors.New("closing frame with a payload (draft 76, section 4.2)")

	// errTooBig cites nothing: Tornado's clients know the reason by these words.
	errTooBig = errors.New("message too big")
	// errInflatedTooBig too.
	errInflatedTooBig = errors.New("message too big after decompression")
)

// What our caller can do wrong.
var (
	errReasonLength   = errors.New("websocket: a close reason may not exceed 123 bytes")
	errReasonNotUTF8  = errors.New("websocket: a close reason must be UTF-8")
	errControlPayload = errors.New("websocket: control frame payloads may not exceed 125 bytes")
	errBinary76       = errors.New("websocket: binary messages not supported by this version of websockets")
	errPing76         = errors.New("websocket: ping messages not supported by this version of websockets")
	errNotUTF876      = errors.New("websocket: text must be UTF-8")
)

// A WebSocketClosedError is the result of writing to a connection that is closed,
// is closing, or is lost before the write is done.
// Tornado: WebSocketClosedError.
type WebSocketClosedError struct {
	Err error // what ended the connection; nil when it was closed in good order
}

func (e *WebSocketClosedError) Error() string {
	if e.Err == nil {
		return "websocket: connection is closed"
	}
	return fmt.Sprintf("websocket: connection is closed: %v", e.Err)
}

// Unwrap returns Err.
func (e *WebSocketClosedError) Unwrap() error { return e.Err }
