package websocket_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/websocket"
)

// withoutEtag returns a response without its Etag.
func withoutEtag(response string) string {
	return regexp.MustCompile("Etag: [^\r]*\r\n").ReplaceAllString(response, "")
}

// A handler can ask for version, stream and loop before the upgrade, while the connection is
// open, and after its end.
func TestAttributes(t *testing.T) { // ws22-19
	for _, tt := range []struct{ name, hello, want string }{
		{"version 13", hello("/ws"), "13"},
		{"version 8", change(hello("/ws"), "Sec-WebSocket-Version", "8"), "8"},
		{"version 7", change(hello("/ws"), "Sec-WebSocket-Version", "7"), "7"},
		{"draft 76", hello76("/ws") + challenge, "76"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var s *server
			var kept *probe
			note := func(h *probe) {
				stream := "none"
				if h.Stream() != nil {
					stream = fmt.Sprintf("closed %v, its loop %v", h.Stream().Closed(), h.Stream().Loop() == s.loop)
				}
				h.note("<%s, %s, loop %v>", h.WebSocketVersion(), stream, h.Loop() == s.loop)
			}
			s, n := serveProbe76(t, probe76{probe: probe{
				prepare: func(h *probe) error { note(h); return nil },
				open:    func(h *probe) error { kept = h; note(h); return nil },
			}})
			s.settle()
			c := s.dial()
			c.write(tt.hello)
			c.head()
			s.settle()
			c.Close()
			s.waitClosed(n)
			s.do(func() { note(kept) })
			want := fmt.Sprintf("<, none, loop true> open() <%s, closed false, its loop true, loop true> lost closed(0,) "+
				"<%s, closed true, its loop true, loop true>", tt.want, tt.want)
			s.wantStory(n, want)
		})
	}
}

func TestOpenArgsAndOpenKwargs(t *testing.T) { // ws22-1
	n := newNotes()
	p := probe{notes: n, open: func(h *probe) error {
		h.note("%q %v", h.OpenArgs(), h.OpenKwargs())
		return nil
	}}
	s := serve(t, web.URL("/a/(.*)/(.*)", p), web.URL("/k/(?P<room>.*)/(?P<who>.*)", p))
	s.connect("/a/x%20y/z")
	s.connect("/k/x%20y/z")
	want := `open(x y,z) ["x y" "z"] map[] open() [] map[room:x y who:z]`
	s.wantStory(n, want)
}

func TestAllowedOrigins(t *testing.T) {
	s := serveWith(t, web.Settings{WebSocketAllowedOrigins: []string{"https://app.example.org", "https://*.example.net"}},
		web.URL("/ws", probe{notes: newNotes()}))
	for _, tt := range []struct{ origin, status string }{
		{"https://example.com", "101"}, // its own
		{"https://app.example.org", "101"},
		{"https://a.b.example.net", "101"},
		{"http://app.example.org", "403"},
		{"https://example.net", "403"},
		{"null", "403"},
	} {
		c := s.dial()
		c.write(hello("/ws", "Origin: "+tt.origin))
		if got := c.head(); !strings.HasPrefix(got, "HTTP/1.1 "+tt.status+" ") {
			t.Errorf("%s: answer %q", tt.origin, got)
		}
	}
}

// A callback made by AsyncCallback, called on the loop while the connection is open or
// after that (ws22-20).
func TestAsyncCallback(t *testing.T) {
	for _, tt := range []struct {
		name         string
		callback     func(h *probe) error
		heard, story string // while it is open
		late         string // after that
	}{
		{"no error", func(h *probe) error { return nil }, "t:b close END", "t:b lost closed(0,)", ""},
		{"error", func(h *probe) error { return errors.New("no") }, "END", "logged lost closed(0,)", "logged"},
		{"panic", func(h *probe) error { panic("no") }, "END", "logged lost closed(0,)", "logged"},
		{"panic after waiting", func(h *probe) error { h.sleep(); panic("no") }, "END", "logged lost closed(0,)", "logged"},
		{"a message", func(h *probe) error { return h.WriteMessage(websocket.Text("x")) },
			"t:x t:b close END", "t:b lost closed(0,)", ""},
		{"another's connection is closed", func(h *probe) error { return &websocket.WebSocketClosedError{} },
			"END", "logged lost closed(0,)", ""},
	} {
		for _, version := range []string{"13", "76"} {
			t.Run(tt.name+", version "+version, func(t *testing.T) {
				var kept *probe
				s, n := serveProbe76(t, probe76{probe: probe{open: func(h *probe) error { kept = h; return nil }}})
				var c *client
				if version == "76" {
					c = s.connect76("/ws")
				} else {
					c = s.connect("/ws")
				}
				s.settle()
				s.do(func() { s.loop.AddCallback(kept.AsyncCallback(func() error { return tt.callback(kept) })) })
				s.settle()
				var got string
				if version == "76" {
					c.write(frames76("t:b close"))
					got = c.reads76()
				} else {
					c.write(frames("t:b close"))
					got = c.reads()
				}
				if got != tt.heard {
					t.Errorf("the client heard %q, want %q", got, tt.heard)
				}
				s.waitClosed(n)
				s.wantStory(n, "open() "+tt.story)
				s.do(func() { n.events = nil; kept.AsyncCallback(func() error { return tt.callback(kept) })() })
				s.settle()
				s.wantStory(n, tt.late)
			})
		}
	}
}
