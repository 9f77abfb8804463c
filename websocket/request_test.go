package websocket_test

import (
	"testing"
	"time"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/websocket"
)

// The request of an open connection is packed. Callers of Request do not notice it. A request to
// which the program may have a reference is not packed.
func TestTheRequestOfAnOpenConnection(t *testing.T) {
	var held *httputil.HTTPServerRequest
	for _, hold := range []bool{false, true} {
		p := probe{notes: newNotes(), open: func(h *probe) error {
			if hold {
				held = h.Request()
			}
			return nil
		}}
		p.message = func(h *probe, text string) error {
			room := h.GetQueryArgument("room")
			cookie := h.GetCookie("c")
			r := h.Request()
			h.note("%s %s %s %s %s %v", room, cookie, h.PathArgs(), r.URI, r.Headers.Get("X-Test"), r == h.Request())
			if hold && r != held {
				h.note("another request")
			}
			if r.RemoteIP != "127.0.0.1" || r.Connection.Info().RemoteIP != "127.0.0.1" || h.RequestHandler.Loop() != h.Loop() {
				h.note("%+v", r)
			}
			if r.Connection.WriteHeaders(httputil.ResponseStartLine{}, nil, nil) == nil || r.Connection.Write(nil) == nil || r.Connection.Finish() == nil {
				h.note("it speaks HTTP")
			}
			if age := time.Since(r.StartTime); age < 0 || age > time.Minute {
				h.note("age %v", age)
			}
			return nil
		}
		s := serve(t, web.URL("/ws/([a-z]+)", p))
		c := s.dial()
		c.write(hello("/ws/abc?room=1", "Cookie: c=d", "X-Test: yes"))
		c.head()
		c.write(frames("t:x t:y close"))
		c.reads()
		s.waitClosed(p.notes)
		const seen = "1 d [abc] /ws/abc?room=1 yes true "
		if got, want := s.story(p.notes), "open(abc) t:x "+seen+"t:y "+seen+"lost closed(0,)"; got != want {
			t.Errorf("held %v: got %s, want %s", hold, got, want)
		}
	}
}

func TestSettings(t *testing.T) { // ws-56, ws-57, ws-68
	settings := web.Settings{WebSocketMaxMessageSize: 3, WebSocketPingInterval: 20 * time.Millisecond, WebSocketPingTimeout: -1}
	s := serveWith(t, settings, web.URL("/ws", echo{}))
	c := s.connect("/ws")
	if got := c.read(); got != "ping:" {
		t.Errorf("got %s", got)
	}
	c.write(frames("t:1234"))
	for got := c.read(); got != "close:1009:message too big"; got = c.read() {
		if got != "ping:" {
			t.Fatalf("got %s", got)
		}
	}
}

type echo struct{ websocket.WebSocketHandler }

func (h *echo) OnMessage(m websocket.Message) error { return h.WriteMessage(m) }
