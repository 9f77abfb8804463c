package websocket_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/gotornado/tornado/websocket"
)

// shutdown begins to shut the server down and returns the outcome.
func (s *server) shutdown(limit time.Duration) chan error {
	ended := make(chan error, 1)
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
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
		ended := s.shutdown(20 * time.Second)
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
	ended := s.shutdown(20 * time.Second)
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
	if err := <-s.shutdown(20 * time.Second); err != nil {
		t.Error(err)
	}
}

func TestAPeerThatDoesNotAnswerIsCutAtTheDeadline(t *testing.T) {
	s, n := serveProbe(t, probe{})
	c := s.connect("/ws")
	s.settle()
	if err := <-s.shutdown(50 * time.Millisecond); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if got := c.reads(); got != "close:1001 END" {
		t.Errorf("read %s", got)
	}
	s.waitClosed(n)
}
