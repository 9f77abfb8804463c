package websocket

const (
	// firstBuffer is the memory that a peer gets for announcing a frame. After that,
	// what it gets follows what it has sent.
	firstBuffer = 16 << 10

	// minDirect is the least that is read from the socket to its place. For less a copy
	// is cheaper: the same read then also brings the frames that follow.
	minDirect = 4 << 10
)

// An assembler gathers a message that comes in pieces: fragments (RFC 6455, section
// 5.4), or a frame longer than what has arrived of it. The frameReader has checked that
// a frame fits the message before it begins here.
type assembler struct {
	opcode  opcode // of the first frame, as is rsv
	rsv     byte
	inFrame bool    // a frame has begun and not ended
	fin     bool    // it is the last of the message
	key     [4]byte // of its mask, turned to the next byte
	left    int     // bytes of it to come
	data    []byte
	checked int          // data[:checked] is known to be UTF-8
	buffers *messagePool // where data comes from
}

// beginFrame starts the frame whose header is h.
func (a *assembler) beginFrame(h frameHeader) {
	if h.opcode != opContinuation {
		a.opcode, a.rsv = h.opcode, h.rsv
	}
	a.inFrame, a.fin, a.key, a.left = true, h.fin, h.key, int(h.length)
}

// endFrame ends the frame; it reports whether that completes the message.
func (a *assembler) endFrame() bool {
	a.inFrame = false
	return a.fin
}

// message returns the complete message and hands its memory over.
func (a *assembler) message() event { return event{a.opcode, a.rsv, a.data} }

// take copies what belongs to the frame from p, and checks it together with what
// arrived directly.
func (a *assembler) take(p []byte) (n int, err error) {
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

// checkText checks what came since the last call. A character may be cut by the end of
// a frame, not by the end of the message (section 8.1).
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

// direct returns the free part of data, as far as it belongs to the frame.
func (a *assembler) direct() []byte {
	a.reserve(min(minDirect, a.left))
	return a.data[len(a.data):min(cap(a.data), len(a.data)+a.left)]
}

// reserve makes room for n more bytes, at most left. Whatever is announced, it takes no
// more than four times what was there and n (or firstBuffer), and no more than the
// message needs once that is known. Until then it at least doubles what it has, so that
// no series of small frames makes it copy the message over and over.
func (a *assembler) reserve(n int) {
	have := len(a.data)
	if cap(a.data)-have >= n {
		return
	}
	size := min(have+a.left, max(firstBuffer, 4*(have+n)))
	if !a.fin {
		size = max(size, 2*have)
	}
	grown := append(a.buffers.take(size), a.data...)
	a.buffers.give(a.data) // nobody else has seen it
	a.data = grown
}
