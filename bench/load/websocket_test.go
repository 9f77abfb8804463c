package load

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestParseFrameHead(t *testing.T) {
	for _, tt := range []struct{ in, want string }{ // hexadecimal; fin, opcode, length, bytes taken
		{"8205", "true 2 5 2"},
		{"0200", "false 2 0 2"},
		{"807d", "true 0 125 2"},
		{"827e0080", "true 2 128 4"},
		{"827effff", "true 2 65535 4"},
		{"827f0000000000100000", "true 2 1048576 10"},
		{"827f0000000100000000", "error"},
		{"827f8000000000000000", "error"},
		{"8880", "error"},
		{"c205", "error"},
		{"a205", "error"},
		{"9205", "error"},
		{"", "more"},
		{"82", "more"},
		{"827e00", "more"},
		{"827f00000000001000", "more"},
	} {
		in, _ := hex.DecodeString(tt.in)
		h, n, err := parseFrameHead(in)
		got := fmt.Sprint(h.fin, h.opcode, h.length, n)
		if err != nil {
			got = "error"
		} else if n == 0 {
			got = "more"
		}
		if got != tt.want {
			t.Errorf("%s: got %s, want %s", tt.in, got, tt.want)
		}
	}
}

func TestAppendFrame(t *testing.T) {
	mask := [4]byte{0x37, 0xfa, 0x21, 0x3d}
	for _, tt := range []struct {
		payload, head string // the head in hexadecimal
	}{
		{"Hello", "818537fa213d7f9f4d5158"}, // RFC 6455, section 5.7, whole
		{"", "818037fa213d"},
		{strings.Repeat("x", 125), "81fd37fa213d"},
		{strings.Repeat("x", 126), "81fe007e37fa213d"},
		{strings.Repeat("x", 65535), "81feffff37fa213d"},
		{strings.Repeat("x", 65536), "81ff000000000001000037fa213d"},
	} {
		got := appendFrame(nil, 1, mask, []byte(tt.payload))
		if !strings.HasPrefix(hex.EncodeToString(got), tt.head) {
			t.Errorf("%d bytes: starts with % x, want %s", len(tt.payload), got[:min(len(got), 14)], tt.head)
		}
		for i := range tt.payload {
			if got[len(got)-len(tt.payload)+i]^mask[i%4] != tt.payload[i] {
				t.Fatalf("%d bytes: byte %d is not masked", len(tt.payload), i)
			}
		}
	}
}

// upgradedClient returns a client that waits for the echo of its first message.
func upgradedClient(size int) *wsClient {
	c := newWSClient(80, size, rand.New(rand.NewPCG(1, 2)))
	c.upgraded = true
	c.nextRequest()
	return c
}

// serverFrame returns a frame as a server sends it.
func serverFrame(first byte, payload []byte) []byte {
	masked := appendFrame(nil, 0, [4]byte{}, payload)
	head := len(masked) - len(payload) - 4
	masked[0], masked[1] = first, masked[1]&0x7f
	return append(masked[:head:head], payload...)
}

func TestWSClientChecksTheEcho(t *testing.T) {
	const size = 300
	for _, tt := range []struct{ frames, want string }{ // first byte : first and last payload byte of the message
		{"82:0-300", "1 responses, 0 left"},
		{"02:0-200 80:200-300", "1 responses, 0 left"},
		{"02:0-0 00:0-130 89:0-5 00:130-300 80:0-0", "1 responses, 0 left"},
		{"8a:0-0 82:0-300", "1 responses, 0 left"},
		{"02:0-300", "0 responses, 0 left"},
		{"82:0-299", "0 responses, error"},
		{"02:0-200 80:200-299", "0 responses, error"},
		{"82:1-300", "0 responses, error"},
		{"02:0-200 82:200-300", "0 responses, error"},
		{"80:0-300", "0 responses, error"},
		{"81:0-300", "0 responses, error"},
		{"88:0-0", "0 responses, error"},
		{"02:0-300 00:0-1", "0 responses, error"},
		{"82:0-300 88:0-0", "1 responses, error"},
	} {
		var in []byte
		for _, f := range strings.Fields(tt.frames) {
			var first byte
			var from, to int
			fmt.Sscanf(f, "%x:%d-%d", &first, &from, &to)
			in = append(in, serverFrame(first, upgradedClient(size).payload[from:to])...)
		}
		for pieces := 1; pieces <= len(in); pieces++ {
			if got := responses(upgradedClient(size), in, pieces); got != tt.want {
				t.Fatalf("%s in pieces of %d: got %s, want %s", tt.frames, pieces, got, tt.want)
			}
		}
	}
}

func TestWSClientKnowsAnOldEchoFromANewOne(t *testing.T) {
	for _, size := range []int{1, 8, 300} {
		c := upgradedClient(size)
		first := serverFrame(0x82, bytes.Clone(c.payload))
		if got := responses(c, first, len(first)); got != "1 responses, 0 left" {
			t.Errorf("%d bytes: first echo: %s", size, got)
		}
		c.nextRequest()
		if got := responses(c, first, len(first)); got != "0 responses, error" {
			t.Errorf("%d bytes: first echo again: %s", size, got)
		}
	}
}

func TestWSClientChecksTheHandshake(t *testing.T) {
	c := newWSClient(80, 1, rand.New(rand.NewPCG(1, 2)))
	right := "HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: " + c.accept + "\r\n\r\n"
	for _, tt := range []struct{ in, want string }{
		{right, "1 responses, 0 left"},
		{strings.Replace(right, c.accept, "x"+c.accept, 1), "0 responses, error"},
		{strings.Replace(right, "101", "200", 1), "0 responses, error"},
	} {
		c.upgraded = false
		if got := responses(c, []byte(tt.in), 7); got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.in, got, tt.want)
		}
	}
}

// FuzzWSClient checks that the result does not depend on how the received bytes are split, and
// that a message is completed only by bytes that contain it.
func FuzzWSClient(f *testing.F) {
	echo := upgradedClient(20).payload
	f.Add(serverFrame(0x82, echo), 3)
	f.Add(append(serverFrame(0x02, echo[:7]), serverFrame(0x80, echo[7:])...), 1)
	f.Add(append(serverFrame(0x89, []byte("ping")), serverFrame(0x82, echo)...), 5)
	f.Fuzz(func(t *testing.T, in []byte, size int) {
		if size < 1 || len(in) == 0 {
			return
		}
		whole, split := responses(upgradedClient(20), in, len(in)), responses(upgradedClient(20), in, size)
		if whole != split {
			t.Errorf("whole: %s; in pieces of %d: %s", whole, size, split)
		}
		if !strings.HasPrefix(whole, "0 ") && len(in) < 22 {
			t.Errorf("%d bytes answered a message of 20", len(in))
		}
	})
}
