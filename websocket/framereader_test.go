package websocket

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
	"unsafe"
)

// These are readers of both sides. A message may have 8 bytes.
var (
	serverReader = frameReader{max: 8, masked: true}
	clientReader = frameReader{max: 8}
)

// 5.7 Examples

func TestFramesOfTheRFC(t *testing.T) {
	long := frameReader{max: 1 << 16}
	for _, tt := range []struct {
		name string
		r    frameReader
		in   string
		want string
	}{
		{"unmasked text", clientReader, "8105 48656c6c6f", "tHello"},
		{"masked text", serverReader, "8185 37fa213d 7f9f4d5158", "tHello"},
		{"fragmented text", clientReader, "0103 48656c 8002 6c6f", "tHello"},
		{"ping", clientReader, "8905 48656c6c6f", "pHello"},
		{"masked pong", serverReader, "8a85 37fa213d 7f9f4d5158", "oHello"},
		{"256 bytes", long, "827e 0100" + strings.Repeat("61", 256), "b" + strings.Repeat("a", 256)},
		{"64 KiB", long, "827f 0000000000010000" + strings.Repeat("61", 1<<16), "b" + strings.Repeat("a", 1<<16)},
	} {
		if got := replay(t, tt.r, false, unhex(t, tt.in)); got != tt.want {
			t.Errorf("%s: got %.40q, want %.40q", tt.name, got, tt.want)
		}
	}
}

// The rows test RFC 6455, sections 5.1 (masking), 5.2 (framing), 5.4 (fragmentation), 5.5
// (control frames) and 8.1 (UTF-8).

func TestFrameReader(t *testing.T) { // ws-28, ws-30 ... ws-34; notation in replay_test.go
	server, client, deflating := serverReader, clientReader, serverReader
	deflating.rsv = bitRSV1
	ping125 := strings.Repeat("x", 125)
	for _, tt := range []struct {
		r            frameReader
		frames, want string
	}{
		{server, "", ""},
		{server, "t!Hello", "tHello"},
		{server, "t! b!", "t b"},
		{server, "b!\x00\xff", "b\x00\xff"},
		{server, "t!a b!b t!c", "ta bb tc"},

		{server, "t!a t!-b", "ta 1002"}, // 5.1: unmasked from a client, ws-28
		{server, "p!-", "1002"},
		{client, "t!a t!-b", "ta 1002"}, // 5.1: masked from a server
		{client, "p!-", "1002"},

		{server, "t!^a", "1002"}, // 5.2
		{server, "b!~a", "1002"},
		{server, "b!_a", "1002"},
		{server, "p!^", "1002"},
		{server, "t!a 3!", "ta 1002"},
		{server, "7!", "1002"},
		{server, "B!", "1002"},
		{server, "F!", "1002"},
		{server, "3a", "1002"},

		{server, "tHel c!lo", "tHello"}, // 5.4
		{server, "b1 c2 c3 c!4", "b1234"},
		{server, "t c c! t!a", "t ta"},
		{server, "ta c c!b", "tab"},
		{server, "tHel p!x c!lo", "px tHello"},
		{server, "tHel p!x o!y x! c!lo", "px oy x tHello"},
		{server, "c!lo", "1002"},
		{server, "clo", "1002"},
		{server, "t!a c!lo", "ta 1002"},
		{server, "ta c!b c!lo", "tab 1002"},
		{server, "tHel t!lo", "1002"},
		{server, "tHel blo", "1002"},
		{server, "tHel p!x b!lo", "px 1002"},

		{server, "p!", "p"}, // 5.5
		{server, "o!" + ping125, "o" + ping125},
		{server, "p!" + ping125 + "x", "1002"},
		{server, "x!" + ping125 + "x", "1002"},
		{server, "pa", "1002"},
		{server, "xa", "1002"},
		{server, "x!\x03\xe8bye", "x\x03\xe8bye"},

		{server, "t!12345678", "t12345678"}, // ws-33: exactly max
		{server, "t!123456789", "1009"},     // ws-32
		{server, "b123456789", "1009"},
		{server, "t1234 c!5678", "t12345678"},
		{server, "t1234 c!56789", "1009"},
		{server, "t1234 c5678 c! t!a", "t12345678 ta"},
		{server, "t1234 c5678 p!x c!9", "px 1009"},
		{server, "t12345678 t!123456789", "1002"}, // of two faults the first counts
		{server, "p!123456789", "p123456789"},     // max is of messages

		{server, "t!\u20ac", "t\u20ac"}, // 8.1
		{server, "t!\xff", "1007"},
		{server, "t!a\xe2\x82", "1007"},
		{server, "t\xe2\x82 c!\xac", "t\u20ac"}, // ws-31: a fragment may cut a character
		{server, "t\xe2 p! c\x82 c!\xac", "p t\u20ac"},
		{server, "t\xe2\x82 c!x", "1007"},
		{server, "t\xe2\x82 c c!", "1007"},
		{server, "ta\xff p!x c!", "1007"},        // at its first wrong byte,
		{server, "t\xe2\x28 p!x c!", "1007"},     // not at its end
		{server, "t\xed\xa0 p!x c!\x80", "1007"}, // a surrogate
		{server, "t\xf4\x90 p!x c!", "1007"},     // beyond U+10FFFF
		{server, "b\xff c!\xfe", "b\xff\xfe"},

		{deflating, "t!^\xff", "t^\xff"}, // RFC 7692, section 6.1: a compressed text is checked after it was decompressed
		{deflating, "t^\xff p! c!\xfe", "p t^\xff\xfe"},
		{deflating, "t!^\xff t!\xff", "t^\xff 1007"},
		{deflating, "t^a c!b tc c!d", "t^ab tcd"},
		{deflating, "t^a c^!b", "1002"},
		{deflating, "p!^a", "1002"},
		{deflating, "t!^123456789", "t^123456789"}, // ws-33: the limit is for the decompressed message
		{deflating, "t!^" + strings.Repeat("x", 8+1+64+1), "1009"},
	} {
		if got := replaySplits(t, tt.r, wire(tt.frames, tt.r.masked)); got != tt.want {
			t.Errorf("%q: got %q, want %q", tt.frames, got, tt.want)
		}
	}
}

func TestFrameReaderAsksForMoreAtAnyCut(t *testing.T) { // the reader returns no event and no error before it has the last byte of a frame
	for _, frame := range []string{"t!Hello", "p!Hello", "x!\x03\xe8"} {
		in := wire(frame, true)
		for i := range in {
			for _, direct := range []bool{false, true} {
				if got := replay(t, serverReader, direct, in[:i]); got != "" {
					t.Errorf("%q, %d bytes: got %q", frame, i, got)
				}
			}
		}
	}
}

func TestTextIsRefusedAtItsFirstWrongByte(t *testing.T) {
	in := wire("tab\xe2\x28", true)
	if got := replay(t, serverReader, false, in[:len(in)-1]); got != "" {
		t.Errorf("before it: %s", got)
	}
	whole := wire("t!ab\xffcde", true) // the invalid byte has arrived, the end of the frame has not
	for _, direct := range []bool{false, true} {
		if got := replay(t, serverReader, direct, whole[:7], whole[7:9]); got != "1007" {
			t.Errorf("direct %v: got %q, want 1007", direct, got)
		}
	}
}

func TestTooBigIsKnownFromTheHeader(t *testing.T) { // ws-32
	for _, header := range []string{"8189 00000000", "01ff 7fffffffffffffff 00000000", "82fe 0009 01020304"} {
		if got := replay(t, serverReader, false, unhex(t, header)); got != "1009" {
			t.Errorf("%s: got %q, want 1009", header, got)
		}
	}
	first := wire("t1234", true)
	if got := replay(t, serverReader, false, append(first, unhex(t, "00ff 7fffffffffffffff 00000000")...)); got != "1009" {
		t.Errorf("second fragment: got %q, want 1009", got)
	}
}

func TestTooBigHasTornadosReason(t *testing.T) { // ws-32
	_, _, _, err := (&frameReader{max: 8}).readFrame(wire("t!123456789", false))
	broken, ok := err.(*ProtocolError)
	if !ok {
		t.Fatalf("got %v", err)
	}
	got := appendCloseFrame(nil, broken.Code, broken.Err.Error(), nil)
	if want := "\x88\x11\x03\xf1message too big"; string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// readMessage returns the first message in buf, and how many bytes of buf r took.
func readMessage(r *frameReader, buf []byte) (ev event, n int) {
	for ok := true; ok && ev.opcode == opContinuation; {
		var taken int
		ev, taken, ok, _ = r.readFrame(buf[n:])
		n += taken
	}
	return ev, n
}

func TestMessagesAreTheReceiversOwn(t *testing.T) {
	for _, frames := range []string{"b!abc", "ba c!bc"} {
		in := wire(frames, true)
		r := serverReader
		ev, n := readMessage(&r, in)
		if n != len(in) {
			t.Fatalf("%s: took %d of %d", frames, n, len(in))
		}
		for i := range in {
			in[i] = 0
		}
		if string(ev.payload) != "abc" {
			t.Errorf("%s: changed to %q with its input", frames, ev.payload)
		}
	}
}

func TestAnIdleReaderIsThreeWords(t *testing.T) {
	if got, want := unsafe.Sizeof(frameReader{}), 3*unsafe.Sizeof(uintptr(0)); got > want {
		t.Errorf("%d bytes, want %d", got, want)
	}
}

func TestOneAllocationForAMessage(t *testing.T) {
	frame := wire("b!12345678", true)
	in := bytes.Clone(frame)
	r := serverReader
	got := testing.AllocsPerRun(100, func() {
		copy(in, frame)
		if ev, _, _, err := r.readFrame(in); len(ev.payload) != 8 || err != nil {
			t.Fatal(ev, err)
		}
	})
	if got != 1 {
		t.Errorf("%v allocations", got)
	}
}

// Fuzzing

// decode does the work of a frameReader without regard to cost. It has the whole input, copies
// everything, and checks text character by character.
func decode(in []byte, r frameReader) string {
	var words []string
	var message []byte
	var first opcode
	flag, open := "", false
	for {
		h, n, err := parseFrameHeader(in)
		if err != nil {
			return strings.Join(append(words, "1002"), " ")
		}
		if n == 0 {
			return strings.Join(words, " ")
		}
		data := h.opcode < 8
		switch {
		case h.masked != r.masked, h.checkAlone(r.rsv) != nil,
			data && open != (h.opcode == opContinuation):
			return strings.Join(append(words, "1002"), " ")
		case data && h.length > wireLimit(r.max, h.rsv != 0 || open && flag != "")-int64(len(message)):
			return strings.Join(append(words, "1009"), " ")
		}
		in = in[n:]
		here := min(int(h.length), len(in))
		payload := make([]byte, here)
		for i := range payload {
			payload[i] = in[i] ^ h.key[i%4]
		}
		in = in[here:]
		done := here == int(h.length)
		if !data {
			if !done {
				return strings.Join(words, " ")
			}
			words = append(words, string(kinds[h.opcode])+string(payload))
			continue
		}
		if !open {
			open, first, flag = true, h.opcode, ""
			if h.rsv != 0 {
				flag = "^"
			}
		}
		message = append(message, payload...)
		if first == opText && flag == "" && !textSoFar(message, done && h.fin) {
			return strings.Join(append(words, "1007"), " ")
		}
		if !done {
			return strings.Join(words, " ")
		}
		if h.fin {
			words = append(words, string(kinds[first])+flag+string(message))
			message, open = nil, false
		}
	}
}

// wireLimit returns how many bytes a message may have on the wire. max is the limit of the
// message itself; a compressed message may be an eighth and 64 bytes longer.
func wireLimit(max int32, compressed bool) int64 {
	if compressed {
		return int64(max) + int64(max)/8 + 64
	}
	return int64(max)
}

// textSoFar reports whether b is valid UTF-8, or can become valid by more bytes if end is false.
func textSoFar(b []byte, end bool) bool {
	for len(b) > 0 {
		c, n := utf8.DecodeRune(b)
		if c == utf8.RuneError && n == 1 {
			return !end && !utf8.FullRune(b)
		}
		b = b[n:]
	}
	return true
}

// encode writes events as whole frames.
func encode(events []event, masked bool) (b []byte) {
	var key *[4]byte
	if masked {
		key = &testKey
	}
	for _, ev := range events {
		b = appendWhole(b, ev.rsv, ev.opcode, ev.payload, key)
	}
	return b
}

// FuzzFrameReader checks a frameReader with any input in any chunks. Its events are those of
// decode, no message is above max, and events that are written again read the same.
func FuzzFrameReader(f *testing.F) {
	for _, s := range []string{"t!Hello", "tHel p!x c!lo", "t\xe2\x82 c!\xac", "t!123456789", "t1234 c!56789", "t!^\xff", "c!lo", "x!\x03\xe8bye", "B!", "t!-a"} {
		f.Add(wire(s, true), []byte{3, 1}, uint16(8), true, true)
		f.Add(wire(s, false), []byte{2}, uint16(8), false, false)
	}
	f.Add([]byte("\xc17="), []byte{3, 1}, uint16(4), false, true) // compressed, and longer than max
	f.Add(unhex(f, "01ff 7fffffffffffffff 00000000"), []byte{1}, uint16(100), true, false)
	f.Add(unhex(f, "82fe 0005 01020304 4141414141"), []byte{5, 6, 7}, uint16(5), true, false)
	f.Fuzz(func(t *testing.T, in, cuts []byte, size uint16, masked, deflate bool) {
		r := frameReader{max: int32(size), masked: masked}
		if deflate {
			r.rsv = bitRSV1
		}
		want := decode(in, r)
		for _, direct := range []bool{false, true} {
			r := r
			s := &fakeStream{t: t, r: &r, direct: direct}
			rest := in
			for _, n := range cuts {
				n := min(int(n), len(rest))
				s.receive(rest[:n])
				rest = rest[n:]
			}
			s.receive(rest)
			if got := s.String(); got != want {
				t.Fatalf("direct %v: got %q, want %q", direct, got, want)
			}
			for _, ev := range s.events {
				if !ev.opcode.control() && int64(len(ev.payload)) > wireLimit(r.max, ev.rsv != 0) {
					t.Fatalf("a message of %d bytes, max is %d", len(ev.payload), r.max)
				}
			}
			again := &fakeStream{t: t, r: &frameReader{max: r.max, masked: r.masked, rsv: r.rsv}}
			again.receive(encode(s.events, masked))
			if got, want := fmt.Sprint(again.events), fmt.Sprint(s.events); got != want || again.err != nil {
				t.Fatalf("written and read again: got %s, %v, want %s", got, again.err, want)
			}
		}
	})
}
