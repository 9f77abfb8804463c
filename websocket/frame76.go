package websocket

import (
	"bytes"
	"unicode/utf8"
)

// Frames of draft 76 (section 4.2): text up to a byte that UTF-8 never has, and the two
// bytes that close.
const (
	textStart76 = 0x00
	textEnd76   = 0xFF
	closing76   = "\xFF\x00"
)

// A frameReader76 turns the bytes of a draft 76 peer into events, as a frameReader does
// for its successors: opText and opClose, the latter without a payload. Everything that it
// is shown it takes, but for the first of the two bytes that close.
//
// A text frame says nothing of its length, so it grows with what arrives, up to max.
type frameReader76 struct {
	max    int    // bytes in one message
	inText bool   // a text frame has begun and not ended
	text   []byte // what came of it
}

// startsMessage reports whether the next frame, at the start of buf, begins a message.
func (r *frameReader76) startsMessage(buf []byte) bool {
	return !r.inText && len(buf) > 0 && buf[0] == textStart76
}

// next reads buf up to the end of one frame, takes the first n bytes of buf, and returns the
// event. If ok is false, the frame needs more bytes than buf has. An error is a
// *ProtocolError and final: nothing may be called after it. Any frame but text is an error,
// the old frames that announce a length included: Tornado 2.2 doesn't read them either.
func (r *frameReader76) next(buf []byte) (ev event, n int, ok bool, err error) {
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

// message is the complete message, whose memory it hands over. What is no UTF-8 in it
// becomes U+FFFD (section 5.3), which may make it longer.
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

// checkMessage76 judges what a program wants to send. Text that is not UTF-8 could hold
// the byte that ends a frame, and so frames of somebody else's.
func checkMessage76(m Message) error {
	switch {
	case m.Binary:
		return errBinary76
	case !utf8.Valid(m.Data):
		return errNotUTF876
	}
	return nil
}
