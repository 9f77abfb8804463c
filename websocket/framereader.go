package websocket

import "unicode/utf8"

// An event is what a frameReader found: a control frame, a whole message, or a fragment
// with which a message goes on.
type event struct {
	opcode  opcode // of the message's first frame; opContinuation for a fragment, which is not handed out
	rsv     byte   // of the first frame
	payload []byte // of a message: the receiver's own; of a control frame, or if rsv is set, perhaps part of the reader's input
}

// A frameReader turns the bytes of a peer into events. It has no reader and keeps no
// input: of the bytes it is shown it takes what it can use, and is shown the rest again
// with more behind it. Between messages it is these few words and holds no buffer.
//
// Text is checked as it arrives, so a peer that sends anything else is refused at its
// first wrong byte, except when reserved bits say that an extension has yet to decode it.
type frameReader struct {
	max     int32        // bytes in one message; an eighth more while it is compressed, since some data grows
	rsv     byte         // the reserved bits that an extension claimed
	masked  bool         // whether the peer must mask (section 5.1): true on a server
	open    *assembler   // the message being read in pieces; nil when there is none
	buffers *messagePool // for large messages
}

// next reads buf up to the end of one frame, takes the first n bytes of buf, and returns the
// event that the frame is or completes. It unmasks in place, so the bytes that it took are
// no longer what the peer sent. If ok is false, the frame needs more bytes than buf has.
// What is then left of buf is part of a header or of a control frame; inside the payload
// of a message nothing is left. An error is a *ProtocolError and final: nothing may be
// called after it.
func (r *frameReader) next(buf []byte) (ev event, n int, ok bool, err error) {
	if r.open != nil && r.open.inFrame {
		return r.goOn(buf)
	}
	h, size, err := parseFrameHeader(buf)
	if size > 0 {
		err = r.check(h)
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
	ev, n, ok, err = r.goOn(rest)
	return ev, size + n, ok, err
}

// goOn is next within the payload of a data frame.
func (r *frameReader) goOn(buf []byte) (ev event, n int, ok bool, err error) {
	n, err = r.open.take(buf)
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

// wholeMessage is the way of nearly every message: one frame, all of it here. Its copy
// is the one allocation.
func (r *frameReader) wholeMessage(h frameHeader, payload []byte) (event, error) {
	mask(payload, h.key)
	if h.opcode == opText && h.rsv == 0 && !utf8.Valid(payload) {
		return event{}, &ProtocolError{CloseInvalidFramePayloadData, "message", errNotUTF8}
	}
	if h.rsv != 0 {
		return event{h.opcode, h.rsv, payload}, nil // nobody keeps what an extension has yet to decode
	}
	return event{h.opcode, h.rsv, r.buffers.copy(payload)}, nil
}

// check judges h by itself and by what came before it. It does so before any of the
// payload is read, so a message that will be too big costs no memory.
func (r *frameReader) check(h frameHeader) error {
	if err := h.check(r.rsv); err != nil {
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

// direct returns where the next bytes of the peer may be read to without passing
// through next, or nil. Follow it by directFilled, then by next(nil).
func (r *frameReader) direct() []byte {
	if r.open == nil || r.open.left < minDirect {
		return nil
	}
	return r.open.direct()
}

// directFilled says that n bytes were read into what direct returned last.
func (r *frameReader) directFilled(n int) {
	r.open.data = r.open.data[:len(r.open.data)+n]
	r.open.arrived(n)
}
