package websocket

import (
	"bytes"
	"compress/flate"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// The rows are the examples of RFC 7692, section 7.2.3, and faults of a peer. An error is written
// as its close code. A message may have 16 bytes.
func TestInflate(t *testing.T) { // ws-24, ws-26, ws-27
	for _, tt := range []struct{ name, in, history, want string }{
		{"7.2.3.1 one block", "f248cdc9c90700", "", "Hello"},
		{"7.2.3.2 second message", "f248cdc9c90700", "Hello", "Hello"},
		{"7.2.3.2 referring to the first", "f200110000", "Hello", "Hello"},
		{"7.2.3.2 referring to nothing", "f200110000", "", "1007"},
		{"7.2.3.3 no compression", "000500faff48656c6c6f00", "", "Hello"},
		{"7.2.3.4 last block", "f348cdc9c9070000", "", "Hello"},
		{"last block, no zero byte", "f348cdc9c90700", "", "Hello"},
		{"7.2.3.5 two blocks", "f24805000000ffffcac9c90700", "", "Hello"},
		{"7.2.3.6 empty", "00", "", ""},
		{"nothing", "", "", ""},

		{"reserved block type", "06", "", "1007"},
		{"half a block", "f248cd", "", "1007"},
		{"wrong length of a block", "000500fafe48656c6c6f00", "", "1007"},
		{"the tail was left in", "f248cdc9c907000000ffff", "", "1007"},
		{"a block after the last", "f348cdc9c90700f348cdc9c9070000", "", "1007"},
		{"a byte after the last", "f348cdc9c9070001", "", "1007"},
		{"plain text", "48656c6c6f", "", "1007"},

		{"16 bytes", "001000efff3031323334353637383961626364656600", "", "0123456789abcdef"},
		{"17 bytes", "001100eeff303132333435363738396162636465666700", "", "1009"},
		{"17 bytes, then a fault", "001100eeff3031323334353637383961626364656667ff", "", "1009"},
	} {
		var z inflater
		for range 2 { // the second call uses the memory of the first one
			got, err := z.inflate(unhex(t, tt.in), []byte(tt.history), 16)
			if outcome := inflated(got, err); outcome != tt.want {
				t.Errorf("%s: got %q, want %q", tt.name, outcome, tt.want)
			}
		}
	}
}

// inflated returns the message, or the close code of the error.
func inflated(message []byte, err error) string {
	var broken *ProtocolError
	switch {
	case errors.As(err, &broken):
		return fmt.Sprint(broken.Code)
	case err != nil:
		return "undocumented error " + err.Error()
	}
	return string(message)
}

func TestDeflate(t *testing.T) { // ws-23, ws-24
	d := newDeflater(6)
	for _, tt := range []struct{ name, message, want string }{
		{"7.2.3.1", "Hello", "f248cdc9c90700"},
		{"7.2.3.2 referring to the first", "Hello", "02130000"},
		{"7.2.3.6 empty", "", "00"},
	} {
		got := hex.EncodeToString(d.deflate(nil, []byte(tt.message), maxWindow))
		if got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.want)
		}
	}
}

// Messages of any size arrive unchanged with windows of all sizes: with the context of earlier
// messages (ws-25), and each by itself.
func TestDeflateInAnyWindow(t *testing.T) { // ws-21, ws-25
	random := rand.New(rand.NewPCG(1, 2))
	for bits := minWindowBits; bits <= maxWindowBits; bits++ {
		for _, fresh := range []bool{false, true} {
			d, window, history := newDeflater(6), 1<<bits, []byte(nil)
			for _, size := range []int{0, 1, 100, 1 << bits, 1<<bits + 1, 3, 3, 3, 200, 100000, 5} {
				message := repetitive(random, size)
				if fresh {
					d.resetWindow()
					history = nil
				}
				var z inflater
				got, err := z.inflate(d.deflate(nil, message, window), history, size)
				if err != nil || !bytes.Equal(got, message) {
					t.Fatalf("%d bits, %d bytes: arrived as something else: %v", bits, size, err)
				}
				history = appendHistory(history, message, window)
			}
		}
	}
}

// Random bytes can only be compressed by a reference to the same bytes before them. So the size
// of the output shows how far back the compressor has referred.
func TestDeflateDoesNotReferBeyondItsWindow(t *testing.T) { // ws-21
	random := rand.New(rand.NewPCG(7, 8))
	for bits := minWindowBits; bits < maxWindowBits; bits++ {
		noise := make([]byte, 1<<bits+1)
		for i := range noise {
			noise[i] = byte(random.Uint32())
		}
		for name, messages := range map[string][][]byte{
			"in one message":    {append(bytes.Clone(noise), noise...)},
			"in two messages":   {noise, noise},
			"a message between": {noise[:200], noise[200 : 1<<bits-1], noise[1<<bits-1:], noise[:200]},
		} {
			d, size, sent := newDeflater(9), 0, 0
			for _, m := range messages {
				size += len(m)
				sent += len(d.deflate(nil, m, 1<<bits))
			}
			if sent < size {
				t.Errorf("%d bits, %s: %d bytes became %d", bits, name, size, sent)
			}
		}
	}
}

// repetitive returns text that compresses.
func repetitive(random *rand.Rand, size int) []byte {
	var b bytes.Buffer
	for b.Len() < size {
		fmt.Fprintf(&b, "%d:%x,", random.IntN(40), random.IntN(500))
	}
	return b.Bytes()[:size]
}

func TestInflateHasTheHistoryThatWasAgreedOn(t *testing.T) { // ws-25
	random := rand.New(rand.NewPCG(3, 4))
	for _, bits := range []uint8{9, 12, 15} {
		s := deflateState{agreed: deflateAgreement{clientBits: bits}, pool: new(deflatePool)}
		d := newDeflater(9)
		for i := range 40 {
			message := repetitive(random, random.IntN(1<<bits))
			got, err := s.inflate(d.deflate(nil, message, 1<<bits), 1<<20)
			if err != nil || !bytes.Equal(got, message) {
				t.Fatalf("%d bits, message %d: %v", bits, i, err)
			}
			if cap(*s.history) > 1<<bits {
				t.Fatalf("%d bits: %d bytes held", bits, cap(*s.history))
			}
		}
	}
}

func TestRemember(t *testing.T) {
	for _, tt := range []struct{ history, message, want string }{
		{"", "", ""},
		{"", "ab", "ab"},
		{"ab", "cd", "abcd"},
		{"abcd", "ef", "cdef"},
		{"abc", "de", "bcde"},
		{"ab", "cdef", "cdef"},
		{"ab", "cdefgh", "efgh"},
		{"", "cdefgh", "efgh"},
		{"abcd", "", "abcd"},
	} {
		got := appendHistory([]byte(tt.history), []byte(tt.message), 4)
		if string(got) != tt.want || cap(got) > 8 {
			t.Errorf("%s + %s: got %s (%d), want %s", tt.history, tt.message, got, cap(got), tt.want)
		}
	}
}

// ws-26: a decompression bomb costs no more memory than the limit.
func TestABombIsStoppedAtTheLimit(t *testing.T) {
	bomb := newDeflater(9).deflate(nil, make([]byte, 64<<20), maxWindow)
	var z inflater
	_, err := z.inflate(bomb, nil, 1<<20)
	if got := inflated(nil, err); got != "1009" {
		t.Errorf("got %s", got)
	}
	if err := errors.Unwrap(err); err.Error() != "message too big after decompression" {
		t.Errorf("reason %q", err)
	}
	if cap(z.scratch) > 2<<20 {
		t.Errorf("%d bytes for a message of at most 1 MiB", cap(z.scratch))
	}
	if _, err := z.inflate(bomb, nil, 64<<20); err != nil {
		t.Error(err)
	}
	if cap(z.scratch) > maxScratch {
		t.Errorf("%d bytes of scratch kept", cap(z.scratch))
	}
}

// Connections that share a pool do not see each other's messages. The connections that sent last
// have a context, to which their next message refers.
func TestContextsOfAPool(t *testing.T) { // ws-25
	pool := &deflatePool{level: 6}
	random := rand.New(rand.NewPCG(5, 6))
	type connection struct {
		deflateState
		past []byte
	}
	connections := make([]connection, 3*maxContexts)
	for i := range connections {
		connections[i].deflateState = deflateState{agreed: deflateAgreement{serverBits: 15, serverFresh: i%5 == 0}, pool: pool}
	}
	text := repetitive(random, 2000)
	for range 500 {
		c := &connections[random.IntN(len(connections))]
		message := text[random.IntN(1000):][:900]
		var z inflater
		got, err := z.inflate(c.deflate(message), c.past, len(message))
		require.NoError(t, err)
		require.Equal(t, string(message), string(got))
		if !c.agreed.serverFresh {
			c.past = appendHistory(c.past, message, maxWindow)
		}
		if len(pool.contexts) > maxContexts {
			t.Fatalf("%d contexts", len(pool.contexts))
		}
	}
	hot := &connections[1]
	hot.deflate(text)
	for i := range maxContexts - 1 {
		connections[6+i].deflate(text)
	}
	if n := len(hot.deflate(text)); n > 100 {
		t.Errorf("%d bytes: no reference to the same message before it", n)
	}
	hot.dropContext()
	if n := len(hot.deflate(text)); n < 500 {
		t.Errorf("%d bytes: a reference to what was to be forgotten", n)
	}
	for i := range connections {
		connections[i].dropContext()
	}
	for _, c := range pool.contexts {
		if c.owner != nil {
			t.Error("the pool holds a connection that is gone")
		}
	}
}

// FuzzInflate checks inflate with any input: its errors are the documented ones, its result is
// never above the limit, and otherwise it is that of compress/flate. Messages that are compressed
// and inflated stay the same.
func FuzzInflate(f *testing.F) {
	for _, seed := range []string{"f248cdc9c90700", "f200110000", "000500faff48656c6c6f00", "f348cdc9c9070000", "00", ""} {
		b, _ := hex.DecodeString(seed)
		f.Add(b, []byte("Hello"), uint16(100), uint8(9))
	}
	f.Fuzz(func(t *testing.T, in, history []byte, limit uint16, bits uint8) {
		var z inflater
		got, err := z.inflate(bytes.Clone(in), history, int(limit))
		var broken *ProtocolError
		switch {
		case len(got) > int(limit):
			t.Fatalf("%d bytes, limit %d", len(got), limit)
		case err != nil && !errors.As(err, &broken):
			t.Fatalf("undocumented error %v", err)
		case err == nil && len(in) > 0:
			want, err := io.ReadAll(flate.NewReaderDict(strings.NewReader(string(in)+inflateTail), history))
			if err != nil || !bytes.Equal(got, want) {
				t.Fatalf("got %q, compress/flate says %q, %v", got, want, err)
			}
		}

		window := 1 << (minWindowBits + bits%8)
		d := newDeflater(1 + int(bits)%9)
		var past []byte
		for _, message := range [][]byte{in, history, in} {
			back, err := z.inflate(d.deflate(nil, message, window), past, len(message))
			if err != nil || !bytes.Equal(back, message) {
				t.Fatalf("%q came back as %q, %v", message, back, err)
			}
			past = appendHistory(past, message, window)
		}
	})
}
