package websocket

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestLongMessagesInAnyChunks(t *testing.T) {
	for _, size := range []int{125, 126, minDirect, firstBuffer - 1, firstBuffer, firstBuffer + 1, 65535, 65536, 300000} {
		text := strings.Repeat("0123\u20ac56", size/9+1)[:size]
		for !utf8.ValidString(text) {
			text = text[:len(text)-1]
		}
		for _, kind := range []string{"%s", "3 %s"} { // in one frame, in three
			in := longMessage(text, kind != "%s")
			want := "p t" + text + " p"
			for _, chunk := range []int{7, 1000, 4096, 65536, len(in)} {
				for _, direct := range []bool{false, true} {
					r := frameReader{max: int32(size), masked: true}
					if got := replay(t, r, direct, cut(in, chunk)...); got != want {
						t.Errorf("%d bytes, fragmented %v, by %d, direct %v: got %d bytes %.40q, want %d",
							size, kind != "%s", chunk, direct, len(got), got, len(want))
					}
				}
			}
		}
	}
}

// longMessage returns frames: a long text message between two pings. The message is one frame, or
// three if it is fragmented.
func longMessage(text string, fragmented bool) []byte {
	in := wire("p!", true)
	if fragmented {
		third := len(text) / 3
		in = appendTestFrame(in, false, 0, opText, []byte(text[:third]), true)
		in = appendTestFrame(in, false, 0, opContinuation, []byte(text[third:2*third]), true)
		in = appendTestFrame(in, true, 0, opContinuation, []byte(text[2*third:]), true)
	} else {
		in = appendTestFrame(in, true, 0, opText, []byte(text), true)
	}
	return append(in, wire("p!", true)...)
}

func cut(in []byte, size int) (chunks [][]byte) {
	for len(in) > size {
		chunks, in = append(chunks, in[:size]), in[size:]
	}
	return append(chunks, in)
}

func TestMemoryFollowsWhatArrivedNotWhatWasAnnounced(t *testing.T) {
	const length = 10 << 20
	r := frameReader{max: length, masked: true}
	r.readFrame(unhex(t, "82ff 0000000000a00000 01020304"))
	if got := cap(r.open.data); got > firstBuffer {
		t.Errorf("the header alone: %d bytes", got)
	}
	for arrived := 0; arrived < length; {
		free := r.direct()
		if free == nil { // the last few bytes
			free = make([]byte, length-arrived)
			if _, n, _, err := r.readFrame(free); n != len(free) || err != nil {
				t.Fatalf("took %d of %d, err = %v", n, len(free), err)
			}
			break
		}
		if limit := max(firstBuffer, 4*(arrived+minDirect)); cap(r.open.data) > limit {
			t.Fatalf("%d bytes of buffer after %d", cap(r.open.data), arrived)
		}
		n := min(len(free), 40000)
		r.directFilled(n)
		arrived += n
		if ev, _, ok, err := r.readFrame(nil); err != nil || ok != (arrived == length) {
			t.Fatalf("after %d: %v, err = %v", arrived, ev.opcode, err)
		} else if arrived == length && (len(ev.payload) != length || cap(ev.payload) != length) {
			t.Fatalf("got %d bytes in %d", len(ev.payload), cap(ev.payload))
		}
	}
	if r.open != nil {
		t.Error("something is held after the message")
	}
}

func TestSmallFragmentsDoNotCopyTheMessageOverAndOver(t *testing.T) {
	r := frameReader{max: 1 << 20, masked: true}
	moves, last := 0, 0
	count := func() {
		if c := cap(r.open.data); c != last {
			moves, last = moves+1, c
		}
	}
	r.readFrame(wire("b1", true))
	for range 100000 {
		in := wire("c2", true) // the frame arrives in two parts, so that the reader does not see its end at first
		r.readFrame(in[:6])
		count()
		r.readFrame(in[6:])
		count()
	}
	if moves > 20 {
		t.Errorf("the buffer moved %d times for 100,000 fragments", moves)
	}
	if len(r.open.data) != 100001 {
		t.Errorf("%d bytes", len(r.open.data))
	}
}

func TestDirectIsOnlyOfferedForTheRestOfALongPayload(t *testing.T) {
	const length = 20000
	r := frameReader{max: length, masked: true}
	want := func(when string, n int) {
		t.Helper()
		if got := len(r.direct()); got != n {
			t.Errorf("%s: %d bytes, want %d", when, got, n)
		}
	}
	in := appendTestFrame(nil, false, 0, opBinary, make([]byte, length-1), true)
	want("idle", 0)
	r.readFrame(in[:4])
	want("half a header", 0)
	r.readFrame(in[:1000])
	want("inside", firstBuffer-(1000-8))
	in = in[1000:]
	r.readFrame(in[:len(in)-minDirect])
	want("the last 4 KiB", minDirect)
	r.readFrame(in[len(in)-minDirect:][:1])
	want("a little less", 0)
	r.readFrame(in[len(in)-minDirect+1:])
	want("between fragments", 0)
	if ev, _, _, err := r.readFrame(wire("c!x", true)); len(ev.payload) != length || err != nil {
		t.Fatalf("%d bytes, err = %v", len(ev.payload), err)
	}
	want("after the message", 0)
}
