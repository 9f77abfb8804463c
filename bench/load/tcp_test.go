package load

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// askingTCPClient returns a client that waits for the echo of its first message.
func askingTCPClient(size int) *tcpClient {
	c := newTCPClient(size, rand.New(rand.NewPCG(1, 2)))
	c.nextRequest()
	return c
}

func TestTCPClientChecksTheEcho(t *testing.T) {
	for _, size := range []int{1, 8, 300} {
		echo := bytes.Clone(askingTCPClient(size).payload)
		wrong := bytes.Clone(echo)
		wrong[size-1] ^= 1
		for _, tt := range []struct {
			name string
			in   []byte
			want string
		}{
			{"echo", echo, "1 responses, 0 left"},
			{"short", echo[:size-1], "0 responses, 0 left"},
			{"changed", wrong, "0 responses, error"},
			{"longer", append(bytes.Clone(echo), 'x'), "1 responses, error"},
		} {
			for pieces := 1; pieces <= len(tt.in); pieces++ {
				if got := responses(askingTCPClient(size), tt.in, pieces); got != tt.want {
					t.Fatalf("%d bytes, %s in pieces of %d: got %s, want %s", size, tt.name, pieces, got, tt.want)
				}
			}
		}
	}
}

func TestTCPClientKnowsAnOldEchoFromANewOne(t *testing.T) {
	for _, size := range []int{1, 8, 300} {
		c := askingTCPClient(size)
		first := bytes.Clone(c.payload)
		if got := responses(c, first, len(first)); got != "1 responses, 0 left" {
			t.Errorf("%d bytes: first echo: %s", size, got)
		}
		c.nextRequest()
		if got := responses(c, first, len(first)); got != "0 responses, error" {
			t.Errorf("%d bytes: first echo again: %s", size, got)
		}
	}
}
