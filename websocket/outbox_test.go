package websocket_test

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/websocket"
)

// A limited handler is a probe with SendLimits.
type limited struct {
	probe
	limits websocket.SendLimits
}

func (h *limited) SendLimits() websocket.SendLimits { return h.limits }

// numbered returns a message of 64 KiB that begins with the number i.
func numbered(i int) websocket.Message {
	return websocket.Text(fmt.Sprintf("%d %s", i, strings.Repeat("x", 64<<10)))
}

// flooded serves a handler that writes n numbered messages after the first message that it
// receives, until a write fails. result returns how many it has written, and the error.
func flooded(t *testing.T, n int, limits websocket.SendLimits) (s *server, c *client, result func() (sent, most int, err error)) {
	var sent, most int
	var failed error
	p := limited{probe: probe{notes: newNotes()}, limits: limits}
	p.message = func(h *probe, text string) error {
		for i := range n {
			if failed = h.WriteMessage(numbered(i)); failed != nil {
				return nil
			}
			sent++
			most = max(most, h.BufferedAmount())
			h.sleep()
		}
		return nil
	}
	s = serve(t, web.URL("/ws", p))
	c = s.connect("/ws")
	c.write(frames("t:go"))
	return s, c, func() (sentNow, mostNow int, err error) {
		s.do(func() { sentNow, mostNow, err = sent, most, failed })
		return sentNow, mostNow, err
	}
}

func numbers(c *client, last int) (got []int) {
	for {
		word := c.read()
		text, ok := strings.CutPrefix(word, "t:")
		if !ok {
			return got
		}
		digits, _, _ := strings.Cut(text, " ")
		i, _ := strconv.Atoi(digits)
		if got = append(got, i); i == last {
			return got
		}
	}
}

func TestAFullQueueFails(t *testing.T) {
	_, c, result := flooded(t, 1000, websocket.SendLimits{MaxBuffered: 1 << 20})
	require.Eventually(t, func() bool { _, _, err := result(); return err != nil }, looptest.Patience, 5*time.Millisecond)
	sent, most, err := result()
	if !errors.Is(err, websocket.ErrSendQueueFull) || most > 1<<20 {
		t.Fatalf("%v, %d bytes waited", err, most)
	}
	got := numbers(c, sent-1)
	for i := range got {
		if got[i] != i {
			t.Fatalf("message %d came as the %dth", got[i], i)
		}
	}
	if len(got) != sent {
		t.Errorf("%d of %d came", len(got), sent)
	}
}

func TestDropOldest(t *testing.T) {
	_, c, result := flooded(t, 300, websocket.SendLimits{MaxBuffered: 1 << 20, WhenFull: websocket.DropOldest})
	require.Eventually(t, func() bool { sent, _, _ := result(); return sent == 300 }, looptest.Patience, 5*time.Millisecond)
	if _, most, err := result(); err != nil || most > 1<<20 {
		t.Fatalf("%v, %d bytes waited", err, most)
	}
	got := numbers(c, 299)
	for i := range got[1:] {
		if got[i+1] <= got[i] {
			t.Fatalf("%d came after %d", got[i+1], got[i])
		}
	}
	if n := len(got); n == 300 || n < 10 || got[0] != 0 || got[n-1] != 299 {
		t.Errorf("%d came, from %d to %d", len(got), got[0], got[len(got)-1])
	}
	c.write(frames("close:1000"))
	if got := c.reads(); got != "close:1000 END" {
		t.Errorf("at the end: %.100s", got)
	}
}

func TestCloseWhenFull(t *testing.T) {
	_, c, result := flooded(t, 1000, websocket.SendLimits{MaxBuffered: 1 << 20, WhenFull: websocket.CloseWhenFull})
	require.Eventually(t, func() bool { _, _, err := result(); return err != nil }, looptest.Patience, 5*time.Millisecond)
	sent, _, err := result()
	if !errors.Is(err, websocket.ErrSendQueueFull) {
		t.Errorf("got %v", err)
	}
	if got := numbers(c, sent-1); len(got) != sent {
		t.Errorf("%d of %d came", len(got), sent)
	}
	if got := c.read(); got != "close:1013:send queue full" {
		t.Errorf("then came %s", got)
	}
}

func TestAQueueWithRoomTakesOneLargeMessage(t *testing.T) {
	p := limited{probe: probe{notes: newNotes()}, limits: websocket.SendLimits{MaxBuffered: 10}}
	s := serve(t, web.URL("/ws", p))
	c := s.connect("/ws")
	c.write(frames("t:longer_than_ten_bytes close"))
	if got := c.reads(); got != "t:longer than ten bytes close END" {
		t.Errorf("the client heard %s", got)
	}
}

func TestDrained(t *testing.T) { // ws-45: without it, writes pile up
	p := probe{notes: newNotes()}
	p.message = func(h *probe, text string) error {
		if _, err := h.Drained().Await(); err != nil || h.BufferedAmount() != 0 {
			h.note("first %v", err)
		}
		for i := range 1000 {
			if err := h.WriteMessage(numbered(i)); err != nil {
				return err
			}
		}
		if h.BufferedAmount() < 6<<20 {
			h.note("only %d", h.BufferedAmount())
		}
		_, err := h.Drained().Await()
		h.note("%v,%d", err, h.BufferedAmount())
		return h.WriteMessage(websocket.Text("drained"))
	}
	s := serve(t, web.URL("/ws", p))
	c := s.connect("/ws")
	c.write(frames("t:go"))
	s.settle() // otherwise the client would read while the handler still writes
	if got := numbers(c, 999); len(got) != 1000 {
		t.Errorf("%d came", len(got))
	}
	if got := c.read(); got != "t:drained" {
		t.Errorf("then came %s", got)
	}
	s.wantStory(p.notes, "open() t:go <nil>,0")
	c.write(frames("t:go"))
	s.settle()
	c.Close()
	s.waitClosed(p.notes)
	if got := s.story(p.notes); !strings.Contains(got, "connection is closed") {
		t.Errorf("a lost connection: %s", got)
	}
}

// The future of Drained fails if the connection never opens.
func TestDrainedOfAConnectionThatDoesNotOpen(t *testing.T) {
	told := make(chan error, 1)
	s, _ := serveProbe(t, probe{open: func(h *probe) error {
		h.WriteMessage(websocket.Text("x"))
		h.Loop().SpawnFunc(func() {
			_, err := h.Drained().Await()
			told <- err
		})
		return errors.New("no")
	}})
	s.connect("/ws").reads()
	select {
	case err := <-told:
		if !errors.As(err, new(*websocket.WebSocketClosedError)) {
			t.Errorf("got %v", err)
		}
	case <-time.After(looptest.Patience):
		t.Error("it waits still")
	}
}

func TestWriteTimeout(t *testing.T) {
	for _, tt := range []struct {
		name string
		read time.Duration // pause of the client between two messages; with 0 the client does not read
		want error
	}{
		{"a peer that does not read", 0, websocket.ErrWriteTimeout},
		{"a peer that reads slowly", 5 * time.Millisecond, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var cause func() error
			p := limited{probe: probe{notes: newNotes()}, limits: websocket.SendLimits{WriteTimeout: time.Second}}
			p.message = func(h *probe, text string) error {
				cause = h.Cause(func() {})
				for i := range 300 {
					if err := h.WriteMessage(numbered(i)); err != nil {
						return err
					}
				}
				return h.Close(1000, "")
			}
			s := serveStill(t, web.URL("/ws", p))
			c := s.connect("/ws")
			require.NoError(t, c.Conn.(*net.TCPConn).SetReadBuffer(32<<10)) // a large window opens in large steps
			c.write(frames("t:go"))
			if tt.read > 0 {
				for strings.HasPrefix(c.read(), "t:") {
					s.settle() // by now the server has written as much as the socket takes
					s.clock.Advance(tt.read)
				}
				c.write(frames("close:1000"))
			} else {
				s.clock.Run(t, 100*time.Millisecond)
			}
			s.waitClosed(p.notes)
			var err error
			s.do(func() { err = cause() })
			if !errors.Is(err, tt.want) {
				t.Errorf("it ended by %v, want %v", err, tt.want)
			}
		})
	}
}

// A countedLimits handler counts the calls of SendLimits.
type countedLimits struct {
	probe76
	calls *int
}

func (h *countedLimits) SendLimits() websocket.SendLimits {
	*h.calls++
	return websocket.SendLimits{MaxBuffered: 1 << 20, WhenFull: websocket.DropOldest, WriteTimeout: time.Minute}
}

func TestSendLimitsIsCalledOnceForEachConnection(t *testing.T) {
	calls := 0
	p := countedLimits{probe76{probe: probe{notes: newNotes()}}, &calls}
	p.message = func(h *probe, text string) error {
		h.Drained()
		return h.WriteMessage(websocket.Text(strings.Repeat(text, 100_000))) // more than goes out at once
	}
	s := serve(t, web.URL("/ws", p))
	c := s.connect("/ws")
	c.write(frames("t:a t:b t:c close"))
	c.reads()
	s.waitClosed(p.notes)
	s.do(func() { require.Equal(t, 1, calls) })
	c = s.connect76("/ws")
	c.write(frames76("t:a t:b t:c close"))
	c.reads76()
	s.waitClosed(p.notes)
	s.do(func() { require.Equal(t, 2, calls) })
}
