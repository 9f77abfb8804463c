package load

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// askingTCPClient waits for the echo of its first message.
func askingTCPClient(size int) *tcpClient {
	c := newTCPClient(size, rand.New(rand.NewPCG(1, 2)))
	c.question()
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
			{"echo", echo, "1 answers, 0 left"},
			{"short", echo[:size-1], "0 answers, 0 left"},
			{"changed", wrong, "0 answers, error"},
			{"longer", append(bytes.Clone(echo), 'x'), "1 answers, error"},
		} {
			for pieces := 1; pieces <= len(tt.in); pieces++ {
				if got := answers(askingTCPClient(size), tt.in, pieces); got != tt.want {
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
		if got := answers(c, first, len(first)); got != "1 answers, 0 left" {
			t.Errorf("%d bytes: first echo: %s", size, got)
		}
		c.question()
		if got := answers(c, first, len(first)); got != "0 answers, error" {
			t.Errorf("%d bytes: first echo again: %s", size, got)
		}
	}
}
