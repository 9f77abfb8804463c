package websocket

import "unicode/utf8"

// An event is a control frame, a complete message, or a fragment that does not complete its
// message.
type event struct {
	opcode  opcode // the opcode of the message's first frame; opContinuation for a fragment
	rsv     byte   // of the first frame
	payload []byte // the receiver owns the payload of a message; that of a control frame, or with rsv set, may be a part of the input
}

// A frameReader turns the bytes of a peer into events. It does not read by itself and keeps no
// input. It takes the bytes that it can use, and gets the others again later, followed by more.
// Between messages it has no buffer.
//
// Text is checked as it arrives, so that an invalid byte is refused immediately. Only a message
// with reserved bits is checked later, after its extension has decoded it.
type frameReader struct {
	max     int32        // bytes in one message; a compressed message may be an eighth longer, because compression makes some data longer
	rsv     byte         // the reserved bits that an extension uses
	masked  bool         // the peer must mask its frames (section 5.1): true on a server
	open    *assembler   // a message that arrives in pieces; nil if there is none
	buffers *messagePool // for large messages
}

// readFrame reads buf up to the end of one frame and takes its first n bytes. It returns the
// event of the frame. It unmasks in place, so the bytes that it takes are changed. If ok is
// false, the frame needs more bytes: buf then ends with a part of a header or of a control
// frame, and no payload of a message is left in it. An error is a *ProtocolError; after it, no
// method may be called.
func (r *frameReader) readFrame(buf []byte) (ev event, n int, ok bool, err error) {
	if r.open != nil && r.open.inFrame {
		return r.continueFrame(buf)
	}
	h, size, err := parseFrameHeader(buf)
	if size > 0 {
		err = r.checkFrame(h)
	}
	if err != nil || size == 0 {
		return event{}, 0, false, err
	}
	rest := buf[size:]
	whole := int64(len(rest)) >= h.length
	switch {
	case h.opcode.control():
		if !whole {
			return event{}, 0, false, nil
		}
		payload := rest[:h.length]
		mask(payload, h.key)
		return event{h.opcode, h.rsv, payload}, size + len(payload), true, nil
	case whole && h.fin && r.open == nil:
		ev, err := r.wholeMessage(h, rest[:h.length])
		return ev, size + int(h.length), err == nil, err
	case r.open == nil:
		r.open = &assembler{buffers: r.buffers}
	}
	r.open.beginFrame(h)
	ev, n, ok, err = r.continueFrame(rest)
	return ev, size + n, ok, err
}

// continueFrame is readFrame within the payload of a data frame.
func (r *frameReader) continueFrame(buf []byte) (ev event, n int, ok bool, err error) {
	n, err = r.open.takePayload(buf)
	if err != nil || r.open.left > 0 {
		return event{}, n, false, err
	}
	if r.open.endFrame() {
		ev, r.open = r.open.message(), nil
	}
	return ev, n, true, nil
}

// startsMessage reports whether the next frame, at the start of buf, begins a message.
func (r *frameReader) startsMessage(buf []byte) bool {
	return r.open == nil && len(buf) > 0 && !opcode(buf[0]&0x0f).control()
}

// wholeMessage returns the message of a single frame that has arrived completely. Nearly all
// messages are of this kind. The copy is the only allocation.
func (r *frameReader) wholeMessage(h frameHeader, payload []byte) (event, error) {
	mask(payload, h.key)
	if h.opcode == opText && h.rsv == 0 && !utf8.Valid(payload) {
		return event{}, &ProtocolError{CloseInvalidFramePayloadData, "message", errNotUTF8}
	}
	if h.rsv != 0 {
		return event{h.opcode, h.rsv, payload}, nil // the extension decodes it before the next read
	}
	return event{h.opcode, h.rsv, r.buffers.copyOf(payload)}, nil
}

// checkFrame checks a header against the rules and the frames before it. It runs before the
// payload is read, so that a message that would be too big costs no memory.
func (r *frameReader) checkFrame(h frameHeader) error {
	if err := h.checkAlone(r.rsv); err != nil {
		return err
	}
	room := int64(r.max)
	if compressed := h.rsv != 0 || r.open != nil && r.open.rsv != 0; compressed {
		room += room>>3 + 64
	}
	if r.open != nil {
		room -= int64(len(r.open.data))
	}
	switch {
	case r.masked && !h.masked:
		return violation("frame header", errNotMasked)
	case !r.masked && h.masked:
		return violation("frame header", errMasked)
	case h.opcode.control():
		return nil
	case r.open == nil && h.opcode == opContinuation:
		return violation("message", errNothingOpen)
	case r.open != nil && h.opcode != opContinuation:
		return violation("message", errUnfinished)
	case h.length > room:
		return &ProtocolError{CloseMessageTooBig, "message", errTooBig}
	}
	return nil
}

// direct returns the memory into which the next bytes of the peer may be read directly, or nil.
// Call directFilled after the read, and then readFrame(nil).
func (r *frameReader) direct() []byte {
	if r.open == nil || r.open.left < minDirect {
		return nil
	}
	return r.open.direct()
}

// directFilled records that n bytes were read into the memory that direct returned.
func (r *frameReader) directFilled(n int) {
	r.open.data = r.open.data[:len(r.open.data)+n]
	r.open.arrived(n)
}
