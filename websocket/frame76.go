package websocket

import (
	"bytes"
	"unicode/utf8"
)

// Frames of draft 76 (section 4.2): text that ends with a byte that is never in UTF-8, and the
// closing frame of two bytes.
const (
	textStart76 = 0x00
	textEnd76   = 0xFF
	closing76   = "\xFF\x00"
)

// A frameReader76 turns the bytes of a draft 76 peer into events, as a frameReader does for
// later versions: opText, and opClose without a payload. It takes all bytes, except for the
// first byte of an incomplete closing frame.
//
// A text frame does not announce its length. Its memory grows with the bytes that arrive, up to
// max.
type frameReader76 struct {
	max    int    // bytes in one message
	inText bool   // a text frame has begun and not ended
	text   []byte // the part of it that has arrived
}

// startsMessage reports whether the next frame, at the start of buf, begins a message.
func (r *frameReader76) startsMessage(buf []byte) bool {
	return !r.inText && len(buf) > 0 && buf[0] == textStart76
}

// readFrame reads buf up to the end of one frame and takes its first n bytes. It returns the
// event. If ok is false, the frame needs more bytes. An error is a *ProtocolError; after it, no
// method may be called. Only text and closing frames are accepted. Tornado 2.2 does not read
// the frames of the draft that announce a length either.
func (r *frameReader76) readFrame(buf []byte) (ev event, n int, ok bool, err error) {
	if !r.inText {
		switch {
		case len(buf) == 0:
			return event{}, 0, false, nil
		case buf[0] == textStart76:
			r.inText, n = true, 1
		case buf[0] != closing76[0]:
			return event{}, 0, false, violation("frame", errFrameType76)
		case len(buf) < len(closing76):
			return event{}, 0, false, nil
		case buf[1] != closing76[1]:
			return event{}, 0, false, violation("frame", errClosing76)
		default:
			return event{opcode: opClose}, len(closing76), true, nil
		}
	}
	text, _, whole := bytes.Cut(buf[n:], []byte{textEnd76})
	if len(r.text)+len(text) > r.max {
		return event{}, n, false, &ProtocolError{CloseMessageTooBig, "message", errTooBig}
	}
	r.text = append(r.text, text...)
	n += len(text)
	if !whole {
		return event{}, n, false, nil
	}
	ev, err = r.message()
	return ev, n + 1, err == nil, err
}

// message returns the complete message and passes its memory to the caller. Invalid UTF-8
// becomes U+FFFD (section 5.3), which may make the text longer.
func (r *frameReader76) message() (event, error) {
	text := r.text
	r.inText, r.text = false, nil
	if !utf8.Valid(text) {
		text = bytes.ToValidUTF8(text, []byte("\uFFFD"))
	}
	if len(text) > r.max {
		return event{}, &ProtocolError{CloseMessageTooBig, "message", errTooBig}
	}
	return event{opcode: opText, payload: text}, nil
}

// checkMessage76 checks a message that a program sends. Text that is not UTF-8 could contain
// the byte that ends a frame, and so frames of its own.
func checkMessage76(m Message) error {
	switch {
	case m.Binary:
		return errBinary76
	case !utf8.Valid(m.Data):
		return errNotUTF876
	}
	return nil
}
