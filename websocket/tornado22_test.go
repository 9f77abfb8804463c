package websocket_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/websocket"
)

// The rows are the opening handshakes of versions 7, 8 and 13 in Tornado 2.2. Some rows are as
// in 6.5 (docs/differences.md): a refusal is an ordinary response.
func TestHandshakesOf22(t *testing.T) {
	without := func(line string) string { return strings.Replace(hello("/ws"), line+"\r\n", "", 1) }
	instead := func(line, other string) string { return strings.Replace(hello("/ws"), line, other, 1) }
	const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
	for _, tt := range []struct{ name, request, status, has string }{
		{"ws22-2 method", instead("GET", "POST"), "405", "Content-Length"},
		{"ws22-3 upgrade", instead("Upgrade: websocket", "Upgrade: h2c"), "400", `Can "Upgrade" only to "WebSocket".`},
		{"ws22-3 no upgrade", without("Upgrade: websocket"), "400", `Can "Upgrade" only to "WebSocket".`},
		{"ws22-4 connection", instead("Connection: Upgrade", "Connection: keep-alive"), "400", `"Connection" must be "Upgrade".`},
		{"ws22-5 version", instead("Version: 13", "Version: 9"), "426", "Sec-Websocket-Version: 7, 8, 13"},
		{"ws22-5 no version, no draft 76", without("Sec-WebSocket-Version: 13"), "426", "Sec-Websocket-Version: 7, 8, 13"},
		{"ws22-6 no key", without(key), "400", "Missing/Invalid WebSocket headers"},
		{"ws22-7 a foreign origin", instead(key, key+"\r\nOrigin: http://evil.example"), "403", "Cross origin websockets not allowed"},
		{"ws22-7 its name in versions 7 and 8", instead("Version: 13", "Version: 8\r\nSec-WebSocket-Origin: http://evil.example"), "403", "Cross origin"},
		{"ws22-8 version 7", instead("Version: 13", "Version: 7"), "101",
			"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-Websocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="},
		{"ws22-8 version 8", instead("Version: 13", "Version: 8"), "101", "HTTP/1.1 101 Switching Protocols\r\nServer: "},
		{"ws22-8 a subprotocol", instead(key, key+"\r\nSec-WebSocket-Protocol: a, b"), "101", "Sec-Websocket-Protocol: b\r\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, n := serveProbe(t, probe{subprotocol: func(offered []string) string { return strings.Join(offered[min(1, len(offered)):], "") }})
			c := s.dial()
			c.write(tt.request)
			head := c.head()
			if tt.status != "101" {
				body := make([]byte, 200)
				c.write("GET /page HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n") // the connection stays usable
				k, _ := c.r.Read(body)
				head += "\r\n\r\n" + string(body[:k])
			}
			if !strings.HasPrefix(head, "HTTP/1.1 "+tt.status+" ") || !strings.Contains(head, tt.has) {
				t.Errorf("answer %q", head)
			}
			if story := s.story(n); tt.status != "101" && story != "" && story != "logged" { // no on_close without open
				t.Errorf("the handler saw %s", story)
			}
		})
	}
}

func TestSubprotocolWithoutAnOffer(t *testing.T) { // ws22-9: called once, with none
	calls := ""
	s, _ := serveProbe(t, probe{subprotocol: func(offered []string) string { calls += fmt.Sprint(len(offered)); return "" }})
	s.connect("/ws")
	s.settle()
	if calls != "0" {
		t.Errorf("called with %s offers", calls)
	}
}

// Each row is a conversation with a handler that echoes.
func TestConversationsOf22(t *testing.T) {
	for _, tt := range []struct{ name, sent, heard, story string }{
		{"ws22-10 what came with the handshake is read after open", "t:early close", "t:early close END", "open() t:early lost closed(0,)"},
		{"ws22-12 reserved bits", "x:c18100000000", "close:1002 END", "open() lost closed(0,)"},
		{"ws22-12 no mask", "x:810161", "close:1002 END", "open() lost closed(0,)"},
		{"ws22-12 bad UTF-8", "t:\xff", "close:1007 END", "open() lost closed(0,)"},
		{"ws22-12 bad continuation", "c:x", "close:1002 END", "open() lost closed(0,)"},
		{"ws22-13 there is a limit now", "t:0123456789abcdefg", "close:1009:message too big END", "open() lost closed(0,)"},
		{"ws22-14 ping and pong", "ping:x pong:y close", "pong:x close END", "open() ping:x pong:y lost closed(0,)"},
		{"ws22-15 close", "close:1000:bye", "close:1000 END", "open() lost closed(1000,bye)"},
		{"ws22-21 the chain at the end", "close", "close END", "open() lost closed(0,)"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, n := serveProbe(t, probe{max: 16})
			c := s.dial()
			c.write(hello("/ws") + frames(tt.sent))
			c.head()
			got := reasonless.ReplaceAllString(c.reads(), "$1 END")
			c.Close() // the server would linger for a second after a fault if the client stayed
			if got != tt.heard {
				t.Errorf("the client heard %q, want %q", got, tt.heard)
			}
			s.waitClosed(n)
			s.wantStory(n, tt.story)
		})
	}
}

// A write to a closed connection fails, and no output waits.
func TestWritesAfterTheEnd(t *testing.T) { // ws-54, ws22-16, ws22-17
	p := probe{notes: newNotes()}
	p.message = func(h *probe, text string) error {
		h.Close(1000, "")
		h.note("%v", h.WriteMessage(websocket.Text("x")))
		return nil
	}
	p.lost = func(h *probe) {
		h.note("%v %v %d", h.WriteMessage(websocket.Text("x")), h.Ping(nil), h.BufferedAmount())
		h.Close(1000, "")
		h.Abort()
		_, err := h.Drained().Await()
		h.note("%v", err)
	}
	s := serve(t, web.URL("/ws", p))
	c := s.connect("/ws")
	c.write(frames("t:a t:b close:1000"))
	if got := c.reads(); got != "close:1000 END" {
		t.Errorf("the client heard %s", got)
	}
	s.waitClosed(p.notes)
	const closed = "websocket: connection is closed"
	want := "open() t:a " + closed + " t:b " + closed + " lost " + closed + " " + closed + " 0 " + closed + " closed(1000,)"
	s.wantStory(p.notes, want)
}

func TestAMapIsJSON(t *testing.T) { // ws22-17, ws-41
	p := probe{notes: newNotes(), message: func(h *probe, text string) error {
		m, err := websocket.JSON(map[string]any{"a": 1})
		require.NoError(t, err)
		return h.WriteMessage(m)
	}}
	c := serve(t, web.URL("/ws", p)).connect("/ws")
	c.write(frames("t:x"))
	if got := c.read(); got != `t:{"a": 1}` && got != `t:{"a":1}` {
		t.Errorf("got %s", got)
	}
}

// Methods that Tornado 3 and 4 added exist beside draft 76 of release 2.2.
func TestWhatLaterReleasesBrought(t *testing.T) { // ws22-35
	s, n := serveProbe(t, probe{open: func(h *probe) error { return h.Ping([]byte("p")) }})
	require.NoError(t, run(t, func(l *ioloop.IOLoop) error {
		c, err := websocket.Connect(l, "ws://"+s.address+"/ws", websocket.ConnectOptions{}).Await()
		if err != nil {
			return err
		}
		c.WriteMessage(websocket.Text("x"))
		_, err = c.ReadMessage().Await()
		c.Close(0, "")
		return err
	}))
	s.waitClosed(n)
	s.wantStory(n, "open() t:x pong:p lost closed(0,)") // the code that awaits Connect runs before the ping is handled
}
