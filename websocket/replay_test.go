package websocket

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// Frames in tests are written as words: a kind, flags, the payload. Kinds are t text,
// b binary, c continuation, x close, p ping, o pong, or the opcode in hexadecimal. Flags
// are ! FIN, ^ RSV1, ~ RSV2, _ RSV3, - masked the other way than the peer should.
// Events are written the same way, without FIN; an error by its close code.
const kinds = "ctb34567xpoBCDEF" // indexed by opcode

var testKey = [4]byte{0x37, 0xfa, 0x21, 0x3d} // of the examples in section 5.7

// wire returns the bytes of frames.
func wire(frames string, masked bool) []byte {
	var b []byte
	for word := range strings.FieldsSeq(frames) {
		op, fin, rsv, masked := opcode(strings.IndexByte(kinds, word[0])), false, byte(0), masked
		payload := word[1:]
		for ; payload != "" && strings.IndexByte("!^~_-", payload[0]) >= 0; payload = payload[1:] {
			switch payload[0] {
			case '!':
				fin = true
			case '^':
				rsv |= 0x40
			case '~':
				rsv |= 0x20
			case '_':
				rsv |= 0x10
			case '-':
				masked = !masked
			}
		}
		b = appendTestFrame(b, fin, rsv, op, []byte(payload), masked)
	}
	return b
}

// appendTestFrame appends a frame. It masks byte by byte, in the words of RFC 6455, section 5.3.
func appendTestFrame(b []byte, fin bool, rsv byte, op opcode, payload []byte, masked bool) []byte {
	if !masked {
		return append(appendFrameHeader(b, fin, rsv, op, len(payload), nil), payload...)
	}
	b = appendFrameHeader(b, fin, rsv, op, len(payload), &testKey)
	for i, c := range payload {
		b = append(b, c^testKey[i%4])
	}
	return b
}

// describe writes one event as a word.
func describe(ev event) string {
	flag := ""
	if ev.rsv != 0 {
		flag = "^"
	}
	return string(kinds[ev.opcode]) + flag + string(ev.payload)
}

// A fakeStream offers a frameReader the bytes of a peer as a stream does: bytes that are not
// taken are offered again, followed by more.
type fakeStream struct {
	t      testing.TB
	r      *frameReader
	direct bool // read into the memory of r.direct whenever it returns some
	held   []byte
	total  int
	events []event
	err    error
}

func (s *fakeStream) receive(chunk []byte) {
	chunk = bytes.Clone(chunk)
	for s.direct && len(s.held) == 0 && len(chunk) > 0 && s.err == nil {
		if s.r.open == nil || !s.r.open.inFrame {
			break
		}
		n := copy(s.r.open.direct(), chunk) // also for fewer than minDirect bytes, for which a stream does not use r.direct
		s.r.directFilled(n)
		chunk = chunk[n:]
		s.total += n
		s.drain(nil)
	}
	s.total += len(chunk)
	s.held = append(s.held, chunk...)
	if s.err == nil {
		s.held = s.held[s.drain(s.held):]
	}
}

// drain calls readFrame until it asks for more bytes. Then it overwrites the bytes that were
// taken.
func (s *fakeStream) drain(buf []byte) (taken int) {
	for s.err == nil {
		ev, n, ok, err := s.r.readFrame(buf[taken:])
		s.err = err
		if !ok {
			taken += n
			break
		}
		if ev.opcode == opContinuation { // a fragment
			taken += n
			continue
		}
		kept := ev
		if ev.opcode.control() || ev.rsv != 0 {
			kept.payload = bytes.Clone(ev.payload)
		}
		s.events = append(s.events, kept)
		for i := range n {
			buf[taken+i] = 0xAA
		}
		taken += n
	}
	s.checkMemory(len(buf) - taken)
	return taken
}

func (s *fakeStream) checkMemory(rest int) {
	s.t.Helper()
	if s.err != nil {
		return
	}
	if a := s.r.open; a != nil {
		if limit := max(firstBuffer, 4*(s.total+minDirect)); cap(a.data) > limit {
			s.t.Errorf("%d bytes of buffer after %d bytes of input", cap(a.data), s.total)
		}
		if a.inFrame && (a.left == 0 || rest > 0) {
			s.t.Errorf("stopped inside a payload with %d bytes to come and %d at hand", a.left, rest)
		}
	}
	if rest > maxFrameHeader+maxControlPayload {
		s.t.Errorf("left %d bytes with the stream", rest)
	}
}

// String writes the events, then the error.
func (s *fakeStream) String() string {
	var words []string
	for _, ev := range s.events {
		words = append(words, describe(ev))
	}
	var broken *ProtocolError
	if errors.As(s.err, &broken) {
		words = append(words, strconv.Itoa(broken.Code))
	} else if s.err != nil {
		words = append(words, fmt.Sprintf("undocumented error %T", s.err))
	}
	return strings.Join(words, " ")
}

// replay gives the chunks to a copy of r, one after another.
func replay(t testing.TB, r frameReader, direct bool, chunks ...[]byte) string {
	t.Helper()
	s := &fakeStream{t: t, r: &r, direct: direct}
	for _, chunk := range chunks {
		s.receive(chunk)
	}
	return s.String()
}

// replaySplits gives all of input to r at once, byte by byte, and cut in two at every place. It
// fails unless the outcome is always the same.
func replaySplits(t testing.TB, r frameReader, input []byte) string {
	t.Helper()
	want := replay(t, r, false, input)
	same := func(how string, direct bool, chunks ...[]byte) {
		t.Helper()
		if got := replay(t, r, direct, chunks...); got != want {
			t.Errorf("%x %s, direct %v: got %q, want %q as in one piece", input, how, direct, got, want)
		}
	}
	bytewise := make([][]byte, len(input))
	for i := range input {
		bytewise[i] = input[i : i+1]
	}
	for _, direct := range []bool{false, true} {
		same("byte by byte", direct, bytewise...)
		for i := range input {
			same(fmt.Sprintf("cut at %d", i), direct, input[:i], input[i:])
		}
	}
	return want
}
