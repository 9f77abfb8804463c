package websocket_test

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/websocket"
)

// A probe76 is a probe that speaks draft 76 too.
type probe76 struct {
	probe
	scheme string
}

func (h *probe76) AllowDraft76() bool { return true }

func (h *probe76) GetWebSocketScheme() string {
	if h.scheme != "" {
		return h.scheme
	}
	return h.probe.GetWebSocketScheme()
}

// serveProbe76 serves such probes at /ws, and a page at /page.
func serveProbe76(t testing.TB, p probe76) (*server, *notes) {
	t.Helper()
	p.notes = newNotes()
	return serve(t, web.URL("/ws", p), web.URL("/ws/([a-z]+)/([0-9]*)", p), web.URL("/page", page{})), p.notes
}

// The draft's own example of a handshake.
const (
	challenge = "^n:ds[4U"
	response  = "8jKS'y:G*Co,Wxa-"
)

// hello76 returns the head of an opening handshake. The caller sends the challenge after it.
func hello76(path string, extra ...string) string {
	lines := append([]string{"GET " + path + " HTTP/1.1", "Host: example.com", "Connection: Upgrade",
		"Sec-WebSocket-Key2: 12998 5 Y3 1  .P00", "Upgrade: WebSocket",
		"Sec-WebSocket-Key1: 4 @1  46546xW%0l 1 5", "Origin: http://example.com"}, extra...)
	return strings.Join(lines, "\r\n") + "\r\n\r\n"
}

// connect76 makes the opening handshake.
func (s *server) connect76(path string) *client {
	s.t.Helper()
	c := s.dial()
	c.write(hello76(path) + challenge)
	if head := c.head(); !strings.HasPrefix(head, "HTTP/1.1 101 ") {
		s.t.Fatalf("%s: no 101: %q", path, head)
	}
	if got := c.response76(); got != response {
		s.t.Fatalf("%s: response %q", path, got)
	}
	return c
}

func (c *client) response76() string {
	b := make([]byte, len(response))
	n, err := io.ReadFull(c.r, b)
	if err != nil {
		return string(b[:n]) + outcome(err)
	}
	return string(b)
}

// frames76 turns words into frames of draft 76: t:text, close, and x:hex for anything else.
// In payloads _ is a space.
func frames76(words string) string {
	var b strings.Builder
	for word := range strings.FieldsSeq(words) {
		kind, payload, _ := strings.Cut(strings.ReplaceAll(word, "_", " "), ":")
		switch kind {
		case "t":
			b.WriteString("\x00" + payload + "\xff")
		case "close":
			b.WriteString("\xff\x00")
		case "x":
			raw, err := hex.DecodeString(payload)
			if err != nil {
				panic(word)
			}
			b.Write(raw)
		default:
			panic("no such frame: " + word)
		}
	}
	return b.String()
}

// read76 reads a frame in the notation of frames76.
func (c *client) read76() string {
	first, err := c.r.ReadByte()
	if err != nil {
		return outcome(err)
	}
	text, err := c.r.ReadString(0xff)
	switch {
	case first == 0 && err == nil:
		return "t:" + strings.TrimSuffix(text, "\xff")
	case first == 0xff && text == "\x00":
		return "close END" // the closing frame is FF 00, and the connection has ended after it
	}
	return fmt.Sprintf("! frame %x%x %v", first, text, err)
}

// reads76 reads frames until the connection ends.
func (c *client) reads76() string {
	var all []string
	for {
		f := c.read76()
		all = append(all, f)
		if strings.HasSuffix(f, "END") || strings.HasPrefix(f, "!") {
			return strings.Join(all, " ")
		}
	}
}

func TestAnswer76(t *testing.T) { // ws22-23, ws22-24, ws22-26, ws22-29, ws22-30
	for _, tt := range []struct {
		name, scheme string
		extra        string
		choose       func([]string) string
		headers      string
	}{
		{"plain", "", "X: y", nil, "Sec-Websocket-Location: ws://example.com/ws?a=b%20c\r\n"},
		{"scheme", "wss", "X: y", nil, "Sec-Websocket-Location: wss://example.com/ws?a=b%20c\r\n"},
		{"subprotocol", "", "Sec-WebSocket-Protocol: chat, x", func(offered []string) string { return offered[0] },
			"Sec-Websocket-Location: ws://example.com/ws?a=b%20c\r\nSec-Websocket-Protocol: chat, x\r\n"},
		{"none chosen", "", "Sec-WebSocket-Protocol: chat", func([]string) string { return "" },
			"Sec-Websocket-Location: ws://example.com/ws?a=b%20c\r\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, n := serveProbe76(t, probe76{scheme: tt.scheme, probe: probe{
				prepare:     func(h *probe) error { h.SetHeader("X-Prepared", "yes"); return nil },
				subprotocol: tt.choose,
			}})
			c := s.dial()
			c.write(hello76("/ws?a=b%20c", tt.extra))
			want := "HTTP/1.1 101 WebSocket Protocol Handshake\r\nX-Prepared: yes\r\nUpgrade: WebSocket\r\n" +
				"Connection: Upgrade\r\nSec-Websocket-Origin: http://example.com\r\n" + tt.headers
			if got := serverAndDate.ReplaceAllString(c.head(), ""); got != want {
				t.Errorf("got\n%q\nwant\n%q", got, want)
			}
			s.settle()
			s.wantStory(n, "") // the challenge is yet to come
			c.write(challenge)
			if got := c.response76(); got != response {
				t.Errorf("response %q", got)
			}
			s.settle()
			s.wantStory(n, "open()")
			s.noTimeouts()
		})
	}
}

func TestGetWebSocketScheme(t *testing.T) { // ws22-29
	s, _ := serveProbe76(t, probe76{probe: probe{prepare: func(h *probe) error {
		h.Request().Protocol = "https" // as after the header of a proxy
		return nil
	}}})
	c := s.dial()
	c.write(hello76("/ws"))
	if head := c.head(); !strings.Contains(head, "Sec-Websocket-Location: wss://example.com/ws\r\n") {
		t.Errorf("answer %q", head)
	}
}

// The requests have no version. The handler allows draft 76 in some rows. After a refused
// handshake the server reads no other request.
func TestRefusedHandshakes76(t *testing.T) { // ws22-22
	for _, tt := range []struct{ name, line, value, status string }{
		{"no second key", "Sec-WebSocket-Key2", "-", "400 Bad Request"},
		{"no origin", "Origin", "-", "400 Bad Request"},
		{"another origin", "Origin", "http://example.org", "403 Forbidden"},
		{"another version", "Sec-WebSocket-Version", "76", "426 Upgrade Required"},
		{"no upgrade", "Upgrade", "-", "400 Bad Request"},
		{"not allowed", "Host", "example.com", "426 Upgrade Required"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, n := serveProbe76(t, probe76{})
			if tt.name == "not allowed" {
				s, n = serveProbe(t, probe{})
			}
			c := s.dial()
			c.write(change(hello76("/ws"), tt.line, tt.value) + challenge)
			answer := c.answer()
			if !strings.HasPrefix(answer, "HTTP/1.1 "+tt.status+"\r\n") {
				t.Errorf("answer %q", answer)
			}
			if closes := strings.Contains(answer, "\r\nConnection: close\r\n"); closes != (tt.line != "Sec-WebSocket-Version") {
				t.Errorf("answer %q", answer)
			}
			s.settle()
			s.wantStory(n, "")
			if tt.line != "Sec-WebSocket-Version" {
				if got, _ := io.ReadAll(c.r); len(got) > 0 {
					t.Errorf("then %q", got)
				}
			}
		})
	}
}

func TestNewerVersionsAtAHandlerThatAllowsDraft76(t *testing.T) { // ws22-22
	s, n := serveProbe76(t, probe76{})
	c := s.connect("/ws")
	c.write(frames("t:a close:1000"))
	if got, want := c.reads(), "t:a close:1000 END"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	s.waitClosed(n)
}

func TestKeysWithoutANumber(t *testing.T) { // ws22-25
	for _, key := range []string{"no digits", "123", "42949672960 0"} {
		s, n := serveProbe76(t, probe76{})
		c := s.dial()
		c.write(change(hello76("/ws"), "Sec-WebSocket-Key2", key) + challenge + frames76("t:a"))
		if got := c.head(); !strings.HasPrefix(got, "HTTP/1.1 101 ") {
			t.Errorf("%s: answer %q", key, got)
		}
		if got := c.reads76(); got != "END" {
			t.Errorf("%s: then %s", key, got)
		}
		s.settle()
		if got := s.story(n); got != "" {
			t.Errorf("%s: the handler saw %s", key, got)
		}
	}
}

// Each row is a conversation after the handshake, as in TestConversations.
func TestConversations76(t *testing.T) {
	closes := func(h *probe, text string) error { return h.Close(4001, "bye") }
	for _, tt := range []struct {
		name               string
		sent, heard, story string
		message            func(h *probe, text string) error
	}{
		{"ws22-31 text", "t:é t: close", "t:é t: close END", "t:é t: lost closed(0,)", nil},
		{"ws22-31 not UTF-8", "x:00c3ff close", "t:\uFFFD close END", "t:\uFFFD lost closed(0,)", nil},
		{"exactly the maximum", "t:0123456789abcdef close", "t:0123456789abcdef close END", "t:0123456789abcdef lost closed(0,)", nil},
		{"one above", "x:00" + strings.Repeat("61", 17), "END", "lost closed(0,)", nil},
		{"a message before a fault", "t:a x:01", "t:a END", "t:a lost closed(0,)", nil},
		{"ws22-32 closing with a payload", "x:ff01", "END", "lost closed(0,)", nil},
		{"ws22-32 binary of the drafts before", "x:800161", "END", "lost closed(0,)", nil},
		{"ws22-32 another type", "x:7f", "END", "lost closed(0,)", nil},
		{"ws22-32 closing", "close", "close END", "lost closed(0,)", nil},
		{"ws22-32 what follows is not read", "close t:x x:01", "close END", "lost closed(0,)", nil},
		{"ws22-34 server closes", "t:x close", "close END", "t:x lost closed(0,)", closes},
		{"ws22-34 closed twice", "t:x close", "close END", "t:x lost closed(0,)",
			func(h *probe, text string) error { return errors.Join(h.Close(0, ""), h.Close(1000, "")) }},
		{"fault after the server closed", "t:x x:01", "close END", "t:x lost closed(0,)", closes},
		{"ws-39 message after the server closed", "t:x t:y close", "t:x close END", "t:x t:y lost closed(0,)",
			func(h *probe, text string) error {
				return errors.Join(h.WriteMessage(websocket.Text(text)), h.Close(1000, ""))
			}},
		{"ws22-11 error", "t:x t:y", "END", "t:x logged lost closed(0,)", func(*probe, string) error { return errors.New("no") }},
		{"ws22-11 panic", "t:x t:y", "END", "t:x logged lost closed(0,)", func(*probe, string) error { panic("no") }},
		{"error after waiting", "t:x t:y", "END", "t:x logged lost closed(0,)",
			func(h *probe, text string) error { h.sleep(); return errors.New("no") }},
		{"panic in the log", "t:x t:y", "END", "t:x logged lost closed(0,)", func(h *probe, text string) error {
			h.logged = func(*probe, error) { panic("and no") }
			return errors.New("no")
		}},
		{"panic in OnConnectionClose", "t:x close", "t:x close END", "t:x lost closed(0,)", func(h *probe, text string) error {
			h.lost = func(*probe) { panic("no") }
			return h.WriteMessage(websocket.Text(text))
		}},
		{"an error about another closed connection counts", "t:x", "END", "t:x logged lost closed(0,)",
			func(*probe, string) error { return &websocket.WebSocketClosedError{} }},
		{"order while OnMessage waits", "t:a t:b t:c close", "t:a t:b t:c close END", "t:a a t:b b t:c c lost closed(0,)", slowEcho},
		{"nothing is read after the closing frame", "t:a close t:b x:01", "t:a close END", "t:a a lost closed(0,)", slowEcho},
		{"nothing is read after a fault", "t:a x:01 t:b", "END", "t:a a lost closed(0,)",
			func(h *probe, text string) error { // the connection is lost while it waits
				h.sleep()
				h.sleep()
				h.note("%s", text)
				return nil
			}},
		{"many messages while OnMessage waits", strings.Repeat("t:a ", 100) + "close", strings.Repeat("t:a ", 100) + "close END",
			strings.Repeat("t:a a ", 100) + "lost closed(0,)", slowEcho},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, n := serveProbe76(t, probe76{probe: probe{message: tt.message, max: 16}})
			c := s.connect76("/ws")
			c.write(frames76(tt.sent))
			if got := c.reads76(); got != tt.heard {
				t.Errorf("the client heard %q, want %q", got, tt.heard)
			}
			s.waitClosed(n)
			s.wantStory(n, "open() "+tt.story)
		})
	}
}

// A whole conversation with its handshake and challenge arrives in two packets, cut at every
// place. No byte is lost when the protocol changes.
func TestConversation76CutAnywhere(t *testing.T) { // ws22-23
	for _, tt := range []struct {
		name string
		open func(h *probe) error
	}{
		{"Open that returns at once", nil},
		{"Open that waits", func(h *probe) error { h.sleep(); h.sleep(); return nil }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, n := serveProbe76(t, probe76{probe: probe{open: tt.open}})
			talk := hello76("/ws") + challenge + frames76("t:He t:é t:GET_/_HTTP/1.1 t: close t:x")
			for cut := range len(talk) + 1 {
				c := s.dial()
				c.write(talk[:cut])
				s.settle()
				c.write(talk[cut:])
				if got := c.head(); !strings.HasPrefix(got, "HTTP/1.1 101 ") {
					t.Fatalf("cut at %d: answer %q", cut, got)
				}
				if got := c.response76(); got != response {
					t.Fatalf("cut at %d: response %q", cut, got)
				}
				if got, want := c.reads76(), "t:He t:é t:GET / HTTP/1.1 t: close END"; got != want {
					t.Fatalf("cut at %d: the client heard %q, want %q", cut, got, want)
				}
				s.waitClosed(n)
				if got, want := s.story(n), "open() t:He t:é t:GET / HTTP/1.1 t: lost closed(0,)"; got != want {
					t.Fatalf("cut at %d: the handler saw %q, want %q", cut, got, want)
				}
				s.do(func() { n.events = nil })
			}
		})
	}
}

// A conversation arrives byte by byte. The loop runs after each byte.
func TestConversation76ByteByByte(t *testing.T) {
	s, n := serveProbe76(t, probe76{})
	c := s.dial()
	for _, b := range []byte(hello76("/ws") + challenge + frames76("t:Hello close")) {
		c.write(string([]byte{b}))
		s.settle()
	}
	c.head()
	if got := c.response76() + c.reads76(); got != response+"t:Hello close END" {
		t.Errorf("the client heard %q", got)
	}
	s.waitClosed(n)
}

// noTimeouts checks that the loop has none.
func (s *server) noTimeouts() {
	s.t.Helper()
	s.do(func() {
		if timeouts := s.loop.Stats().Timeouts; timeouts != 0 {
			s.t.Errorf("%d timeouts are left", timeouts)
		}
	})
}

func TestLostBeforeOpen76(t *testing.T) {
	for _, sent := range []string{"", challenge[:1], challenge[:7]} {
		for _, reset := range []bool{false, true} {
			var early *probe
			s, n := serveProbe76(t, probe76{probe: probe{prepare: func(h *probe) error { early = h; return nil }}})
			c := s.dial()
			c.write(hello76("/ws") + sent)
			c.head()
			s.settle()
			if reset {
				c.Conn.(*net.TCPConn).SetLinger(0)
			}
			c.Close()
			s.settle()
			s.do(early.AsyncCallback(func() error { return early.WriteMessage(websocket.Text("x")) }))
			if got := s.story(n); got != "" {
				t.Errorf("after %d bytes of the challenge: the handler saw %s", len(sent), got)
			}
			s.noTimeouts()
		}
	}
}

func TestLostWhileOpenWaits76(t *testing.T) {
	var g gate
	s, n := serveProbe76(t, probe76{probe: probe{open: func(h *probe) error { g.wait(h); return nil }}})
	c := s.connect76("/ws")
	c.write(frames76("t:a"))
	s.settle()
	c.Close()
	s.settle()
	s.do(g.open)
	s.waitClosed(n)
	s.wantStory(n, "open() t:a lost closed(0,)")
}

func TestLostWhileOnMessageWaits76(t *testing.T) {
	var g gate
	s, n := serveProbe76(t, probe76{probe: probe{message: func(h *probe, text string) error {
		g.wait(h)
		wantClosedError(t, "WriteMessage", h.WriteMessage(websocket.Text(text)))
		wantClosedError(t, "Ping", h.Ping(nil))
		return nil
	}}})
	c := s.connect76("/ws")
	c.write(frames76("t:a t:b"))
	s.settle()
	c.Conn.(*net.TCPConn).SetLinger(0)
	c.Close()
	s.settle()
	s.wantStory(n, "open() t:a")
	s.do(g.open)
	s.waitClosed(n)
	s.wantStory(n, "open() t:a t:b lost closed(0,)")
}

func TestOpenThatFails76(t *testing.T) { // ws22-11, as ws-17
	for _, tt := range []struct {
		name string
		open func(h *probe) error
	}{
		{"error", func(h *probe) error { return errors.New("no") }},
		{"panic after waiting", func(h *probe) error { h.sleep(); panic("no") }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, n := serveProbe76(t, probe76{probe: probe{open: tt.open}})
			c := s.connect76("/ws")
			c.write(frames76("t:Hello"))
			if got := c.reads76(); got != "END" {
				t.Errorf("the client got %s", got)
			}
			s.settle()
			s.wantStory(n, "open() logged")
		})
	}
}

func TestWritesThatCannotBe76(t *testing.T) { // ws22-33, ws-43
	var early *probe
	s, n := serveProbe76(t, probe76{probe: probe{
		prepare: func(h *probe) error { early = h; return nil },
		message: func(h *probe, text string) error {
			for _, tt := range []struct {
				err  error
				want string
			}{
				{h.WriteMessage(websocket.Binary([]byte("x"))), "binary messages not supported"},
				{h.Ping(nil), "ping messages not supported"},
				{h.WriteMessage(websocket.Text("\xff\x00")), "must be UTF-8"},
				{h.Close(1005, ""), "1005"},
			} {
				if tt.err == nil || !strings.Contains(tt.err.Error(), tt.want) {
					t.Errorf("got %v, want %s", tt.err, tt.want)
				}
			}
			err := h.Close(1000, "")
			wantClosedError(t, "WriteMessage after Close", h.WriteMessage(websocket.Text("x")))
			wantClosedError(t, "Ping after Close", h.Ping(nil))
			return err
		},
	}})
	c := s.dial()
	c.write(hello76("/ws"))
	c.head()
	s.settle()
	s.do(func() {
		wantClosedError(t, "WriteMessage before the challenge", early.WriteMessage(websocket.Text("x")))
		wantClosedError(t, "Ping before the challenge", early.Ping(nil))
	})
	c.write(challenge + frames76("t:x close"))
	if got, want := c.response76()+c.reads76(), response+"close END"; got != want {
		t.Errorf("the client heard %q, want %q", got, want)
	}
	s.waitClosed(n)
}

func TestCloseBeforeTheChallenge76(t *testing.T) {
	for name, end := range map[string]func(h *probe){
		"Close":         func(h *probe) { h.Close(1000, "") },
		"AsyncCallback": func(h *probe) { h.AsyncCallback(func() error { return errors.New("no") })() },
	} {
		t.Run(name, func(t *testing.T) {
			var early *probe
			s, n := serveProbe76(t, probe76{probe: probe{
				prepare: func(h *probe) error { early = h; return nil },
				logged:  func(h *probe, err error) { h.events = nil },
			}})
			c := s.dial()
			c.write(hello76("/ws"))
			c.head()
			s.settle()
			s.do(func() { end(early) })
			if got := c.reads76(); got != "END" {
				t.Errorf("the client heard %s", got)
			}
			s.settle()
			s.wantStory(n, "")
			s.do(func() { wantClosedError(t, "WriteMessage", early.WriteMessage(websocket.Text("x"))) })
		})
	}
}

func TestMessagesAreTheHandlersToKeep76(t *testing.T) {
	var kept []websocket.Message
	n := newNotes()
	s := serve(t, web.URL("/ws", keeper76{keeper{kept: &kept, notes: n}}))
	c := s.connect76("/ws")
	var want []string
	for i := range 500 {
		data := strings.Repeat(fmt.Sprintf("%d,", i), 1+i*i%3000)
		want = append(want, data)
		c.write("\x00" + data + "\xff")
	}
	c.write(frames76("close"))
	c.reads76()
	s.waitClosed(n)
	s.do(func() {
		require.Len(t, kept, len(want))
		for i, m := range kept {
			if string(m.Data) != want[i] {
				t.Fatalf("message %d of %d bytes was changed", i, len(want[i]))
			}
		}
	})
}

type keeper76 struct{ keeper }

func (h *keeper76) AllowDraft76() bool { return true }

// Small messages, which are copied, and large ones, which are not, are sent in order.
func TestMessagesOut76(t *testing.T) {
	sizes := []int{0, 1, 125, 16 << 10, 16<<10 + 1, 1, 1 << 20, 2}
	s, _ := serveProbe76(t, probe76{probe: probe{message: func(h *probe, text string) error {
		for i, size := range sizes {
			if err := h.WriteMessage(websocket.Text(strings.Repeat(strconv.Itoa(i), size))); err != nil {
				return err
			}
		}
		return nil
	}}})
	c := s.connect76("/ws")
	c.write(frames76("t:x"))
	for i, size := range sizes {
		if got, want := c.read76(), "t:"+strings.Repeat(strconv.Itoa(i), size); got != want {
			t.Errorf("message %d: got %d bytes %.20q, want %d", i, len(got), got, len(want))
		}
	}
}

func TestThePeerIsHeldBackAndNothingIsLost76(t *testing.T) {
	var g gate
	var got []string
	s, n := serveProbe76(t, probe76{probe: probe{message: func(h *probe, text string) error {
		if len(got) == 0 {
			g.wait(h)
		}
		number, _, _ := strings.Cut(text, " ")
		got = append(got, number)
		return nil
	}}})
	const count, size = 1000, 64 << 10
	filler := strings.Repeat("x", size)
	var all bytes.Buffer
	for i := range count {
		fmt.Fprintf(&all, "\x00%d %s\xff", i, filler)
	}
	c := s.connect76("/ws")
	c.SetWriteDeadline(time.Now().Add(500 * time.Millisecond))
	sent, err := c.Conn.Write(all.Bytes())
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
		g.open()
	})
	c.SetWriteDeadline(time.Now().Add(looptest.Patience))
	c.write(all.String()[sent:] + frames76("close"))
	c.reads76()
	s.waitClosed(n)
	s.do(func() {
		for i := range count {
			if i >= len(got) || got[i] != strconv.Itoa(i) {
				t.Fatalf("message %d of %d is missing or out of order", i, len(got))
			}
		}
	})
}

// The server stops reading from a peer that sends without reading, and no message is lost. The
// same is true for a peer to which Open has written much.
func TestAPeerThatDoesNotReadIsHeldBack76(t *testing.T) {
	for _, opening := range []int{0, 40} {
		t.Run(fmt.Sprint(opening), func(t *testing.T) {
			big := strings.Repeat("x", 256<<10)
			var handled atomic.Int32
			s, _ := serveProbe76(t, probe76{probe: probe{
				open: func(h *probe) error {
					return h.WriteMessage(websocket.Text(strings.Repeat(big, opening)))
				},
				message: func(h *probe, text string) error {
					handled.Add(1)
					return h.WriteMessage(websocket.Text(text))
				},
			}})
			c := s.connect76("/ws")
			const messages = 200
			var sent atomic.Int32
			go func() {
				for range messages {
					if _, err := c.Conn.Write([]byte("\x00" + big + "\xff")); err != nil {
						return
					}
					sent.Add(1)
				}
			}()
			for before := int32(-1); before != sent.Load(); time.Sleep(300 * time.Millisecond) {
				before = sent.Load()
			}
			require.Less(t, sent.Load(), int32(messages), "all was read, and held for a peer that reads nothing")
			if opening > 0 {
				require.Zero(t, handled.Load(), "messages were handled before what Open wrote was out")
			}
			require.Len(t, c.read76(), len("t:")+opening*len(big))
			for i := range messages {
				require.Len(t, c.read76(), len("t:")+len(big), i)
			}
		})
	}
}

// Each row takes the five seconds.
func TestTheServerWaitsFiveSeconds76(t *testing.T) { // ws22-34
	if testing.Short() {
		t.Skip("short: takes 5 seconds")
	}
	for _, tt := range []struct{ name, sent, heard, story string }{
		{"for the closing frame of the peer", challenge + frames76("t:x"), response + "close END", "open() t:x lost closed(0,)"},
		{"for the challenge", challenge[:7], "END", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, n := serveProbe76(t, probe76{probe: probe{message: func(h *probe, text string) error { return h.Close(1000, "") }}})
			c := s.dial()
			start := time.Now()
			c.write(hello76("/ws") + tt.sent)
			c.head()
			got := c.response76()
			if !strings.HasSuffix(got, "END") {
				got += c.reads76()
			}
			if strings.Trim(got, "\x00") != tt.heard {
				t.Errorf("the client heard %q, want %q", got, tt.heard)
			}
			if took := time.Since(start); took < 4900*time.Millisecond {
				t.Errorf("that took %v", took)
			}
			s.settle()
			s.wantStory(n, tt.story)
		})
	}
}

func TestTheRequestIsLoggedAndFinishedAtThe101Of76(t *testing.T) { // ws-12
	var s *server
	s, n := serveProbe76(t, probe76{probe: probe{finish: func(h *probe) { h.note("finished, log %v", s.logged) }}})
	s.settle() // only the loop may read s from here on
	c := s.connect76("/ws/abc/12")
	c.write(frames76("close"))
	c.reads76()
	s.waitClosed(n)
	s.wantStory(n, "finished, log [101] open(abc,12) lost closed(0,)")
}
