package websocket_test

import (
	"strings"
	"testing"
	"time"
)

// A draft 76 client whose challenge comes after the beginning of Shutdown gets the whole
// handshake, Open and the closing frame. One whose challenge does not come at all does not
// hold up Shutdown for longer than a challenge may take.
func TestShutdownBeforeTheChallenge76(t *testing.T) {
	s, n := serveProbe76(t, probe76{})
	c := s.dial()
	c.write(hello76("/ws"))
	if head := c.head(); !strings.HasPrefix(head, "HTTP/1.1 101 ") {
		t.Fatalf("response %q", head)
	}
	s.settle()
	ended := s.shutdown(20 * time.Second)
	s.settle()
	c.write(challenge)
	got := c.response76() + " " + c.reads76()
	c.write(frames76("close"))
	if err := <-ended; err != nil {
		t.Error(err)
	}
	t.Logf("the client read %q; the handler saw %s", got, s.story(n))
}

func TestShutdownWithoutTheChallenge76(t *testing.T) {
	s, n := serveProbe76(t, probe76{})
	c := s.dial()
	c.write(hello76("/ws"))
	c.head()
	s.settle()
	began := time.Now()
	if err := <-s.shutdown(20 * time.Second); err != nil {
		t.Error(err)
	}
	t.Logf("after %v: the client read %q; the handler saw %s", time.Since(began), c.reads76(), s.story(n))
}
