package iostream

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/ioloop"
)

// script is a consumer that takes whole words which end in a space. "N!" reads N bytes directly,
// "swap!" sets another consumer, and "pause!" pauses the stream.
type script struct {
	s      *IOStream
	got    []string
	direct []byte
	next   *script
	lost   []error
}

func (c *script) Consume(data []byte) int {
	taken := 0
	for {
		word, _, ok := strings.Cut(string(data[taken:]), " ")
		if !ok {
			return taken
		}
		taken += len(word) + 1
		c.got = append(c.got, word)
		switch word {
		case "5!":
			c.direct = make([]byte, 5)
			return taken
		case "swap!":
			c.s.SetConsumer(c.next)
			return taken
		case "pause!":
			c.s.Pause()
			return taken
		case "close!":
			c.s.Close()
			return taken
		case "detach!":
			c.s.SetConsumer(nil)
			return taken
		}
	}
}

func (c *script) Direct() []byte { return c.direct }

func (c *script) DirectFilled(n int) {
	c.got = append(c.got, "direct "+string(c.direct[:n]))
	if c.direct = c.direct[n:]; len(c.direct) == 0 {
		c.direct = nil
	}
}

func (c *script) ConnectionLost(err error) { c.lost = append(c.lost, err) }

func TestConsumerGetsUntakenBytesAgain(t *testing.T) {
	each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
		c := &script{s: s}
		s.SetConsumer(c)
		for _, part := range []string{"one tw", "o", " three ", "rest"} {
			io.WriteString(peer, part)
			pause(s)
		}
		require.Equal(t, []string{"one", "two", "three"}, c.got)
		require.Equal(t, "rest", string(s.held()))
		peer.Close()
		pause(s)
		require.Equal(t, []error{nil}, c.lost)
	})
}

func TestDirectReads(t *testing.T) {
	each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
		c := &script{s: s}
		s.SetConsumer(c)
		for _, part := range []string{"5! ", "abc", "de", "end "} {
			io.WriteString(peer, part)
			pause(s)
		}
		require.Equal(t, []string{"5!", "direct abc", "direct de", "end"}, c.got)
	})
}

// After the word "swap!" the new consumer gets all bytes: those that came with the word, those
// that the stream held, and those that come later.
func TestSwapLosesNothing(t *testing.T) {
	for _, parts := range [][]string{
		{"one swap! two three "},
		{"one swap! tw", "o three "},
		{"one swap!", " two three "},
		{"one pause! swap! two three "},
	} {
		each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
			next := &script{s: s}
			first := &script{s: s, next: next}
			s.SetConsumer(first)
			for _, part := range parts {
				io.WriteString(peer, part)
				pause(s)
			}
			s.Resume()
			pause(s)
			require.Equal(t, "swap!", first.got[len(first.got)-1], parts)
			require.Equal(t, []string{"two", "three"}, next.got, parts)
		})
	}
}

func TestDetachLeavesTheRestToReads(t *testing.T) {
	each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
		s.SetConsumer(&script{s: s})
		io.WriteString(peer, "detach! raw\nmore")
		pause(s)
		require.Equal(t, "raw\n", await(t, s.ReadUntil([]byte("\n"), 0)))
		require.Equal(t, "more", await(t, s.ReadBytes(4, false)))
	})
}

func TestPauseStopsReadingAndSeesTheClose(t *testing.T) {
	each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
		c := &script{s: s}
		s.SetConsumer(c)
		io.WriteString(peer, "pause! ")
		pause(s)
		peer.Close()
		pause(s)
		require.Equal(t, []error{nil}, c.lost)
	})
}

// A sipper takes a few bytes and then pauses for a turn of the loop.
type sipper struct {
	s          *IOStream
	taken      int
	mostWaited int // the largest number of bytes that the stream held at one time
	lost       bool
}

func (c *sipper) Consume(data []byte) int {
	n := min(len(data), 10<<10)
	c.taken += n
	c.s.Pause()
	c.s.Loop().AddCallback(func() {
		c.mostWaited = max(c.mostWaited, len(c.s.held()))
		c.s.Resume()
	})
	return n
}

func (c *sipper) Direct() []byte       { return nil }
func (c *sipper) DirectFilled(int)     {}
func (c *sipper) ConnectionLost(error) { c.lost = true }

// Bytes that a slow consumer does not take stay in the socket.
func TestSlowConsumerStopsReading(t *testing.T) {
	const size = 4 << 20
	each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
		c := &sipper{s: s}
		s.SetConsumer(c)
		go func() {
			peer.Write(make([]byte, size))
			peer.Close()
		}()
		for range 10_000 {
			if c.lost {
				break
			}
			ioloop.Sleep(s.Loop(), time.Millisecond).Await()
		}
		require.True(t, c.lost)
		require.Equal(t, size, c.taken)
		require.LessOrEqual(t, c.mostWaited, 256<<10)
	})
}

func TestPausedBytesAreOfferedBeforeTheEnd(t *testing.T) {
	each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
		c := &script{s: s}
		s.SetConsumer(c)
		io.WriteString(peer, "pause! late ")
		peer.Close()
		pause(s)
		require.Empty(t, c.lost)
		s.Resume()
		pause(s)
		require.Equal(t, []string{"pause!", "late"}, c.got)
		require.Equal(t, []error{nil}, c.lost)
	})
}

func TestCloseWithinConsume(t *testing.T) {
	each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
		c := &script{s: s}
		s.SetConsumer(c)
		s.Send([]byte("bye"))
		io.WriteString(peer, "close! never ")
		pause(s)
		require.Equal(t, []string{"close!"}, c.got)
		require.Equal(t, []error{nil}, c.lost)
		b, _ := io.ReadAll(peer)
		require.Equal(t, "bye", string(b))
	})
}

func TestCloseWithErrorTellsTheConsumer(t *testing.T) {
	each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
		c := &script{s: s}
		s.SetConsumer(c)
		fault := errors.New("fault")
		s.CloseWithError(fault)
		require.Empty(t, c.lost, "not on the caller's stack")
		pause(s)
		require.Equal(t, []error{fault}, c.lost)
	})
}
