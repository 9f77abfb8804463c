package websocket_test

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/websocket"
)

var serverAndDate = regexp.MustCompile(`Server: \S+\r\n|Date: [^\r]+\r\n`)

// Each row changes one header of an opening handshake ("-" removes it), and has the whole
// response except Server and Date. The connection stays open (ws-9).
func TestRefusedHandshakes(t *testing.T) {
	const htmlType = "Content-Type: text/html; charset=UTF-8\r\n"
	refusal := func(status, body string) string {
		return fmt.Sprintf("HTTP/1.1 %s\r\n%sContent-Length: %d\r\n\r\n%s", status, htmlType, len(body), body)
	}
	notAllowed := "<html><title>405: Method Not Allowed</title><body>405: Method Not Allowed</body></html>"
	upgradeRequired := "HTTP/1.1 426 Upgrade Required\r\n" + htmlType + "Sec-Websocket-Version: 7, 8, 13\r\nContent-Length: 0\r\n\r\n"
	for _, tt := range []struct{ name, line, value, want string }{
		{"ws-2 method", "GET", "POST", refusal("405 Method Not Allowed", notAllowed)},
		{"ws-3 no Upgrade", "Upgrade", "-", refusal("400 Bad Request", `Can "Upgrade" only to "WebSocket".`)},
		{"ws-3 another Upgrade", "Upgrade", "h2c", refusal("400 Bad Request", `Can "Upgrade" only to "WebSocket".`)},
		{"ws-4 no Connection", "Connection", "-", refusal("400 Bad Request", `"Connection" must be "Upgrade".`)},
		{"ws-4 another Connection", "Connection", "keep-alive", refusal("400 Bad Request", `"Connection" must be "Upgrade".`)},
		{"ws-5 origin", "Origin", "http://example.org", refusal("403 Forbidden", "Cross origin websockets not allowed")},
		{"ws-5 old origin", "Sec-WebSocket-Origin", "http://example.org", refusal("403 Forbidden", "Cross origin websockets not allowed")},
		{"ws-6 null origin", "Origin", "null", refusal("403 Forbidden", "Cross origin websockets not allowed")},
		{"ws-7 no version", "Sec-WebSocket-Version", "-", upgradeRequired},
		{"ws-7 another version", "Sec-WebSocket-Version", "9", upgradeRequired},
		{"ws-7 version twice", "Sec-WebSocket-Version", "13, 8", upgradeRequired},
		{"ws-8 no key", "Sec-WebSocket-Key", "-", refusal("400 Bad Request", "Missing/Invalid WebSocket headers")},
		{"ws-8 empty key", "Sec-WebSocket-Key", "", refusal("400 Bad Request", "Missing/Invalid WebSocket headers")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, n := serveProbe(t, probe{})
			c := s.dial()
			c.write(change(hello("/ws"), tt.line, tt.value))
			if got := c.answer(); got != tt.want {
				t.Errorf("answer\n%q\nwant\n%q", got, tt.want)
			}
			c.write("GET /page HTTP/1.1\r\nHost: example.com\r\n\r\n")
			if got := c.answer(); !strings.HasSuffix(got, "\r\n\r\na page") {
				t.Errorf("the next request got %q", got)
			}
			s.wantStory(n, "")
			s.do(func() {
				if got := strings.Join(s.logged, " "); got != tt.want[9:12]+" 200" { // ws-9
					t.Errorf("access log: %s", got)
				}
			})
		})
	}
}

// change returns request with another value of the header name; the value "-" removes the header.
// The name "GET" changes the method.
func change(request, name, value string) string {
	if name == "GET" {
		return value + strings.TrimPrefix(request, name)
	}
	request = regexp.MustCompile("\r\n"+name+": [^\r]*").ReplaceAllString(request, "")
	if value == "-" {
		return request
	}
	return strings.TrimSuffix(request, "\r\n") + name + ": " + value + "\r\n\r\n"
}

// answer reads a complete response, which must have a Content-Length.
func (c *client) answer() string {
	head := c.head()
	var length int
	if _, rest, ok := strings.Cut(head, "Content-Length: "); ok {
		fmt.Sscan(rest, &length)
	}
	body := make([]byte, length)
	io.ReadFull(c.r, body)
	return serverAndDate.ReplaceAllString(head, "") + "\r\n" + string(body)
}

// Each row is a handshake that is accepted although something about it is unusual.
func TestAcceptedHandshakes(t *testing.T) {
	for _, tt := range []struct{ name, line, value string }{
		{"ws-3 any case", "Upgrade", "WebSocket"},
		{"ws-4 list in any case", "Connection", "keep-alive, upgrade"},
		{"ws-6 same origin", "Origin", "https://example.com"},
		{"ws-6 same origin, old name", "Sec-WebSocket-Origin", "http://example.com"},
		{"ws-7 version 7", "Sec-WebSocket-Version", "7"},
		{"ws-7 version 8", "Sec-WebSocket-Version", "8"},
		{"ws-8 any key", "Sec-WebSocket-Key", "?"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, _ := serveProbe(t, probe{})
			c := s.dial()
			c.write(change(hello("/ws"), tt.line, tt.value) + frames("t:Hello"))
			if got := c.head(); !strings.HasPrefix(got, "HTTP/1.1 101 Switching Protocols\r\n") {
				t.Fatalf("answer %q", got)
			}
			if got := c.read(); got != "t:Hello" {
				t.Errorf("echo %s", got)
			}
		})
	}
}

func TestAnswer101(t *testing.T) { // ws-10, ws-11
	s, _ := serveProbe(t, probe{
		prepare:     func(h *probe) error { h.SetHeader("X-Prepared", "yes"); return nil },
		subprotocol: func([]string) string { return "chat" },
	})
	c := s.dial()
	c.write(hello("/ws", "Sec-WebSocket-Protocol: chat"))
	got := regexp.MustCompile(`(Server|Date): [^\r]+`).ReplaceAllString(c.head(), "$1")
	want := "HTTP/1.1 101 Switching Protocols\r\nServer\r\nDate\r\nX-Prepared: yes\r\nSec-Websocket-Protocol: chat\r\n" +
		"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-Websocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
	if got != want {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}

func TestTheRequestIsLoggedAndFinishedAtThe101(t *testing.T) { // ws-12
	var s *server
	note := func(h *probe) { h.note("finished, log %v", s.logged) }
	s, n := serveProbe(t, probe{finish: note})
	s.settle() // only the loop may read s from here on
	c := s.connect("/ws")
	c.write(frames("close"))
	c.reads()
	s.waitClosed(n)
	s.wantStory(n, "finished, log [101] open() lost closed(0,)")
}

func TestSubprotocols(t *testing.T) { // ws-14, ws-15
	choose := func(name string) func([]string) string { return func([]string) string { return name } }
	for _, tt := range []struct {
		name, offered string
		choose        func([]string) string
		status        string
		header, story string
	}{
		{"one of two", " a , b", choose("b"), "101", "b", "offered[a b] open()b"},
		{"none of two", "a,b", choose(""), "101", "", "offered[a b] open()"},
		{"none offered", "", choose(""), "101", "", "offered[] open()"},
		{"one not offered", "a", choose("b"), "500", "", "offered[a] logged"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := probe{notes: newNotes()}
			p.open = func(h *probe) error { h.events[len(h.events)-1] += h.SelectedSubprotocol(); return nil }
			p.subprotocol = func(offered []string) string {
				p.note("offered%v", offered)
				return tt.choose(offered)
			}
			s := serve(t, web.URL("/ws", p))
			c := s.dial()
			c.write(hello("/ws", "Sec-WebSocket-Protocol: "+tt.offered))
			head := c.head()
			if !strings.HasPrefix(head, "HTTP/1.1 "+tt.status) {
				t.Errorf("answer %q", head)
			}
			if got := regexp.MustCompile("Sec-Websocket-Protocol: ([^\r]*)").FindStringSubmatch(head); (got != nil) != (tt.header != "") || got != nil && got[1] != tt.header {
				t.Errorf("answered %q, want %q", got, tt.header)
			}
			s.settle()
			s.wantStory(p.notes, tt.story)
		})
	}
}

func TestPrepareMayRefuse(t *testing.T) { // ws-1
	for _, tt := range []struct {
		name    string
		prepare func(h *probe) error
		want    string
	}{
		{"error", func(h *probe) error { return web.NewHTTPError(403) }, "HTTP/1.1 403 "},
		{"error after waiting", func(h *probe) error { h.sleep(); return web.NewHTTPError(403) }, "HTTP/1.1 403 "},
		{"redirect", func(h *probe) error { return h.Redirect("/page") }, "HTTP/1.1 302 "},
		{"answer", func(h *probe) error { return h.Finish("no") }, "HTTP/1.1 200 "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, _ := serveProbe(t, probe{prepare: tt.prepare})
			c := s.dial()
			c.write(hello("/ws") + "GET /page HTTP/1.1\r\nHost: a\r\n\r\n")
			if got := c.answer(); !strings.HasPrefix(got, tt.want) {
				t.Errorf("answer %q", got)
			}
			if got := c.answer(); !strings.HasSuffix(got, "a page") {
				t.Errorf("the next request got %q", got)
			}
		})
	}
}

func TestOpenGetsTheGroupsOfTheRoute(t *testing.T) { // ws-16
	s, n := serveProbe(t, probe{})
	s.connect("/ws/abc/12")
	s.connect("/ws/d/")
	s.wantStory(n, "open(abc,12) open(d,)")
}

func TestNoMessageComesBeforeOpenHasReturned(t *testing.T) { // ws-16, ws-18
	s, n := serveProbe(t, probe{open: func(h *probe) error {
		for range 5 {
			h.sleep()
		}
		h.note("opened")
		return h.WriteMessage(websocket.Text("welcome"))
	}})
	c := s.dial()
	c.write(hello("/ws") + frames("t:a t:b close:1000"))
	c.head()
	if got, want := c.reads(), "t:welcome t:a t:b close:1000 END"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	s.waitClosed(n)
	s.wantStory(n, "open() opened t:a t:b lost closed(1000,)")
}

func TestOpenThatFails(t *testing.T) { // ws-17
	for _, tt := range []struct {
		name string
		open func(h *probe) error
	}{
		{"error", func(h *probe) error { return errors.New("no") }},
		{"error after waiting", func(h *probe) error { h.sleep(); return errors.New("no") }},
		{"panic", func(h *probe) error { panic("no") }},
		{"panic after waiting", func(h *probe) error { h.sleep(); panic("no") }},
		{"panic in the log", func(h *probe) error {
			h.logged = func(*probe, error) { panic("and no") }
			return errors.New("no")
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var failed *probe
			s, n := serveProbe(t, probe{open: func(h *probe) error { failed = h; return tt.open(h) }})
			c := s.connect("/ws")
			c.write(frames("t:Hello"))
			if got := c.reads(); got != "END" {
				t.Errorf("the client got %s", got)
			}
			s.settle()
			s.wantStory(n, "open() logged")
			s.do(func() { wantClosedError(t, "WriteMessage", failed.WriteMessage(websocket.Text("late"))) })
		})
	}
}

func wantClosedError(t testing.TB, call string, err error) {
	t.Helper()
	var closed *websocket.WebSocketClosedError
	if !errors.As(err, &closed) {
		t.Errorf("%s: got %v, want a *WebSocketClosedError", call, err)
	}
}

// A whole conversation with its handshake arrives in two packets, cut at every place.
func TestConversationCutAnywhere(t *testing.T) { // ws-18
	s, n := serveProbe(t, probe{})
	long := strings.Repeat("x", 130)
	talk := hello("/ws") + frames("t-:He ping:1 c:llo b:"+long+" pong:2 t:é close:1000:bye")
	heard := "pong:1 t:Hello b:" + long + " t:é close:1000 END"
	story := "open() ping:1 t:Hello b:" + long + " pong:2 t:é lost closed(1000,bye)"
	for cut := range len(talk) + 1 {
		c := s.dial()
		c.write(talk[:cut])
		s.settle()
		c.write(talk[cut:])
		if got := c.head(); !strings.HasPrefix(got, "HTTP/1.1 101 ") {
			t.Fatalf("cut at %d: answer %q", cut, got)
		}
		if got := c.reads(); got != heard {
			t.Fatalf("cut at %d: the client got %s, want %s", cut, got, heard)
		}
		s.waitClosed(n)
		if got := s.story(n); got != story {
			t.Fatalf("cut at %d: the handler saw %s, want %s", cut, got, story)
		}
		s.do(func() { n.events = nil })
	}
}

func TestAnOnFinishThatWaitsLosesNothing(t *testing.T) {
	for _, tt := range []struct {
		name    string
		prepare func(h *probe) error
	}{
		{"at once", nil},
		{"after a Prepare that waits", func(h *probe) error { h.sleep(); return nil }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, n := serveProbe(t, probe{prepare: tt.prepare, finish: func(h *probe) {
				for range 5 {
					h.sleep()
				}
			}})
			c := s.dial()
			// This frame looks like a request, because it is masked with zeros.
			const request = "GET / HTTP/1.1\r\n\r\n"
			c.write(hello("/ws") + "\x81\x92\x00\x00\x00\x00" + request + frames("close:1000"))
			c.head()
			if got, want := c.reads(), "t:"+request+" close:1000 END"; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
			s.waitClosed(n)
		})
	}
}

type mistyped struct{ websocket.WebSocketHandler }

func (*mistyped) OnMessage(text string) error { return nil }

func TestAMistypedHookIsRefusedWhenTheRouteIsMade(t *testing.T) {
	defer func() {
		if r := fmt.Sprint(recover()); !strings.Contains(r, "mistyped") || !strings.Contains(r, "websocket.Handler") {
			t.Errorf("panic %q does not say what to do", r)
		}
	}()
	web.URL("/ws", mistyped{})
}

// The server stops reading from a peer that sends without reading. So the server does not queue
// responses without limit, and none is lost when the peer reads later.
func TestAPeerThatDoesNotReadIsHeldBack(t *testing.T) {
	s, _ := serveProbe(t, probe{})
	c := s.connect("/ws")
	const messages, size = 200, 256 << 10
	frame := appendFrame(nil, 0x82, strings.Repeat("x", size))
	var sent atomic.Int32
	go func() {
		for range messages {
			if _, err := c.Conn.Write(frame); err != nil {
				return
			}
			sent.Add(1)
		}
	}()
	for before := int32(-1); before != sent.Load(); time.Sleep(300 * time.Millisecond) {
		before = sent.Load()
	}
	require.Less(t, sent.Load(), int32(messages), "all was read, and held for a peer that reads nothing")
	for i := range messages {
		require.Len(t, c.read(), len("b:")+size, i)
	}
}
