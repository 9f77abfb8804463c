package websocket_test

import (
	"context"
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/websocket"
)

// shutdown begins to shut the server down and returns the outcome.
func (s *server) shutdown() chan error {
	ended := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), looptest.Patience)
		defer cancel()
		ended <- s.http.Shutdown(ctx)
	}()
	return ended
}

func TestAServerThatShutsDownSaysGoingAway(t *testing.T) {
	for _, tt := range []struct {
		name  string
		probe probe
		story string
	}{
		{"idle", probe{}, "open() lost closed(1001,)"},
		{"Open fails later", probe{open: func(h *probe) error { h.Close(4000, ""); return nil }}, "open() lost closed(1001,)"},
	} {
		s, n := serveProbe(t, tt.probe)
		c := s.connect("/ws")
		s.settle()
		ended := s.shutdown()
		if got := c.read(); got != "close:1001" && tt.probe.open == nil {
			t.Errorf("%s: read %s", tt.name, got)
		}
		c.write(frames("close:1001"))
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if got := s.story(n); got != tt.story {
			t.Errorf("%s: got %s, want %s", tt.name, got, tt.story)
		}
	}
}

func TestAShutdownWaitsForOnMessage(t *testing.T) {
	var g gate
	s, n := serveProbe(t, probe{message: func(h *probe, text string) error {
		g.wait(h)
		return h.WriteMessage(websocket.Text("done"))
	}})
	c := s.connect("/ws")
	c.write(frames("t:a"))
	s.settle()
	ended := s.shutdown()
	if got := c.read(); got != "close:1001" {
		t.Errorf("read %s", got)
	}
	c.write(frames("close:1001"))
	s.settle()
	select {
	case err := <-ended:
		t.Errorf("it did not wait: %v", err)
	default:
	}
	s.do(g.open)
	if err := <-ended; err != nil {
		t.Error(err)
	}
	s.wantStory(n, "open() t:a lost closed(1001,)")
}

func TestConnectionsThatNeverOpenedHoldNoShutdownUp(t *testing.T) {
	s, _ := serveProbe(t, probe{open: func(h *probe) error { return errors.New("no") }})
	c := s.connect("/ws")
	c.reads()
	if err := <-s.shutdown(); err != nil {
		t.Error(err)
	}
}

func TestAPeerThatDoesNotAnswerIsCutAtTheDeadline(t *testing.T) {
	s, n := serveProbe(t, probe{})
	c := s.connect("/ws")
	s.settle()
	ctx, passDeadline := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.http.Shutdown(ctx) }()
	got := c.read()
	passDeadline()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if got += " " + c.reads(); got != "close:1001 END" {
		t.Errorf("read %s", got)
	}
	s.waitClosed(n)
}

// A WebSocket behind middleware, or in an application below a handler of the same loop, is in
// the registry of the server: a shutdown tells it and waits for it.
func TestAShutdownWaitsForWebSocketsBehindMiddleware(t *testing.T) {
	p := probe{notes: newNotes()}
	through := func(next http.Handler) http.Handler { return next }
	var loop atomic.Pointer[ioloop.IOLoop]
	below := func(w http.ResponseWriter, r *http.Request) {
		web.NewApplication([]web.URLSpec{web.URL("/below", p)}, web.Settings{Loop: loop.Load()}).ServeHTTP(w, r)
	}
	for _, path := range []string{"/through", "/below"} {
		for _, limits := range []httpserver.Options{{}, {MaxConnections: 10, MaxConnectionsPerAddress: 10}} {
			s := serveOptions(t, web.Settings{}, limits, web.URL("/through", p, web.Middleware(through)),
				web.URL("/below", web.FallbackHandler{Handler: http.HandlerFunc(below)}))
			loop.Store(s.loop)
			c := s.connect(path)
			s.settle()
			ended := s.shutdown()
			require.Equal(t, "close:1001", c.read(), path)
			select {
			case err := <-ended:
				t.Errorf("%s: Shutdown did not wait: %v", path, err)
			case <-time.After(50 * time.Millisecond):
			}
			c.write(frames("close:1001"))
			require.NoError(t, <-ended, path)
			s.waitClosed(p.notes)
		}
	}
}

// A draft 76 client whose challenge has not come when the server shuts down reads the end of
// the connection at once, and no hook of its handler runs.
func TestShutdownBeforeTheChallenge76(t *testing.T) {
	for _, part := range []string{"", challenge[:4]} {
		p := probe76{probe: probe{notes: newNotes()}}
		s, n := serveStill(t, web.URL("/ws", p)), p.notes // no timeout of the challenge can pass
		c := s.dial()
		c.write(hello76("/ws") + part)
		c.head()
		s.settle()
		if err := <-s.shutdown(); err != nil {
			t.Error(err)
		}
		if got := c.reads76(); got != "END" {
			t.Errorf("the client read %q, want the end of the connection", got)
		}
		s.wantStory(n, "")
	}
}
