package websocket_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/websocket"
)

// A pinging probe keeps its connection alive.
type pinging struct {
	probe
	interval, timeout time.Duration
}

func (h *pinging) PingInterval() time.Duration { return h.interval }
func (h *pinging) PingTimeout() time.Duration  { return h.timeout }

func servePinging(t testing.TB, p probe, interval, timeout time.Duration) (*server, *notes) {
	t.Helper()
	p.notes = newNotes()
	return serveStill(t, web.URL("/ws", pinging{p, interval, timeout})), p.notes
}

// wantPing lets the interval of the pings pass, and reads the ping that c gets.
func (s *server) wantPing(c *client, interval time.Duration) {
	s.t.Helper()
	s.settle() // so that the server has read the client's bytes, and has planned the ping
	s.clock.Advance(interval + soon)
	if got := c.read(); got != "ping:" {
		s.t.Fatalf("the client heard %s", got)
	}
}

const (
	soon  = 10 * time.Millisecond
	later = time.Second // after any other event of a test
)

func (s *server) coarseTimeouts() (n int) {
	s.do(func() { n = s.loop.Stats().CoarseTimeouts })
	return n
}

func TestThereAreNoPingsByDefault(t *testing.T) { // ws-56
	s, _ := serveProbe(t, probe{})
	before := s.coarseTimeouts()
	c := s.connect("/ws")
	c.write(frames("t:x"))
	c.read()
	if after := s.coarseTimeouts(); after != before {
		t.Errorf("%d timeouts more", after-before)
	}
}

func TestPingsAreSentAndAnswered(t *testing.T) { // ws-57, ws-60
	t.Parallel()
	s, n := servePinging(t, probe{}, later, 0)
	c := s.connect("/ws")
	for range 3 {
		s.wantPing(c, later)
		c.write(frames("pong:anything"))
	}
	c.write(frames("close"))
	if got := c.reads(); got != "close END" {
		t.Errorf("at the end the client heard %s", got)
	}
	s.waitClosed(n)
	s.wantStory(n, "open()"+strings.Repeat(" pong:anything", 3)+" lost closed(0,)")
	if left := s.coarseTimeouts(); left != 0 {
		t.Errorf("%d timeouts are left", left)
	}
}

func TestAPeerThatDoesNotAnswerIsGivenUp(t *testing.T) { // ws-57, ws-60
	t.Parallel()
	s, n := servePinging(t, probe{}, later+soon, later)
	c := s.connect("/ws")
	s.wantPing(c, later+soon)
	c.write(frames("t:not_a_pong ping:p"))
	for _, want := range []string{"t:not a pong", "pong:p", "close:1000:ping timed out"} {
		if strings.HasPrefix(want, "close") {
			s.clock.Advance(later + soon)
		}
		if got := c.read(); got != want {
			t.Errorf("the client heard %s, want %s", got, want)
		}
	}
	c.Close()
	s.waitClosed(n)
	s.wantStory(n, "open() t:not a pong ping:p lost closed(0,)")
	if left := s.coarseTimeouts(); left != 0 {
		t.Errorf("%d timeouts are left", left)
	}
}

func TestPingsThatAskForNoAnswer(t *testing.T) { // ws-58
	s, _ := servePinging(t, probe{}, soon, -1)
	c := s.connect("/ws")
	for range 5 {
		s.wantPing(c, soon)
	}
}

func TestPingsGoOnWhileOnMessageWaits(t *testing.T) {
	var g gate
	s, n := servePinging(t, probe{message: func(h *probe, text string) error { g.wait(h); return nil }}, soon, -1)
	c := s.connect("/ws")
	c.write(frames("t:x"))
	for range 5 {
		s.wantPing(c, soon)
		c.write(frames("pong:"))
	}
	s.do(g.open)
	c.write(frames("close"))
	c.reads()
	s.waitClosed(n)
	s.wantStory(n, "open() t:x"+strings.Repeat(" pong:", 5)+" lost closed(0,)")
}

// A pong that arrived, but waits after messages for OnMessage, does not count as missing.
func TestAPeerThatIsHeldBackIsNotGivenUp(t *testing.T) {
	t.Parallel()
	var g gate
	s, n := servePinging(t, probe{message: func(h *probe, text string) error {
		if text == "first" {
			g.wait(h)
		}
		return nil
	}}, later, 0)
	c := s.connect("/ws")
	c.write(frames("t:first" + strings.Repeat(" t:x", 40)))
	for range 3 {
		s.wantPing(c, later)
	}
	c.write(frames("pong: close"))
	s.do(g.open)
	if got := c.reads(); got != "close END" {
		t.Errorf("at the end the client heard %s", got)
	}
	s.waitClosed(n)
	s.wantStory(n, "open() t:first"+strings.Repeat(" t:x", 40)+" pong: lost closed(0,)")
}

// A client that has sent its close frame no longer responds to pings. It gets back its own close
// code.
func TestAPeerThatClosesIsNotGivenUp(t *testing.T) {
	t.Parallel()
	var g gate
	s, n := servePinging(t, probe{message: func(h *probe, text string) error { g.wait(h); return nil }}, later, 0)
	c := s.connect("/ws")
	c.write(frames("t:x close:4000"))
	for range 3 {
		s.wantPing(c, later)
	}
	s.do(g.open)
	if got := c.reads(); got != "close:4000 END" {
		t.Errorf("at the end the client heard %s", got)
	}
	s.waitClosed(n)
}

func TestAConnectionThatClosesIsNotPinged(t *testing.T) {
	s, n := servePinging(t, probe{message: func(h *probe, text string) error { return h.Close(1000, "") }}, soon, -1)
	c := s.connect("/ws")
	c.write(frames("t:x"))
	if got := c.read(); got != "close:1000" {
		t.Fatalf("the client heard %s", got)
	}
	s.clock.Advance(10 * soon)
	require.Eventually(t, func() bool { return s.coarseTimeouts() == 0 }, looptest.Patience, soon)
	c.write(frames("close:1000"))
	if got := c.reads(); got != "END" {
		t.Errorf("then the client heard %s", got)
	}
	s.waitClosed(n)
}

// The limit for messages that wait for OnMessage counts decompressed bytes.
func TestFewLargeMessagesHoldThePeerBackToo(t *testing.T) {
	large := " zt:" + strings.Repeat("x", 600<<10)
	for _, tt := range []struct {
		sent string
		held bool
	}{
		{"t:first" + large, false},
		{"t:first" + large + large, true},
	} {
		var g gate
		p := probe{notes: newNotes(), message: func(h *probe, text string) error {
			if text == "first" {
				g.wait(h)
			}
			return nil
		}}
		s := serve(t, web.URL("/ws", compressing{p, websocket.CompressionOptions{}}))
		c, _ := s.offering("permessage-deflate")
		c.write(frames(tt.sent + " ping:p"))
		if tt.held {
			c.SetReadDeadline(time.Now().Add(later))
			if got := c.read(); got != "! nothing came" {
				t.Errorf("the client heard %s", got)
			}
			c.SetReadDeadline(time.Now().Add(looptest.Patience))
			s.do(g.open)
		}
		if got := c.read(); got != "pong:p" {
			t.Errorf("the client heard %s", got)
		}
	}
}
