package websocket

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"
)

// Each row has bytes of a draft 76 peer, and the events of a reader whose messages have at most 8
// bytes: t and a text, x for the closing frame, or the close code of an error.
func TestFrameReader76(t *testing.T) {
	for _, tt := range []struct{ name, input, want string }{
		{"ws22-31 text", "\x00Hello\xff", "tHello"},
		{"ws22-31 empty", "\x00\xff", "t"},
		{"ws22-31 several", "\x00a\xff\x00b\xff", "ta tb"},
		{"bytes count, not characters", "\x00é€𝄞\xff", "1009"},
		{"ws22-31 UTF-8", "\x00é€\xff", "té€"},
		{"ws22-31 zeros inside", "\x00\x00\x00\xff", "t\x00\x00"},
		{"ws22-31 not UTF-8", "\x00a\xc3\xff", "ta\uFFFD"},
		{"ws22-31 not UTF-8 in the middle", "\x00a\x80b\xff", "ta\uFFFDb"},
		{"ws22-31 surrogate", "\x00\xed\xa0\x80\xff", "t\uFFFD"},
		{"ws22-31 cut character in the next frame", "\x00\xc3\xff\x00\xa9\xff", "t\uFFFD t\uFFFD"},
		{"exactly the maximum", "\x0012345678\xff", "t12345678"},
		{"one above", "\x00123456789\xff", "1009"},
		{"one above, not ended", "\x00123456789", "1009"},
		{"the maximum again", "\x0012345678\xff\x0012345678\xff", "t12345678 t12345678"},
		{"replacement above the maximum", "\x001234567\xfe\xff", "1009"},
		{"ws22-32 closing", "\xff\x00", "x"},
		{"ws22-32 closing after text", "\x00a\xff\xff\x00", "ta x"},
		{"ws22-32 closing with a length", "\xff\x01a", "1002"},
		{"ws22-32 FF twice", "\xff\xff", "1002"},
		{"ws22-32 binary of the drafts before", "\x80\x01a", "1002"},
		{"ws22-32 any high bit", "\xfe\x00", "1002"},
		{"ws22-32 another text type", "\x01a\xff", "1002"},
		{"ws22-32 no frame at all", "a", "1002"},
		{"an unfinished frame", "\x00abc", ""},
		{"half a closing frame", "\xff", ""},
		{"nothing", "", ""},
	} {
		if got := replaySplits76(t, 8, []byte(tt.input)); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

// replaySplits76 gives all of input to a reader at once, byte by byte, and cut in two at every
// place. It fails unless the outcome is always the same.
func replaySplits76(t testing.TB, limit int, input []byte) string {
	t.Helper()
	want := replay76(t, limit, input)
	bytewise := make([][]byte, len(input))
	for i := range input {
		bytewise[i] = input[i : i+1]
		if got := replay76(t, limit, input[:i], input[i:]); got != want {
			t.Errorf("%q cut at %d: got %q, want %q", input, i, got, want)
		}
	}
	if got := replay76(t, limit, bytewise...); got != want {
		t.Errorf("%q byte by byte: got %q, want %q", input, got, want)
	}
	return want
}

// replay76 gives chunks to a reader as a stream does, and overwrites the bytes that the reader
// has taken.
func replay76(t testing.TB, limit int, chunks ...[]byte) string {
	t.Helper()
	r := frameReader76{max: limit}
	var held []byte
	var events []event
	total := 0
	for _, chunk := range chunks {
		held = append(held, chunk...)
		total += len(chunk)
		for {
			ev, n, ok, err := r.readFrame(held)
			for i := range n {
				held[i] = 0xAA
			}
			held = held[n:]
			if err != nil {
				return outcome76(t, limit, events, err)
			}
			if !ok {
				break
			}
			events = append(events, ev)
		}
		if len(held) > 1 {
			t.Errorf("left %d bytes with the stream", len(held))
		}
		if cap(r.text) > 64+4*total {
			t.Errorf("%d bytes of memory after %d bytes of input", cap(r.text), total)
		}
	}
	return outcome76(t, limit, events, nil)
}

func outcome76(t testing.TB, limit int, events []event, err error) string {
	t.Helper()
	var words []string
	for _, ev := range events {
		words = append(words, describe(ev))
		if len(ev.payload) > limit || !utf8.Valid(ev.payload) || ev.opcode != opText && ev.opcode != opClose {
			t.Errorf("no event of this version: %s", describe(ev))
		}
	}
	var broken *ProtocolError
	if errors.As(err, &broken) {
		words = append(words, fmt.Sprint(broken.Code))
	} else if err != nil {
		t.Errorf("undocumented error %v", err)
	}
	return strings.Join(words, " ")
}

// FuzzFrame76 checks that any bytes give the same events or the same *ProtocolError wherever they
// are cut, and that messages which are written are read back.
func FuzzFrame76(f *testing.F) {
	for _, seed := range []string{"\x00Hello\xff", "\x00\xff\xff\x00", "\x00a\xc3\xff\x00\x80\xff", "\xff\x01", "\x80\x01a", "\x00abc"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		if len(input) > 200 {
			input = input[:200] // every cut is tried
		}
		replaySplits76(t, 16, input)
		if checkMessage76(Message{Data: input}) != nil {
			return
		}
		frame := append(append([]byte{textStart76}, input...), textEnd76)
		r := frameReader76{max: len(input)}
		if ev, n, _, err := r.readFrame(frame); err != nil || n != len(frame) || !bytes.Equal(ev.payload, input) {
			t.Errorf("%q came back as %q (%d bytes, %v)", input, ev.payload, n, err)
		}
	})
}

func TestCheckMessage76(t *testing.T) {
	for _, tt := range []struct {
		m    Message
		want error
	}{
		{Text(""), nil},
		{Text("é\x00"), nil},
		{Binary([]byte("a")), errBinary76}, // ws22-33
		{Text("\xff\x00evil"), errNotUTF876},
	} {
		if got := checkMessage76(tt.m); got != tt.want {
			t.Errorf("%q: got %v, want %v", tt.m.Data, got, tt.want)
		}
	}
}
