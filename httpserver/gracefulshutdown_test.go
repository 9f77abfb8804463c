package httpserver

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/internal/upgrades"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/stretchr/testify/require"
)

// shutdown calls Shutdown with a time limit that is never reached, and returns its error.
func shutdown(s *HTTPServer) error {
	ctx, cancel := context.WithTimeout(context.Background(), looptest.Patience)
	defer cancel()
	return s.Shutdown(ctx)
}

// stoodStill returns the options of a loop whose clock stands still. A connection that ends on
// such a loop has not waited for a timeout.
func stoodStill() ioloop.Options { return ioloop.Options{Clock: looptest.NewManualClock()} }

// A gate makes requests wait until it is opened.
type gate struct {
	entered chan struct{}
	open    chan struct{}
}

func newGate() *gate { return &gate{make(chan struct{}, 100), make(chan struct{})} }

func (g *gate) wait(r *request) {
	g.entered <- struct{}{}
	ioloop.RunInExecutor(r.loop(), func() (struct{}, error) { <-g.open; return struct{}{}, nil }).Await()
}

func TestShutdownClosesIdleConnectionsAtOnce(t *testing.T) {
	s, address := serveOn(t, stoodStill(), &app{respond: sayHi}, Options{})
	c := dial(t, address)
	io.WriteString(c, get)
	io.ReadFull(c, make([]byte, len(okHi)))
	if err := shutdown(s); err != nil {
		t.Error(err)
	}
	if got, err := io.ReadAll(c); len(got) > 0 || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
}

func TestShutdownWaitsForRunningRequests(t *testing.T) {
	const closes = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi"
	for _, tt := range []struct{ name, send, then, want string }{
		{"waits for its handler", get, "", closes},
		{"HTTP/1.0 keep-alive", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "", closes},
		{"a part of a head", "GET / HT", "TP/1.1\r\nHost: x\r\n\r\n", closes},
		{"a part of a body", postHead + "12", "345", closes},
		{"a pipelined request is not served", get + get, "", closes},
	} {
		t.Run(tt.name, func(t *testing.T) {
			g := newGate()
			s, address := serveTicking(t, &app{respond: func(r *request) { g.wait(r); r.reply(200, "hi") }}, Options{})
			c := dial(t, address)
			io.WriteString(c, tt.send)
			require.Eventually(t, func() bool { return s.Connections() == 1 }, looptest.Patience, time.Millisecond)
			if tt.then == "" {
				<-g.entered
			} else {
				waitUntilRead(t, s, tt.send)
			}
			ended := make(chan error)
			go func() { ended <- shutdown(s) }()
			waitUntilDraining(t, s)
			io.WriteString(c, tt.then)
			close(g.open)
			if got, err := io.ReadAll(c); string(got) != tt.want || err != nil {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
}

// onLoop runs fn on the loop of s.
func onLoop(s *HTTPServer, fn func(*connectionTable)) {
	done := make(chan struct{})
	l := s.Loops()[0]
	l.AddCallback(func() {
		defer close(done) // even if fn fails the test
		fn(s.tableOf(l))
	})
	<-done
}

func waitUntilDraining(t *testing.T, s *HTTPServer) {
	require.Eventually(t, func() (draining bool) {
		onLoop(s, func(r *connectionTable) { draining = r.draining })
		return draining
	}, looptest.Patience, time.Millisecond)
}

func waitUntilRead(t *testing.T, s *HTTPServer, sent string) {
	require.Eventually(t, func() (came bool) {
		onLoop(s, func(r *connectionTable) {
			for _, c := range r.connectionsIn(listIdle, listHead) {
				came = came || c.listed == listHead || c.state == readingBody
			}
		})
		return came
	}, looptest.Patience, time.Millisecond, sent)
}

func TestShutdownGivesANewConnectionTimeForItsRequest(t *testing.T) {
	clock := looptest.NewManualClock()
	s, address := serveOn(t, ioloop.Options{Clock: clock}, &app{respond: sayHi}, Options{})
	c, silent := dial(t, address), dial(t, address)
	require.Eventually(t, func() bool { return s.Connections() == 2 }, looptest.Patience, time.Millisecond)
	ended := make(chan error, 1)
	go func() { ended <- shutdown(s) }()
	waitUntilDraining(t, s)
	clock.Advance(firstRequestTime - 1)
	io.WriteString(c, get)
	if got, _ := io.ReadAll(c); !strings.HasSuffix(string(got), "Connection: close\r\n\r\nhi") {
		t.Errorf("got %q", got)
	}
	if n := s.Connections(); n == 0 {
		t.Error("the silent one was closed too early")
	}
	clock.Advance(1)
	if got, err := io.ReadAll(silent); len(got) > 0 || err != nil {
		t.Errorf("the silent one got %q, %v", got, err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestShutdownRefusesNewConnections(t *testing.T) {
	s, address := serveTicking(t, &app{respond: sayHi}, Options{})
	if err := shutdown(s); err != nil {
		t.Fatal(err)
	}
	if c, err := net.Dial("tcp", address); err == nil {
		c.Close()
		t.Error("a connection was accepted")
	}
}

func TestShutdownStopsHardAtItsDeadline(t *testing.T) {
	g := newGate()
	defer close(g.open)
	a := &app{respond: func(r *request) { g.wait(r); r.reply(200, "hi") }}
	s, address := serveTicking(t, a, Options{})
	c := dial(t, address)
	io.WriteString(c, get)
	<-g.entered
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := s.Shutdown(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if got, _ := io.ReadAll(c); len(got) > 0 {
		t.Errorf("got %q", got)
	}
	require.Eventually(t, func() bool { return s.Connections() == 0 }, looptest.Patience, time.Millisecond)
	onLoop(s, func(*connectionTable) {
		if strings.Join(a.events, ",") != "lost /" {
			t.Errorf("the delegate was told %v", a.events)
		}
	})
}

// An upgrader sends 101, detaches the stream, and registers it if retain is set. At a shutdown
// it sends "bye" and calls end.
type upgrader struct {
	request
	retain bool
	end    func(close func())
	stream *iostream.IOStream
	place  int32
}

func (u *upgrader) Finish() {
	conn := u.conn.(*connection)
	conn.WriteHeaders(httputil.ResponseStartLine{Code: 101, Reason: "Switching Protocols"}, &httputil.HTTPHeaders{}, nil)
	conn.Finish()
	u.stream = conn.Detach()
	if u.retain {
		list := upgrades.Add(conn.table.upgraded, u, addressOf(conn))
		u.stream.SetCloseCallback(func() { list.Remove(u) })
	}
	u.stream.ReadUntilClose() // notices the close
}

func (u *upgrader) Place() *int32 { return &u.place }
func (u *upgrader) CloseNow()     { u.stream.Close() }

func (u *upgrader) OnShutdown() {
	u.stream.Send([]byte("bye"))
	u.end(u.stream.CloseWhenFlushed)
}

const switched = "HTTP/1.1 101 Switching Protocols\r\n\r\n"

func serveUpgrader(t *testing.T, loop ioloop.Options, retain bool, end func(close func())) (*HTTPServer, string) {
	t.Helper()
	a := &app{}
	return serveOn(t, loop, delegateFunc(func(c httputil.HTTPConnection) httputil.HTTPMessageDelegate {
		return &upgrader{request: request{app: a, conn: c}, retain: retain, end: end}
	}), Options{MaxConnections: 5})
}

func TestShutdownTellsUpgradedConnections(t *testing.T) {
	clock := looptest.NewManualClock()
	s, address := serveUpgrader(t, ioloop.Options{Clock: clock}, true, func(close func()) { close() })
	c := dial(t, address)
	io.WriteString(c, get)
	io.ReadFull(c, make([]byte, len(switched)))
	clock.Advance(2 * defaultIdleTimeout) // no timeout of HTTP closes it
	err := shutdown(s)
	if got, _ := io.ReadAll(c); string(got) != "bye" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func isTimeout(err error) bool {
	t, ok := err.(interface{ Timeout() bool })
	return ok && t.Timeout()
}

func TestShutdownStopsUpgradedConnectionsAtItsDeadline(t *testing.T) {
	s, address := serveUpgrader(t, ioloop.Options{}, true, func(func()) {})
	c := dial(t, address)
	io.WriteString(c, get)
	io.ReadFull(c, make([]byte, len(switched)))
	ctx, passDeadline := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Shutdown(ctx) }()
	bye := make([]byte, 3)
	io.ReadFull(c, bye)
	passDeadline()
	err := <-ended
	if more, _ := io.ReadAll(c); string(bye) != "bye" || len(more) > 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("got %q and %q, %v", bye, more, err)
	}
}

func TestShutdownDoesNotKnowConnectionsThatAreNotRegistered(t *testing.T) { // http-69
	s, address := serveUpgrader(t, stoodStill(), false, nil)
	c := dial(t, address)
	io.WriteString(c, get)
	io.ReadFull(c, make([]byte, len(switched)))
	if err := shutdown(s); err != nil {
		t.Error(err)
	}
	c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	if _, err := c.Read(make([]byte, 1)); !isTimeout(err) {
		t.Errorf("read: %v", err)
	}
}

func TestCloseAllConnections(t *testing.T) { // http-69
	g := newGate()
	defer close(g.open)
	s, address := serveTicking(t, &app{respond: func(r *request) { g.wait(r) }}, Options{})
	busy, idle, half := dial(t, address), dial(t, address), dial(t, address)
	io.WriteString(busy, get)
	io.WriteString(half, "GET")
	<-g.entered
	require.Eventually(t, func() bool { return s.Connections() == 3 }, looptest.Patience, time.Millisecond)
	s.CloseAllConnections()
	for i, c := range []io.Reader{busy, idle, half} {
		if got, _ := io.ReadAll(c); len(got) > 0 {
			t.Errorf("%d got %q", i, got)
		}
	}
	if c, err := net.Dial("tcp", address); err != nil {
		t.Errorf("it does not accept any more: %v", err)
	} else {
		c.Close()
	}
	upgradedServer, address := serveUpgrader(t, ioloop.Options{}, true, nil)
	c := dial(t, address)
	io.WriteString(c, get)
	io.ReadFull(c, make([]byte, len(switched)))
	upgradedServer.CloseAllConnections()
	onLoop(upgradedServer, func(*connectionTable) {})
	c.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
	if _, err := c.Read(make([]byte, 1)); !isTimeout(err) {
		t.Errorf("an upgraded connection was closed: %v", err)
	}
}

func TestShutdownOfManyLoopsUnderLoad(t *testing.T) {
	const loops, clients = 3, 12
	l, err := ioloop.New(ioloop.Options{Debug: true, SlowCallback: time.Minute, CoarseTick: 2 * time.Millisecond})
	require.NoError(t, err)
	s := New(&app{respond: sayHi}, Options{Loop: l})
	bound, err := s.Bind(0, "127.0.0.1")
	require.NoError(t, err)
	require.NoError(t, s.Start(loops))
	looptest.Start(t, l)

	failed := make(chan error, clients)
	warm := make(chan struct{}, clients)
	for range clients {
		go func() { // sends requests until the connection ends, which must be between two responses
			c, err := net.Dial("tcp", bound.String())
			if err != nil {
				failed <- err
				return
			}
			defer c.Close()
			r := bufio.NewReader(c)
			for n := 0; ; n++ {
				io.WriteString(c, get)
				response, err := http.ReadResponse(r, nil)
				if n == 3 {
					warm <- struct{}{}
				}
				if err != nil {
					if errors.Is(err, io.ErrUnexpectedEOF) && r.Buffered() > 0 {
						failed <- err
						return
					}
					failed <- nil // closed while idle
					return
				}
				body, err := io.ReadAll(response.Body)
				if err != nil || string(body) != "hi" {
					failed <- errors.Join(errors.New(string(body)), err)
					return
				}
				if response.Close {
					failed <- nil
					return
				}
			}
		}()
	}
	for range clients {
		<-warm
	}
	if err := shutdown(s); err != nil {
		t.Error(err)
	}
	for range clients {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
	if n := s.Connections(); n != 0 {
		t.Errorf("%d connections are left", n)
	}
	if err := shutdown(s); err != nil {
		t.Errorf("a second Shutdown: %v", err)
	}
}

func TestShutdownOfAClosedLoop(t *testing.T) {
	s, _ := serveTicking(t, &app{respond: sayHi}, Options{})
	l := s.Loops()[0]
	l.CloseAll()
	<-l.Context().Done()
	if err := shutdown(s); err != nil {
		t.Error(err)
	}
}

// A hearer has a method OnShutdown.
type hearer struct {
	request
	heard *ioloop.Future[struct{}]
}

func (h *hearer) OnShutdown() { h.heard.SetResult(struct{}{}) }

func (h *hearer) Finish() {
	h.heard.Await()
	h.reply(200, "hi")
}

func TestShutdownTellsDelegatesWithOnShutdown(t *testing.T) {
	s, address := serveOn(t, ioloop.Options{}, delegateFunc(func(c httputil.HTTPConnection) httputil.HTTPMessageDelegate {
		r := request{app: &app{}, conn: c}
		return &hearer{r, ioloop.NewFuture[struct{}](r.loop())}
	}), Options{})
	c := dial(t, address)
	io.WriteString(c, get)
	require.Eventually(t, func() (busy bool) {
		onLoop(s, func(r *connectionTable) {
			for _, c := range r.connectionsIn(listIdle) {
				busy = busy || c.awaitsServer()
			}
		})
		return busy
	}, looptest.Patience, time.Millisecond)
	if err := shutdown(s); err != nil {
		t.Error(err)
	}
	if got, _ := io.ReadAll(c); !strings.HasSuffix(string(got), "hi") {
		t.Errorf("got %q", got)
	}
}
