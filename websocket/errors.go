package websocket

import (
	"errors"
	"fmt"
)

// A ProtocolError reports that the peer broke the protocol. The connection has ended.
type ProtocolError struct {
	Code int    // close code sent to the peer (RFC 6455, section 7.4.1)
	Op   string // the part of the protocol, such as "frame header"
	Err  error  // the fault; its text is also the reason in the close frame
}

func (e *ProtocolError) Error() string { return fmt.Sprintf("websocket: %s: %v", e.Op, e.Err) }

// Unwrap returns Err.
func (e *ProtocolError) Unwrap() error { return e.Err }

// violation returns a ProtocolError with code 1002, the most frequent one.
func violation(op string, cause error) *ProtocolError {
	return &ProtocolError{CloseProtocolError, op, cause}
}

// The faults of a peer. Each text is sent as a close reason, so it has at most 123 bytes.
var (
	errReservedBits    = errors.New("reserved bits that no extension uses (RFC 6455, section 5.2)")
	errOpcode          = errors.New("unknown opcode (RFC 6455, section 5.2)")
	errLength          = errors.New("payload length above 63 bits (RFC 6455, section 5.2)")
	errNotMasked       = errors.New("client frame without a mask (RFC 6455, section 5.1)")
	errMasked          = errors.New("server frame with a mask (RFC 6455, section 5.1)")
	errControlFragment = errors.New("fragmented control frame (RFC 6455, section 5.5)")
	errControlLength   = errors.New("control frame above 125 bytes (RFC 6455, section 5.5)")
	errNothingOpen     = errors.New("continuation frame without a message (RFC 6455, section 5.4)")
	errUnfinished      = errors.New("new message before the end of the last one (RFC 6455, section 5.4)")
	errNotUTF8         = errors.New("text that is not UTF-8 (RFC 6455, section 8.1)")
	errNotDeflate      = errors.New("compressed message that is not DEFLATE (RFC 7692, section 7.2.2)")
	errCloseLength     = errors.New("close frame of one byte (RFC 6455, section 5.5.1)")
	errCloseCode       = errors.New("close code that must not be sent (RFC 6455, section 7.4)")

	errFrameType76 = errors.New("frame that is not text (draft 76, section 4.2)")
	errClosing76   = errors.New("closing frame with a payload (draft 76, section 4.2)")

	// errTooBig has the words that Tornado's clients expect, and cites no section.
	errTooBig = errors.New("message too big")
	// errInflatedTooBig has them too.
	errInflatedTooBig = errors.New("message too big after decompression")
)

// The faults of a program.
var (
	errReasonLength   = errors.New("websocket: a close reason may not exceed 123 bytes")
	errReasonNotUTF8  = errors.New("websocket: a close reason must be UTF-8")
	errControlPayload = errors.New("websocket: control frame payloads may not exceed 125 bytes")
	errBinary76       = errors.New("websocket: binary messages not supported by this version of websockets")
	errPing76         = errors.New("websocket: ping messages not supported by this version of websockets")
	errNotUTF876      = errors.New("websocket: text must be UTF-8")
)

// A WebSocketClosedError is the error of a write to a connection that is closed or closing, or
// that is lost before the write is done. Tornado: WebSocketClosedError.
type WebSocketClosedError struct {
	Err error // the error that ended the connection; nil after a normal close
}

func (e *WebSocketClosedError) Error() string {
	if e.Err == nil {
		return "websocket: connection is closed"
	}
	return fmt.Sprintf("websocket: connection is closed: %v", e.Err)
}

// Unwrap returns Err.
func (e *WebSocketClosedError) Unwrap() error { return e.Err }
