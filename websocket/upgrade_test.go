package websocket_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/web"
)

// TestTheUpgradeDecidesAboutTheConnection checks that a handshake that is accepted opens a socket
// which lives, even if the request or the server asks to close the connection (RFC 9110, section
// 7.8).
func TestTheUpgradeDecidesAboutTheConnection(t *testing.T) { // http-60, http-63
	pass := func(next http.Handler) http.Handler { return next }
	for _, connection := range []string{"Upgrade", "close, Upgrade", "Upgrade, close", "upgrade,CLOSE", "keep-alive, Upgrade",
		"Upgrade\r\nConnection: close", "close\r\nConnection: Upgrade"} {
		for _, version := range []string{"7", "8", "13", "76"} {
			for name, tt := range map[string]struct {
				options httpserver.Options
				route   []web.URLOption
			}{
				"":                  {},
				"NoKeepAlive":       {options: httpserver.Options{NoKeepAlive: true}},
				"MaxConnections":    {options: httpserver.Options{NoKeepAlive: true, MaxConnections: 9}},
				"behind Middleware": {route: []web.URLOption{web.Middleware(pass)}},
			} {
				t.Run(fmt.Sprintf("%s %q %s", version, connection, name), func(t *testing.T) {
					p := probe76{probe: probe{notes: newNotes()}}
					s := serveOptions(t, web.Settings{}, tt.options, web.URL("/ws", p, tt.route...))
					c := s.dial()
					if version == "76" {
						c.write(change(hello76("/ws"), "Connection", connection) + challenge + frames76("t:one t:two close"))
					} else {
						c.write(change(change(hello("/ws"), "Connection", connection), "Sec-WebSocket-Version", version) +
							frames("t:one t:two close:1000"))
					}
					if head := c.head(); !strings.HasPrefix(head, "HTTP/1.1 101 ") || strings.Count(head, "Connection: Upgrade\r\n") != 1 {
						t.Fatalf("response %q", head)
					}
					want, story := "t:one t:two close:1000 END", "open() t:one t:two lost closed(1000,)"
					got := ""
					if version == "76" {
						want, story = "t:one t:two close END", "open() t:one t:two lost closed(0,)"
						c.response76()
						got = c.reads76()
					} else {
						got = c.reads()
					}
					if got != want {
						t.Errorf("got %s, want %s", got, want)
					}
					s.waitClosed(p.notes)
					s.wantStory(p.notes, story)
				})
			}
		}
	}
}

// An HTTP/1.0 request cannot be upgraded: its Upgrade header is ignored.
func TestUpgradeIsIgnoredInHTTP10(t *testing.T) { // ws-13, RFC 9110 7.8
	for _, request := range []string{hello("/ws"), change(hello("/ws"), "Connection", "Upgrade, keep-alive"), hello76("/ws") + challenge} {
		p := probe76{probe: probe{notes: newNotes()}}
		s := serve(t, web.URL("/ws", p))
		c := s.dial()
		c.write(strings.Replace(request, "HTTP/1.1", "HTTP/1.0", 1))
		if got := c.answer(); !strings.HasPrefix(got, "HTTP/1.1 400 ") || !strings.HasSuffix(got, "\r\n\r\nCan \"Upgrade\" only to \"WebSocket\".") {
			t.Errorf("response %q", got)
		}
		s.wantStory(p.notes, "")
	}
}

// If the server shuts down while Prepare of a handshake waits, the handshake is completed and the
// socket is closed with 1001.
func TestAHandshakeDuringShutdown(t *testing.T) { // http-69
	for _, tt := range []struct {
		name, hello, want, story string
		limit                    int
	}{
		{"13", hello("/ws") + frames("close:1001"), "close:1001 END", "open() lost closed(1001,)", 0},
		{"13, close", change(hello("/ws"), "Connection", "close, Upgrade") + frames("close:1001"), "close:1001 END", "open() lost closed(1001,)", 0},
		{"13, connections are counted", hello("/ws") + frames("close:1001"), "close:1001 END", "open() lost closed(1001,)", 9},
		{"76", hello76("/ws") + challenge + frames76("close"), "close END", "open() lost closed(0,)", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := &gate{}
			entered := make(chan struct{})
			p := probe76{probe: probe{notes: newNotes(), prepare: func(h *probe) error { close(entered); g.wait(h); return nil }}}
			s := serveOptions(t, web.Settings{}, httpserver.Options{MaxConnections: tt.limit}, web.URL("/ws", p), web.URL("/page", page{}))
			idle := s.dial()
			idle.write("GET /page HTTP/1.1\r\nHost: x\r\n\r\n")
			idle.answer()
			c := s.dial()
			c.write(tt.hello)
			<-entered
			ended := s.shutdown()
			idle.r.ReadByte() // the server closes it when it begins to drain
			s.do(g.open)
			if head := c.head(); !strings.HasPrefix(head, "HTTP/1.1 101 ") {
				t.Fatalf("response %q", head)
			}
			got := ""
			if tt.name == "76" {
				c.response76()
				got = c.reads76()
			} else {
				got = c.reads()
			}
			if got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if err := <-ended; err != nil {
				t.Error(err)
			}
			s.wantStory(p.notes, tt.story)
		})
	}
}
