package websocket_test

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/websocket"
)

// A probe is an echo handler that notes which of its hooks ran. Its fields say what
// else they do; they are shared by the probes of one route, and belong to the loop.
type probe struct {
	websocket.WebSocketHandler
	*notes
	prepare     func(h *probe) error
	open        func(h *probe) error
	message     func(h *probe, text string) error
	pinged      func(h *probe)
	lost        func(h *probe)
	finish      func(h *probe)
	logged      func(h *probe, err error)
	subprotocol func(offered []string) string
	max         int
}

var _ websocket.Handler = (*probe)(nil)

// notes records the calls of the probes of one route.
type notes struct {
	events []string
	closed chan struct{} // one for each OnClose
}

func newNotes() *notes { return &notes{closed: make(chan struct{}, 1000)} }

func (n *notes) note(format string, args ...any) {
	n.events = append(n.events, fmt.Sprintf(format, args...))
}

func (h *probe) Prepare() error {
	if h.prepare != nil {
		return h.prepare(h)
	}
	return nil
}

func (h *probe) OnFinish() {
	if h.finish != nil {
		h.finish(h)
	}
}

func (h *probe) Open(args ...string) error {
	h.note("open(%s)", strings.Join(args, ","))
	if h.open != nil {
		return h.open(h)
	}
	return nil
}

func (h *probe) OnMessage(m websocket.Message) error {
	h.note("%s", describe(m))
	if h.message != nil {
		return h.message(h, m.String())
	}
	return h.WriteMessage(m)
}

func describe(m websocket.Message) string {
	text := m.String()
	if len(text) > 200 {
		text = text[:200] + "..."
	}
	if m.Binary {
		return "b:" + text
	}
	return "t:" + text
}

func (h *probe) OnPing(data []byte) {
	h.note("ping:%s", data)
	if h.pinged != nil {
		h.pinged(h)
	}
}

func (h *probe) OnPong(data []byte) { h.note("pong:%s", data) }

func (h *probe) OnConnectionClose() {
	h.note("lost")
	if h.lost != nil {
		h.lost(h)
	}
}

func (h *probe) OnClose() {
	h.note("closed(%d,%s)", h.CloseCode(), h.CloseReason())
	h.closed <- struct{}{}
}

func (h *probe) LogException(err error) {
	if answer := (*web.HTTPError)(nil); errors.As(err, &answer) {
		return
	}
	h.note("logged")
	if h.logged != nil {
		h.logged(h, err)
	}
}

func (h *probe) SelectSubprotocol(offered []string) string {
	if h.subprotocol == nil {
		return ""
	}
	return h.subprotocol(offered)
}

func (h *probe) MaxMessageSize() int { return cmp.Or(h.max, h.WebSocketHandler.MaxMessageSize()) }

// sleep lets the loop run a turn or two.
func (h *probe) sleep() { ioloop.Sleep(h.Loop(), 0).Await() }

// serveProbe serves copies of p at /ws, and a page at /page.
func serveProbe(t testing.TB, p probe) (*server, *notes) {
	t.Helper()
	p.notes = newNotes()
	return serve(t, web.URL("/ws", p), web.URL("/ws/([a-z]+)/([0-9]*)", p), web.URL("/page", page{})), p.notes
}

// serveStillProbe serves copies of p at /ws, on a loop whose clock stands still.
func serveStillProbe(t testing.TB, p probe) (*server, *notes) {
	t.Helper()
	p.notes = newNotes()
	return serveStill(t, web.URL("/ws", p)), p.notes
}

type page struct{ web.RequestHandler }

func (p *page) Get(args ...string) error { return p.WriteString("a page") }

// waitClosed waits for OnClose, and then for some turns of the loop, in which no other hook should
// run.
func (s *server) waitClosed(n *notes) {
	s.t.Helper()
	select {
	case <-n.closed:
	case <-time.After(looptest.Patience):
		s.t.Error("OnClose did not run")
	}
	s.settle()
}

// story returns the recorded calls on one line.
func (s *server) story(n *notes) (story string) {
	s.do(func() { story = strings.Join(n.events, " ") })
	return story
}

// wantStory checks what the probes did so far.
func (s *server) wantStory(n *notes, want string) {
	s.t.Helper()
	if got := s.story(n); got != want {
		s.t.Errorf("the handlers saw %q, want %q", got, want)
	}
}
