package websocket

const (
	// firstBuffer is the memory in bytes that the announcement of a frame allocates. After
	// that, memory grows with the bytes that arrive.
	firstBuffer = 16 << 10

	// minDirect is the minimal number of bytes for which a read from the socket goes directly
	// into the message. For fewer bytes a copy is cheaper, because the same read also brings
	// the frames that follow.
	minDirect = 4 << 10
)

// An assembler collects a message that arrives in pieces: in fragments (RFC 6455, section 5.4),
// or in a frame that has not arrived completely. The frameReader has checked before that each
// frame fits into the message.
type assembler struct {
	opcode  opcode // of the first frame, as is rsv
	rsv     byte
	inFrame bool    // a frame has begun and not ended
	fin     bool    // it is the last of the message
	key     [4]byte // the masking key, rotated to the next byte of the payload
	left    int     // bytes of the frame that have not arrived
	data    []byte
	checked int          // data[:checked] is valid UTF-8
	buffers *messagePool // data is allocated from it
}

// beginFrame starts the frame with the header h.
func (a *assembler) beginFrame(h frameHeader) {
	if h.opcode != opContinuation {
		a.opcode, a.rsv = h.opcode, h.rsv
	}
	a.inFrame, a.fin, a.key, a.left = true, h.fin, h.key, int(h.length)
}

// endFrame ends the frame, and reports whether the message is complete.
func (a *assembler) endFrame() bool {
	a.inFrame = false
	return a.fin
}

// message returns the complete message and passes its memory to the caller.
func (a *assembler) message() event { return event{a.opcode, a.rsv, a.data} }

// takePayload copies the part of p that belongs to the frame, and checks its text.
func (a *assembler) takePayload(p []byte) (n int, err error) {
	n = min(len(p), a.left)
	a.reserve(n)
	a.data = append(a.data, p[:n]...)
	a.arrived(n)
	return n, a.checkText()
}

// arrived unmasks the last n bytes of data.
func (a *assembler) arrived(n int) {
	a.key = mask(a.data[len(a.data)-n:], a.key)
	a.left -= n
}

// checkText checks the text that has arrived since the last call. At the end of a frame, the last
// character may be incomplete; at the end of the message it must not be (RFC 6455, section 8.1).
func (a *assembler) checkText() error {
	if a.opcode != opText || a.rsv != 0 {
		return nil
	}
	n, ok := utf8Prefix(a.data[a.checked:])
	a.checked += n
	cut := a.fin && a.left == 0 && a.checked < len(a.data)
	if !ok || cut {
		return &ProtocolError{CloseInvalidFramePayloadData, "message", errNotUTF8}
	}
	return nil
}

// direct returns the free part of data, up to the end of the frame.
func (a *assembler) direct() []byte {
	a.reserve(min(minDirect, a.left))
	return a.data[len(a.data):min(cap(a.data), len(a.data)+a.left)]
}

// reserve makes room for n more bytes, at most left. It allocates at most four times the bytes
// that have arrived (at least firstBuffer), whatever length was announced, and never more than
// the rest of a message needs. Until the last fragment it at least doubles the memory, so that
// many small fragments do not cause many copies.
func (a *assembler) reserve(n int) {
	have := len(a.data)
	if cap(a.data)-have >= n {
		return
	}
	size := min(have+a.left, max(firstBuffer, 4*(have+n)))
	if !a.fin {
		size = max(size, 2*have)
	}
	grown := append(a.buffers.newBuffer(size), a.data...)
	a.buffers.releaseBuffer(a.data) // no other code has a reference
	a.data = grown
}
