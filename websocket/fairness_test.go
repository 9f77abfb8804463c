package websocket_test

import (
	"io"
	"net"
	"strings"
	"testing"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/websocket"
)

// maxPerTurn is the largest number of frames of one connection that one turn of the loop handles:
// a burst among the callbacks and a burst among the events.
const maxPerTurn = 2 * 64

// A turnCounter counts the hooks that run in each turn of a loop.
type turnCounter map[uint64]int

func (c turnCounter) count(l *ioloop.IOLoop) { c[l.Stats().Iterations]++ }

func (c turnCounter) check(t *testing.T, want int) {
	t.Helper()
	total := 0
	for _, n := range c {
		total += n
		if n > maxPerTurn {
			t.Errorf("%d frames were handled in one turn, more than %d", n, maxPerTurn)
			break
		}
	}
	if total != want {
		t.Errorf("%d frames were handled, want %d", total, want)
	}
}

// A counting handler counts its messages and control frames by turns of the loop.
type counting struct {
	probe76
	turns turnCounter
	wait  bool
}

func (h *counting) OnPing([]byte) { h.turns.count(h.Loop()) }
func (h *counting) OnPong([]byte) { h.turns.count(h.Loop()) }

func (h *counting) OnMessage(websocket.Message) error {
	h.turns.count(h.Loop())
	if h.wait {
		h.sleep()
	}
	return nil
}

func (h *counting) GetCompressionOptions() *websocket.CompressionOptions {
	return &websocket.CompressionOptions{}
}

// A client that sends many small frames does not starve the other connections of the loop,
// and all of its frames are handled, even if it half-closes at once.
func TestFramesOfOneConnectionInOneTurn(t *testing.T) {
	const count = 5000
	deflate := hello("/ws", "Sec-WebSocket-Extensions: permessage-deflate")
	for _, tt := range []struct {
		name, hello, frame string
		wait               bool
	}{
		{"pings", hello("/ws"), frames("ping:x"), false},
		{"pongs", hello("/ws"), frames("pong:x"), false},
		{"messages", hello("/ws"), frames("b:x"), false},
		{"messages of 1 KiB", hello("/ws"), frames("b:" + strings.Repeat("x", 1<<10)), false},
		{"messages in two fragments", hello("/ws"), frames("b-:x c:y"), false},
		{"handlers that wait", hello("/ws"), frames("b:x"), true},
		{"compressed empty messages", deflate, string(appendFrame(nil, 0xC2, "\x00")), false},
		{"draft 76", hello76("/ws") + challenge, frames76("t:x"), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := counting{probe76{probe: probe{notes: newNotes()}}, turnCounter{}, tt.wait}
			s := serve(t, web.URL("/ws", p))
			c := s.dial()
			c.write(tt.hello)
			c.head()
			go func() {
				c.Conn.Write([]byte(strings.Repeat(tt.frame, count)))
				c.Conn.(*net.TCPConn).CloseWrite()
			}()
			io.Copy(io.Discard, c.r)
			s.waitClosed(p.notes)
			s.do(func() { p.turns.check(t, count) })
		})
	}
}

// A server that sends many small frames does not starve the other connections of its
// client's loop.
func TestFramesOfOneServerInOneTurn(t *testing.T) {
	const count = 5000
	for name, frame := range map[string]string{"OnPing": "\x89\x00", "OnPong": "\x8a\x00", "OnMessage": "\x82\x01a"} {
		t.Run(name, func(t *testing.T) {
			turns := turnCounter{}
			url := scripted(t, good101+"\r\n"+strings.Repeat(frame, count)+"\x88\x00")
			err := run(t, func(l *ioloop.IOLoop) error {
				ended := ioloop.NewFuture[struct{}](l)
				_, err := websocket.Connect(l, url, websocket.ConnectOptions{
					OnPing: func([]byte) { turns.count(l) }, OnPong: func([]byte) { turns.count(l) },
					OnMessage: func(m *websocket.Message) {
						if m == nil {
							ended.SetResult(struct{}{})
							return
						}
						turns.count(l)
					},
				}).Await()
				if err != nil {
					return err
				}
				_, err = ended.Await()
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			turns.check(t, count)
		})
	}
}

// Empty fragments call no hook, but they are counted as frames too.
func TestEmptyFragmentsInOneTurn(t *testing.T) {
	s, n := serveProbe(t, probe{})
	c := s.connect("/ws")
	fragments := strings.Repeat(frames("c-:"), 20_000)
	c.write(frames("b-:"))
	s.settle()
	var before, after uint64
	s.do(func() { before = s.loop.Stats().Iterations })
	c.write(fragments + frames("c:x close"))
	c.reads()
	s.waitClosed(n)
	s.wantStory(n, "open() b:x lost closed(0,)")
	s.do(func() { after = s.loop.Stats().Iterations })
	if turns := after - before; turns < 20_000/maxPerTurn {
		t.Errorf("20,000 fragments were handled in %d turns", turns)
	}
}
