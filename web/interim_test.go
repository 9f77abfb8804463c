package web

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/internal/looptest"
)

// A handler that ends with a 1xx status would leave its client waiting. If the head was not
// sent yet, the response is a 500; otherwise the connection closes.
func TestInterimStatusIsMisuse(t *testing.T) { // RFC 9110 15.2
	const upgradeFix = "embed websocket.WebSocketHandler, call Flush and Detach"
	later := func(h *probe, fn func()) error {
		h.Asynchronous()
		h.Loop().AddCallback(fn)
		return nil
	}
	for _, tt := range []struct {
		name, version string
		do            func(h *probe) error
		want, logged  string
	}{
		{"101", "1.1", func(h *probe) error { h.SetStatus(101); return nil }, "HTTP/1.1 500 ", upgradeFix},
		{"101 and Finish", "1.1", func(h *probe) error { h.SetStatus(101); return h.Finish() }, "HTTP/1.1 500 ", upgradeFix},
		{"101 in a callback", "1.1", func(h *probe) error {
			return later(h, func() { h.SetStatus(101); h.Finish() })
		}, "HTTP/1.1 500 ", upgradeFix},
		{"101 as an error", "1.1", func(h *probe) error { return NewHTTPError(101) }, "HTTP/1.1 500 ", ""},
		{"101 to HTTP/1.0", "1.0", func(h *probe) error { h.SetStatus(101); h.Flush(); return nil }, "HTTP/1.1 500 ", upgradeFix},
		{"101, Flush, no Detach", "1.1", func(h *probe) error { h.SetStatus(101); h.Flush(); return nil }, "HTTP/1.1 101 ", upgradeFix},
		{"101, Flush, no Detach, in a callback", "1.1", func(h *probe) error {
			return later(h, func() { h.SetStatus(101); h.Flush(); h.Finish() })
		}, "HTTP/1.1 101 ", upgradeFix},
		{"100", "1.1", func(h *probe) error { h.SetStatus(100); return nil }, "HTTP/1.1 500 ", "status 100 does not end a request"},
		{"a relayed 103", "1.1", func(h *probe) error { h.SetStatus(103); h.SetHeader("Link", "</a>"); return nil }, "HTTP/1.1 500 ", "status 103 does not end a request"},
		{"103, Flush", "1.1", func(h *probe) error { h.SetStatus(103); h.Flush(); return nil }, "HTTP/1.1 500 ", "status 103 does not end a request"},
		{"199 as an error", "1.1", func(h *probe) error { return NewHTTPError(199) }, "HTTP/1.1 500 ", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			book := keepLog(t)
			finished := make(chan struct{}, 2)
			conn := dial(t, listen(t, serving(probe{do: tt.do, onFinish: func(*probe) { finished <- struct{}{} }})))
			io.WriteString(conn, "GET / HTTP/"+tt.version+"\r\nHost: x\r\nConnection: close\r\n\r\n")
			got, err := io.ReadAll(conn)
			if !strings.HasPrefix(string(got), tt.want) || strings.Count(string(got), "HTTP/1.1 ") != 1 || err != nil {
				t.Errorf("response %q, %v; want %s", got, err, tt.want)
			}
			<-finished
			require.Eventually(t, func() bool { return strings.Contains(book.without("access"), tt.logged) },
				looptest.Patience, time.Millisecond, "%q is not logged", tt.logged)
		})
	}
}

// An http.Handler that writes 101 without a hijack is the same misuse.
func TestInterimStatusOfAnHTTPHandler(t *testing.T) { // RFC 9110 15.2
	for _, tt := range []struct {
		status       int
		want, logged string
	}{
		{101, "HTTP/1.1 500 ", "101 without Hijack"},
		{103, "HTTP/1.1 200 ", ""}, // net/http sends 103 in front of the 200; see docs/differences.md
	} {
		book := keepLog(t)
		handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(tt.status) })
		conn := dial(t, listen(t, NewApplication([]URLSpec{URL("/", FallbackHandler{Handler: handler})}, Settings{})))
		io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		got, err := io.ReadAll(conn)
		if !strings.HasPrefix(string(got), tt.want) || err != nil {
			t.Errorf("%d: response %q, %v", tt.status, got, err)
		}
		if got := book.without("access"); !strings.Contains(got, tt.logged) {
			t.Errorf("%d: logged %q", tt.status, got)
		}
	}
}

// A refusingUpload streams the body, and refuses the request before the body has arrived.
type refusingUpload struct{ RequestHandler }

func (h *refusingUpload) StreamRequestBody() bool { return true }
func (h *refusingUpload) Prepare() error          { return NewHTTPError(403) }

// A response before the end of the body has "Connection: close" if the request had it.
func TestConnectionHeaderOfAStreamedRefusal(t *testing.T) { // RFC 9112 9.6
	for _, tt := range []struct{ name, path, extra, want string }{
		{"by Prepare", "/refused", "Connection: close\r\n", "close"},
		{"by its path", "/refused/%ff", "Connection: close\r\n", "close"},
		{"no option", "/refused", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			keepLog(t)
			app := NewApplication([]URLSpec{URL("/refused", refusingUpload{}), URL("/refused/(.*)", refusingUpload{})}, Settings{})
			conn := dial(t, listenWith(t, app, httpserver.Options{BodyTimeout: time.Minute}))
			io.WriteString(conn, "POST "+tt.path+" HTTP/1.1\r\nHost: x\r\n"+tt.extra+"Content-Length: 100\r\n\r\nab")
			head, _ := io.ReadAll(conn)
			_, rest, _ := strings.Cut(string(head), "\r\nConnection: ")
			if got, _, _ := strings.Cut(rest, "\r\n"); !strings.HasPrefix(string(head), "HTTP/1.1 40") || got != tt.want {
				t.Errorf("Connection: %q, want %q, in %q", got, tt.want, head)
			}
		})
	}
}
