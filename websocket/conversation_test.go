package websocket_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/websocket"

	"github.com/stretchr/testify/require"
)

// Each row is a conversation: the frames that the client sends after the handshake, the frames
// that it receives until the end of the connection, and the hooks of the handler that ran.
// OnConnectionClose and OnClose always run once, and last (ws-51, ws-53).
func TestConversations(t *testing.T) {
	closeWith := func(code int, reason string) func(h *probe, text string) error {
		return func(h *probe, text string) error { return h.Close(code, reason) }
	}
	for _, tt := range []struct {
		name               string
		sent, heard, story string
		message            func(h *probe, text string) error
	}{
		{"ws-34 kinds", "t:é b:x t: close", "t:é b:x t: close END", "t:é b:x t: lost closed(0,)", nil},
		{"ws-38 ping before on_ping", "ping:x ping: close", "pong:x pong: close END", "ping:x ping: lost closed(0,)", nil},
		{"ws-38 pong", "pong:x close", "close END", "pong:x lost closed(0,)", nil},
		{"fragments around a ping", "t-:H ping:x c-:el c:lo close", "pong:x t:Hello close END", "ping:x t:Hello lost closed(0,)", nil},

		{"ws-29 long form of a length", "x:82fe000100000000ff close", "b:\xff close END", "b:\xff lost closed(0,)", nil},
		{"ws-29 long form for a ping", "x:89fe0005000000006162636465", "close:1002 END", "lost closed(0,)", nil},
		{"ws-29 long form for a pong", "x:8afe0005000000006162636465", "close:1002 END", "lost closed(0,)", nil},
		{"ws-29 longest form for a close frame", "x:88ff00000000000000020000000003e8", "close:1002 END", "lost closed(0,)", nil},
		{"ws-33 exactly the maximum", "t:0123456789abcdef close", "t:0123456789abcdef close END", "t:0123456789abcdef lost closed(0,)", nil},
		{"ws-32 one above", "x:819100000000", "close:1009:message too big END", "lost closed(0,)", nil},
		{"ws-32 one above in fragments", "t-:0123456789 c:abcdefg", "close:1009:message too big END", "lost closed(0,)", nil},
		{"ws-32 a huge announcement", "x:82ff7fffffffffffffff00000000", "close:1009:message too big END", "lost closed(0,)", nil},

		{"ws-28 not masked", "x:810161", "close:1002 END", "lost closed(0,)", nil},
		{"ws-30 reserved bit", "x:c18100000000", "close:1002 END", "lost closed(0,)", nil},
		{"ws-30 opcode 3", "x:838000000000", "close:1002 END", "lost closed(0,)", nil},
		{"ws-30 opcode 11", "x:8b8000000000", "close:1002 END", "lost closed(0,)", nil},
		{"ws-30 ping in fragments", "ping-:x", "close:1002 END", "lost closed(0,)", nil},
		{"ws-30 ping of 126 bytes", "ping:" + strings.Repeat("x", 126), "close:1002 END", "lost closed(0,)", nil},
		{"ws-30 nothing to continue", "c:x", "close:1002 END", "lost closed(0,)", nil},
		{"ws-30 new message inside", "t-:x t:x", "close:1002 END", "lost closed(0,)", nil},
		{"ws-30 not UTF-8", "t:\xff", "close:1007 END", "lost closed(0,)", nil},
		{"ws-31 a character in two frames", "t-:\xc3 c:\xa9 close", "t:é close END", "t:é lost closed(0,)", nil},
		{"half a character at the end", "t-:\xc3 c:", "close:1007 END", "lost closed(0,)", nil},
		{"an echo before a fault", "t:a t:b t:\xff", "t:a t:b close:1007 END", "t:a t:b lost closed(0,)", nil},

		{"ws-49 code and reason", "close:1000:bye", "close:1000 END", "lost closed(1000,bye)", nil},
		{"ws-49 code alone", "close:4999", "close:4999 END", "lost closed(4999,)", nil},
		{"ws-49 nothing", "close", "close END", "lost closed(0,)", nil},
		{"ws-49 what follows is not read", "close:1000 t:x ping:x close:1001", "close:1000 END", "lost closed(1000,)", nil},
		{"close of one byte", "x:88810000000061", "close:1002 END", "lost closed(0,)", nil},
		{"code that is never sent", "close:1005", "close:1002 END", "lost closed(0,)", nil},
		{"ws-50 reason not UTF-8", "close:1000:\xff", "close:1007 END", "lost closed(0,)", nil},

		{"ws-46 server closes", "t:x close:4001:bye", "close:4001:bye END", "t:x lost closed(4001,bye)", closeWith(4001, "bye")},
		{"ws-46 with a code", "t:x close", "close:1001 END", "t:x lost closed(0,)", closeWith(1001, "")},
		{"ws-46 with a reason", "t:x close", "close:1000:bye END", "t:x lost closed(0,)", closeWith(0, "bye")},
		{"ws-46 with nothing", "t:x close", "close END", "t:x lost closed(0,)", closeWith(0, "")},
		{"fault after the server closed", "t:x t:\xff", "close:1000 END", "t:x lost closed(0,)", closeWith(1000, "")},
		{"ping after the server closed", "t:x ping:p close", "close:1000 END", "t:x ping:p lost closed(0,)", closeWith(1000, "")},
		{"ws-39 message after the server closed", "t:x t:y close:1000", "t:x close:1000 END", "t:x t:y lost closed(1000,)",
			func(h *probe, text string) error {
				return errors.Join(h.WriteMessage(websocket.Text(text)), h.Close(1000, ""))
			}},
		{"close twice", "t:x close", "close:1000 END", "t:x lost closed(0,)",
			func(h *probe, text string) error { return errors.Join(h.Close(1000, ""), h.Close(1001, "")) }},

		{"ws-36 error", "t:x t:y", "END", "t:x logged lost closed(0,)",
			func(*probe, string) error { return errors.New("no") }},
		{"ws-36 panic", "t:x t:y", "END", "t:x logged lost closed(0,)", func(*probe, string) error { panic("no") }},
		{"ws-37 error after waiting", "t:x t:y", "END", "t:x logged lost closed(0,)",
			func(h *probe, text string) error { h.sleep(); return errors.New("no") }},
		{"ws-37 panic after waiting", "t:x t:y", "END", "t:x logged lost closed(0,)",
			func(h *probe, text string) error { h.sleep(); panic("no") }},
		{"nothing is handled after Abort", "t:x t:y close:1000", "END", "t:x lost closed(0,)",
			func(h *probe, text string) error { h.sleep(); h.Abort(); return nil }},
		{"nothing is handled after a failed callback", "t:x t:y close:1000", "END", "t:x logged lost closed(0,)",
			func(h *probe, text string) error {
				h.sleep()
				h.AsyncCallback(func() error { return errors.New("no") })()
				return nil
			}},
		{"panic in the log", "t:x t:y", "END", "t:x logged lost closed(0,)", func(h *probe, text string) error {
			h.logged = func(*probe, error) { panic("and no") }
			return errors.New("no")
		}},
		{"panic in OnConnectionClose", "t:x close", "t:x close END", "t:x lost closed(0,)", func(h *probe, text string) error {
			h.lost = func(*probe) { panic("no") }
			return h.WriteMessage(websocket.Text(text))
		}},
		{"panic in OnPing", "t:x ping:p t:y close", "pong:p END", "t:x ping:p logged lost closed(0,)", func(h *probe, text string) error {
			h.pinged = func(*probe) { panic("no") }
			return nil
		}},
		{"the connection of a request that is packed", "t:x close", "t:x close END", "t:x lost closed(0,)", func(h *probe, text string) error {
			h.RetainConnection() // these two methods have no effect on a WebSocket, because the server knows of it already
			h.ReleaseConnection()
			return h.WriteMessage(websocket.Text(text))
		}},
		{"an error about another closed connection counts", "t:x", "END", "t:x logged lost closed(0,)",
			func(*probe, string) error { return &websocket.WebSocketClosedError{} }},

		{"ws-35 order while OnMessage waits", "t:a t:b t:c close:1000", "t:a t:b t:c close:1000 END",
			"t:a a t:b b t:c c lost closed(1000,)", slowEcho},
		{"pings while OnMessage waits", "t:a ping:p t:b close:1000", "pong:p t:a t:b close:1000 END",
			"t:a ping:p a t:b b lost closed(1000,)", slowEcho},
		{"nothing is read after the close frame", "t:a close:1000 t:b ping:p close:1001", "t:a close:1000 END",
			"t:a a lost closed(1000,)", slowEcho},
		{"nothing is read after a fault", "t:a t:\xff t:b", "close:1007 END", "t:a a lost closed(0,)", slowEcho},
		{"many messages while OnMessage waits", strings.Repeat("t:a ", 100) + "close", strings.Repeat("t:a ", 100) + "close END",
			strings.Repeat("t:a a ", 100) + "lost closed(0,)", slowEcho},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, n := serveProbe(t, probe{message: tt.message, max: 16})
			c := s.connect("/ws")
			c.write(frames(tt.sent))
			got := reasonless.ReplaceAllString(c.reads(), "$1 END")
			c.Close() // the server would linger for a second after a fault if the client stayed
			if got != tt.heard {
				t.Errorf("the client heard %q, want %q", got, tt.heard)
			}
			s.waitClosed(n)
			s.wantStory(n, "open() "+tt.story)
		})
	}
}

// reasonless matches a close frame for a fault with its reason. The reason is text for people, so
// the tests do not compare it.
var reasonless = regexp.MustCompile(`(close:100[27]):.* END`)

// slowEcho waits before it answers.
func slowEcho(h *probe, text string) error {
	for range 5 {
		h.sleep()
	}
	h.note("%s", text)
	return h.WriteMessage(websocket.Text(text))
}

// Handlers wait at a gate until the test opens it. A gate belongs to the loop.
type gate struct {
	future *ioloop.Future[struct{}] // nil until a connection has opened
	opened bool
}

func (g *gate) wait(h *probe) {
	if g.opened {
		return
	}
	if g.future == nil {
		g.future = ioloop.NewFuture[struct{}](h.Loop())
	}
	g.future.Await()
}

func (g *gate) open() {
	if g.opened = true; g.future != nil {
		g.future.SetResult(struct{}{})
	}
}

func TestLostWhileOnMessageWaits(t *testing.T) { // ws-52
	for _, tt := range []struct {
		name  string
		leave func(c *client)
	}{
		{"end", func(c *client) { c.Close() }},
		{"reset", func(c *client) { c.Conn.(*net.TCPConn).SetLinger(0); c.Close() }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var g gate
			s, n := serveProbe(t, probe{message: func(h *probe, text string) error {
				g.wait(h)
				h.note("on")
				wantClosedError(t, "WriteMessage", h.WriteMessage(websocket.Text(text)))
				wantClosedError(t, "Ping", h.Ping(nil))
				return nil
			}})
			c := s.connect("/ws")
			c.write(frames("t:a t:b"))
			s.settle()
			tt.leave(c)
			s.settle()
			s.wantStory(n, "open() t:a")
			s.do(g.open)
			s.waitClosed(n)
			s.wantStory(n, "open() t:a on t:b on lost closed(0,)")
		})
	}
}

func TestLostWhileOpenWaits(t *testing.T) {
	var g gate
	s, n := serveProbe(t, probe{open: func(h *probe) error { g.wait(h); return nil }})
	c := s.connect("/ws")
	c.write(frames("t:a"))
	s.settle()
	c.Close()
	s.settle()
	s.do(g.open)
	s.waitClosed(n)
	s.wantStory(n, "open() t:a lost closed(0,)")
}

func TestLostInTheMiddleOfAFrame(t *testing.T) { // ws-52
	s, n := serveProbe(t, probe{})
	c := s.connect("/ws")
	c.write(frames("t:a t:unfinished")[:12])
	c.read()
	c.Close()
	s.waitClosed(n)
	s.wantStory(n, "open() t:a lost closed(0,)")
}

func TestThePeerIsHeldBackAndNothingIsLost(t *testing.T) {
	var g gate
	var got []string
	s, n := serveProbe(t, probe{message: func(h *probe, text string) error {
		if len(got) == 0 {
			g.wait(h)
		}
		number, _, _ := strings.Cut(text, " ")
		got = append(got, number)
		return nil
	}})
	const count, size = 1000, 64 << 10
	body := frames("c:" + strings.Repeat("x", size))
	var all strings.Builder
	for i := range count {
		all.WriteString(frames(fmt.Sprintf("b-:%d_", i)) + body)
	}
	c := s.connect("/ws")
	c.SetWriteDeadline(time.Now().Add(500 * time.Millisecond))
	sent, err := c.Conn.Write([]byte(all.String()))
	if err == nil || sent > count*size/2 {
		t.Fatalf("the server took %d bytes (%v) while OnMessage waited", sent, err)
	}
	require.Eventually(t, func() (began bool) {
		s.do(func() { began = len(n.events) > 1 })
		return began
	}, looptest.Patience, time.Millisecond)
	s.do(func() {
		if messages := len(n.events) - 1; messages != 1 {
			t.Errorf("%d messages were handled at once", messages)
		}
		n.events = nil
		g.open()
	})
	c.SetWriteDeadline(time.Now().Add(looptest.Patience))
	c.write(all.String()[sent:] + frames("close"))
	c.reads()
	s.waitClosed(n)
	s.do(func() {
		for i := range count {
			if i >= len(got) || got[i] != strconv.Itoa(i) {
				t.Fatalf("message %d of %d is missing or out of order", i, len(got))
			}
		}
	})
}

func TestLostInPlaceOfAnAnswerToTheCloseFrame(t *testing.T) { // ws-48, ws-52
	s, n := serveProbe(t, probe{message: func(h *probe, text string) error { return h.Close(1000, "") }})
	c := s.connect("/ws")
	c.write(frames("t:x"))
	if got := c.read(); got != "close:1000" {
		t.Errorf("the client heard %s", got)
	}
	c.Close()
	s.waitClosed(n)
	s.wantStory(n, "open() t:x lost closed(0,)")
	s.do(func() {
		if timeouts := s.loop.Stats().Timeouts; timeouts != 0 {
			t.Errorf("%d timeouts are left", timeouts)
		}
	})
}

// The test takes these 5 s.
func TestTheServerWaitsFiveSecondsForTheAnswerToItsCloseFrame(t *testing.T) { // ws-48
	if testing.Short() {
		t.Skip("short: this takes 5 seconds")
	}
	t.Parallel()
	s, n := serveProbe(t, probe{message: func(h *probe, text string) error { return h.Close(1000, "") }})
	c := s.connect("/ws")
	start := time.Now()
	c.write(frames("t:x"))
	if got, want := c.reads(), "close:1000 END"; got != want {
		t.Errorf("the client heard %s, want %s", got, want)
	}
	if took := time.Since(start); took < 4900*time.Millisecond {
		t.Errorf("that took %v", took)
	}
	s.waitClosed(n)
	s.wantStory(n, "open() t:x lost closed(0,)")
}

// The test takes the 5 s that the server waits for a close frame.
func TestAPeerThatDoesNotReadIsNotWaitedForEither(t *testing.T) {
	if testing.Short() {
		t.Skip("short: this takes 5 seconds")
	}
	t.Parallel()
	s, n := serveProbe(t, probe{message: func(h *probe, text string) error {
		return h.WriteMessage(websocket.Binary(make([]byte, 64<<20))) // more than the kernel takes
	}})
	c := s.connect("/ws")
	c.write(frames("t:x close:1000"))
	s.waitClosed(n)
	s.wantStory(n, "open() t:x lost closed(1000,)")
}

func TestWritesThatCannotBe(t *testing.T) { // ws-42, ws-43, ws-44, ws-47
	var kept *probe
	s, n := serveProbe(t, probe{
		prepare: func(h *probe) error {
			wantClosedError(t, "WriteMessage before open", h.WriteMessage(websocket.Text("x")))
			wantClosedError(t, "Ping before open", h.Ping(nil))
			return h.Close(1000, "")
		},
		message: func(h *probe, text string) error {
			kept = h
			if err := h.Ping(make([]byte, 126)); err == nil || !strings.Contains(err.Error(), "125") {
				t.Errorf("ping of 126 bytes: %v", err)
			}
			if err := h.Close(1000, strings.Repeat("x", 124)); err == nil {
				t.Error("no error for a close reason of 124 bytes")
			}
			if err := h.Close(1005, ""); err == nil {
				t.Error("no error for close code 1005")
			}
			err := errors.Join(h.Ping(make([]byte, 125)), h.Close(1000, ""))
			wantClosedError(t, "WriteMessage after Close", h.WriteMessage(websocket.Text("x")))
			wantClosedError(t, "Ping after Close", h.Ping(nil))
			return err
		},
	})
	c := s.connect("/ws")
	c.write(frames("t:x close"))
	if got, want := c.reads(), "ping:"+strings.Repeat("\x00", 125)+" close:1000 END"; got != want {
		t.Errorf("the client heard %q, want %q", got, want)
	}
	s.waitClosed(n)
	s.do(func() {
		wantClosedError(t, "WriteMessage after OnClose", kept.WriteMessage(websocket.Text("x")))
		wantClosedError(t, "Ping after OnClose", kept.Ping(nil))
		if err := kept.Close(1000, ""); err != nil {
			t.Errorf("Close after OnClose: %v", err)
		}
	})
}

func TestDebugModeCatchesAForeignGoroutine(t *testing.T) {
	s, _ := serveProbe(t, probe{message: func(h *probe, text string) error {
		for name, call := range map[string]func(){
			"WebSocketHandler.WriteMessage": func() { h.WriteMessage(websocket.Text("x")) },
			"WebSocketHandler.Ping":         func() { h.Ping(nil) },
			"WebSocketHandler.Close":        func() { h.Close(1000, "") },
		} {
			said := make(chan string)
			go func() {
				defer func() { said <- fmt.Sprint(recover()) }()
				call()
			}()
			if got := <-said; !strings.Contains(got, name) || !strings.Contains(got, "AddCallback") {
				t.Errorf("%s from a foreign goroutine: %q", name, got)
			}
		}
		return h.WriteMessage(websocket.Text("still here"))
	}})
	c := s.connect("/ws")
	c.write(frames("t:x"))
	if got := c.read(); got != "t:still here" {
		t.Errorf("got %s", got)
	}
}

func TestMessagesAreTheHandlersToKeep(t *testing.T) {
	var kept []websocket.Message
	n := newNotes()
	s := serve(t, web.URL("/ws", keeper{kept: &kept, notes: n}))
	c := s.connect("/ws")
	random := rand.New(rand.NewPCG(1, 2))
	var want []string
	for i := range 1000 {
		data := strings.Repeat(fmt.Sprintf("%d,", i), 1+randomSize(random)/4)
		want = append(want, data)
		c.write(fragmented(random, 2, data))
	}
	c.write(frames("close"))
	c.reads()
	s.waitClosed(n)
	s.do(func() {
		if len(kept) != len(want) {
			t.Fatalf("%d messages of %d came", len(kept), len(want))
		}
		for i, m := range kept {
			if string(m.Data) != want[i] {
				t.Fatalf("message %d of %d bytes was changed", i, len(want[i]))
			}
		}
	})
}

// The handler may keep the payload of a ping or a pong, whatever is read afterwards.
func TestControlPayloadsAreTheHandlersToKeep(t *testing.T) {
	var kept [][]byte
	var g gate
	n := newNotes()
	s := serve(t, web.URL("/ws", payloadKeeper{probe{notes: n, message: func(h *probe, text string) error {
		if text == "wait" {
			g.wait(h)
		}
		return nil
	}}, &kept}))
	c, other := s.connect("/ws"), s.connect("/ws")
	for _, words := range []string{"ping:one", "pong:two", "t:wait close:4001:three"} {
		c.write(frames(words))
		s.settle()
		other.write(frames("t:" + strings.Repeat("x", 200))) // where those bytes were read to
		s.settle()
	}
	s.do(func() {
		if got := string(bytes.Join(kept, []byte(" "))); got != "one two" {
			t.Errorf("kept %q", got)
		}
		g.open()
	})
	s.waitClosed(n)
	if got := s.story(n); !strings.HasSuffix(got, " lost closed(4001,three)") {
		t.Errorf("got %s", got)
	}
}

// A payloadKeeper keeps what control frames carry.
type payloadKeeper struct {
	probe
	kept *[][]byte
}

func (h *payloadKeeper) OnPing(data []byte) { *h.kept = append(*h.kept, data) }
func (h *payloadKeeper) OnPong(data []byte) { *h.kept = append(*h.kept, data) }

// A keeper keeps every message.
type keeper struct {
	websocket.WebSocketHandler
	*notes
	kept *[]websocket.Message
}

func (h *keeper) OnMessage(m websocket.Message) error { *h.kept = append(*h.kept, m); return nil }
func (h *keeper) OnClose()                            { h.closed <- struct{}{} }

// randomSize is small most of the time.
func randomSize(random *rand.Rand) int {
	switch random.IntN(10) {
	case 0:
		return random.IntN(200 << 10)
	case 1, 2:
		return random.IntN(10 << 10)
	default:
		return random.IntN(300)
	}
}

// fragmented is a message of one to four frames.
func fragmented(random *rand.Rand, opcode byte, data string) string {
	var b []byte
	for range random.IntN(4) {
		n := random.IntN(len(data) + 1)
		b = appendFrame(b, opcode, data[:n])
		opcode, data = 0, data[n:]
	}
	return string(appendFrame(b, 0x80|opcode, data))
}

func TestManyHandlersAtOnce(t *testing.T) {
	s, n := serveProbe(t, probe{message: func(h *probe, text string) error {
		h.events = h.events[:0]
		if len(text)%3 == 0 {
			ioloop.RunInExecutor(h.Loop(), func() (struct{}, error) { return struct{}{}, nil }).Await()
		}
		return h.WriteMessage(websocket.Binary([]byte(text)))
	}})
	var clients sync.WaitGroup
	for seed := range uint64(8) {
		c := s.connect("/ws")
		clients.Go(func() {
			random := rand.New(rand.NewPCG(seed, 0))
			want := make(chan string, 1000)
			go func() {
				defer close(want)
				for i := range 150 {
					data := strings.Repeat(fmt.Sprint(i), randomSize(random)/2)
					want <- data
					if _, err := c.Conn.Write([]byte(fragmented(random, 2, data))); err != nil {
						return
					}
				}
				c.Conn.Write([]byte(frames("close")))
			}()
			for data := range want {
				if got := c.read(); got != "b:"+data {
					t.Errorf("client %d: got %d bytes, want %d", seed, len(got)-2, len(data))
					c.Close()
				}
			}
			if got := c.reads(); got != "close END" {
				t.Errorf("client %d: at the end: %.50s", seed, got)
			}
		})
	}
	clients.Wait()
	for range 8 {
		s.waitClosed(n)
	}
}
