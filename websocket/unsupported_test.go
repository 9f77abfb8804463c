package websocket_test

import (
	"errors"
	"testing"

	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/websocket"
)

// answering has the methods that write an HTTP response, and their results; nil for methods
// without a result.
var answering = []struct {
	name string
	call func(h *probe) error
	mute bool // it returns nothing
}{
	{"Write", func(h *probe) error { _, err := h.Write([]byte("x")); return err }, false},
	{"WriteString", func(h *probe) error { return h.WriteString("x") }, false},
	{"WriteJSON", func(h *probe) error { return h.WriteJSON(1) }, false},
	{"Redirect", func(h *probe) error { return h.Redirect("/") }, false},
	{"SetHeader", func(h *probe) error { h.SetHeader("A", "b"); return nil }, true},
	{"AddHeader", func(h *probe) error { h.AddHeader("A", "b"); return nil }, true},
	{"SetStatus", func(h *probe) error { h.SetStatus(404); return nil }, true},
	{"SetCookie", func(h *probe) error { h.SetCookie("a", "b"); return nil }, true},
	{"ClearCookie", func(h *probe) error { h.ClearCookie("a"); return nil }, true},
	{"SendError", func(h *probe) error { h.SendError(404, nil); return nil }, true},
	{"Flush", func(h *probe) error { _, err := h.Flush().Await(); return err }, false},
	{"Finish", func(h *probe) error { return h.Finish() }, false},
}

// After the upgrade these methods fail, log the error, and change nothing (ws-55, ws22-18).
func TestMethodsOfHTTPAfterTheUpgrade(t *testing.T) {
	for _, tt := range answering {
		t.Run(tt.name, func(t *testing.T) {
			want := "websocket: " + tt.name + ": Method not supported for Web Sockets"
			var logged []string
			check := func(h *probe, when string) {
				logged = nil
				err := tt.call(h)
				if len(logged) != 1 || logged[0] != want {
					t.Errorf("in %s: logged %q, want %q", when, logged, want)
				}
				if !tt.mute && (err == nil || err.Error() != want || !errors.Is(err, errors.ErrUnsupported)) {
					t.Errorf("in %s: got %v, want %s", when, err, want)
				}
				if got := h.GetStatus(); got != 101 {
					t.Errorf("in %s: the status is now %d", when, got)
				}
			}
			var kept *probe
			s, n := serveProbe76(t, probe76{probe: probe{
				open:    func(h *probe) error { kept = h; check(h, "Open"); return nil },
				message: func(h *probe, text string) error { check(h, "OnMessage"); return h.WriteMessage(websocket.Text(text)) },
				logged:  func(h *probe, err error) { logged = append(logged, err.Error()) },
			}})
			c := s.connect("/ws")
			c.write(frames("t:a close"))
			if got, want := c.reads(), "t:a close END"; got != want {
				t.Errorf("the client heard %q, want %q", got, want)
			}
			s.waitClosed(n)
			s.do(func() { check(kept, "a callback after OnClose") })
		})
	}
}

// Before the upgrade they are web's.
func TestMethodsOfHTTPBeforeTheUpgrade(t *testing.T) {
	for _, tt := range []struct {
		name    string
		prepare func(h *probe) error
		want    string
	}{
		{"Write", func(h *probe) error { h.Write([]byte("a")); h.WriteString("b"); h.WriteJSON(1); return h.Finish("c") },
			"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=UTF-8\r\nContent-Length: 4\r\n\r\nab1c"},
		{"Redirect", func(h *probe) error { return h.Redirect("/page", 301) },
			"HTTP/1.1 301 Moved Permanently\r\nContent-Type: text/html; charset=UTF-8\r\nLocation: /page\r\nContent-Length: 0\r\n\r\n"},
		{"SetHeader", func(h *probe) error {
			h.SetStatus(202, "Later")
			h.SetHeader("A", "b")
			h.AddHeader("A", "c")
			h.SetCookie("d", "e")
			h.SetCookie("f", "g")
			h.ClearCookie("f", web.CookieOptions{})
			return h.Finish()
		}, "HTTP/1.1 202 Later\r\nContent-Type: text/html; charset=UTF-8\r\nA: b\r\nA: c\r\nContent-Length: 0\r\n" +
			"Set-Cookie: d=e; Path=/\r\nSet-Cookie: f=\"\"; "},
		{"SendError", func(h *probe) error { h.SendError(403, nil); return nil },
			"HTTP/1.1 403 Forbidden\r\nContent-Type: text/html; charset=UTF-8\r\nContent-Length: "},
		{"Flush", func(h *probe) error {
			h.SetHeader("Content-Length", 1)
			h.WriteString("a")
			_, err := h.Flush().Await()
			return errors.Join(err, h.Finish())
		}, "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=UTF-8\r\nContent-Length: 1\r\n\r\na"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, n := serveProbe(t, probe{prepare: tt.prepare})
			c := s.dial()
			c.write(hello("/ws"))
			got := withoutEtag(c.answer())
			if len(got) < len(tt.want) || got[:len(tt.want)] != tt.want {
				t.Errorf("answer\n%q\nwant\n%q", got, tt.want)
			}
			s.wantStory(n, "")
		})
	}
}

// If LogException itself calls such a method, the error is logged once.
func TestLogExceptionThatWritesAnAnswer(t *testing.T) {
	s, n := serveProbe(t, probe{
		message: func(h *probe, text string) error { h.SetStatus(404); return nil },
		logged:  func(h *probe, err error) { h.SetHeader("A", "b"); h.WriteString("c") },
	})
	c := s.connect("/ws")
	c.write(frames("t:a t:b close"))
	c.reads()
	s.waitClosed(n)
	s.wantStory(n, "open() t:a logged t:b logged lost closed(0,)")
}
