package websocket_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/websocket"
)

// A member joins a group when it opens.
type member struct {
	probe
	group    *websocket.Group
	options  *websocket.CompressionOptions
	allow76  bool
	limits   websocket.SendLimits
	shutdown func(h *member)
}

func (h *member) Open(args ...string) error                            { h.group.Add(h); return nil }
func (h *member) GetCompressionOptions() *websocket.CompressionOptions { return h.options }
func (h *member) AllowDraft76() bool                                   { return h.allow76 }
func (h *member) SendLimits() websocket.SendLimits                     { return h.limits }

func (h *member) OnShutdown() {
	if h.shutdown != nil {
		h.shutdown(h)
		return
	}
	h.WebSocketHandler.OnShutdown()
}

func newMember(g *websocket.Group) member { return member{probe: probe{notes: newNotes()}, group: g} }

// waitFor waits until so many are members.
func waitFor(t *testing.T, g *websocket.Group, n int) {
	t.Helper()
	require.Eventually(t, func() bool { return g.Len() == n }, looptest.Patience, time.Millisecond)
}

// Members of two loops get the broadcasts of each sender in order. A member that does not read
// delays no other.
func TestBroadcastAcrossLoops(t *testing.T) {
	g := new(websocket.Group)
	slow := newMember(g)
	slow.limits = websocket.SendLimits{MaxBuffered: 1 << 20, WhenFull: websocket.DropOldest}
	a := serve(t, web.URL("/ws", newMember(g)), web.URL("/slow", slow))
	b := serve(t, web.URL("/ws", newMember(g)))
	a.connect("/slow")
	clients := []*client{a.connect("/ws"), a.connect("/ws"), b.connect("/ws")}
	waitFor(t, g, 4)

	const senders, each = 3, 100
	filler := strings.Repeat("x", 32<<10)
	var sending sync.WaitGroup
	for sender := range senders {
		sending.Go(func() {
			for i := range each {
				g.Broadcast(websocket.Text(fmt.Sprint(sender, " ", i, " ", filler)))
			}
		})
	}
	for _, c := range clients {
		var next [senders]int
		for range senders * each {
			var sender, i int
			word := c.read()
			if _, err := fmt.Sscanf(word, "t:%d %d", &sender, &i); err != nil || i != next[sender] {
				t.Fatalf("got %.20s, want number %v", word, next)
			}
			next[sender]++
		}
	}
	sending.Wait()
	for _, c := range clients {
		c.Close()
	}
	waitFor(t, g, 1)
}

func TestMembership(t *testing.T) {
	g, other := new(websocket.Group), new(websocket.Group)
	m := newMember(g)
	m.message = func(h *probe, text string) error {
		self := h.Self().(*member)
		switch text {
		case "leave":
			g.Remove(self)
			g.Remove(self)
		case "join":
			g.Add(self)
			g.Add(self)
			other.Add(self)
		}
		return h.WriteMessage(websocket.Text(fmt.Sprint(g.Len(), other.Len())))
	}
	s := serve(t, web.URL("/ws", m))
	c := s.connect("/ws")
	c.write(frames("t:x t:leave t:join t:leave"))
	for _, want := range []string{"t:1 0", "t:0 0", "t:1 1", "t:0 1"} {
		if got := c.read(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	g.Broadcast(websocket.Text("no member gets it"))
	other.Broadcast(websocket.Text("heard"))
	if got := c.read(); got != "t:heard" {
		t.Errorf("got %s", got)
	}
	c.Close()
	waitFor(t, other, 0)
	if got := g.Loops(); got != 0 {
		t.Errorf("an empty group knows %d loops", got)
	}
	failing := newMember(g)
	failing.message = nil
	f := serve(t, web.URL("/ws", joinAndFail{failing}))
	f.connect("/ws").reads()
	if g.Len() != 0 {
		t.Error("a handler whose Open failed is a member")
	}
}

type joinAndFail struct{ member }

func (h *joinAndFail) Open(args ...string) error { h.group.Add(h); return errors.New("no") }

// A prepared message is encoded once for all receivers of a kind. Messages before and after it
// can be decompressed.
func TestPrepared(t *testing.T) {
	g := new(websocket.Group)
	plain, compressed := newMember(g), newMember(g)
	plain.allow76, compressed.options = true, &websocket.CompressionOptions{}
	s := serve(t, web.URL("/ws", plain), web.URL("/compressed", compressed))
	long := strings.Repeat("a long message, ", 5000)
	for _, text := range []string{"", "short and short and short", long} {
		p := websocket.Prepare(websocket.Text(text))
		if p.Message().String() != text {
			t.Error("another message")
		}
		require.NoError(t, run(t, func(l *ioloop.IOLoop) error {
			var all []*websocket.ClientConnection
			for i := range 6 {
				path, o := "/ws", websocket.ConnectOptions{}
				if i%2 == 1 {
					path, o = "/compressed", websocket.ConnectOptions{Compression: &websocket.CompressionOptions{}}
				}
				c, err := websocket.Connect(l, "ws://"+s.address+path, o).Await()
				if err != nil {
					return err
				}
				all = append(all, c)
			}
			for g.Len() < 6 {
				ioloop.Sleep(l, time.Millisecond).Await()
			}
			for range 2 {
				for _, c := range all { // a context, before and after
					c.WritePrepared(p)
					if m, err := c.ReadMessage().Await(); err != nil || m.String() != text {
						return fmt.Errorf("echo: %w, %d bytes", err, len(m.Data))
					}
				}
				g.BroadcastPrepared(p)
				g.Broadcast(websocket.Text(text + " and more")) // later messages must not refer to it
				for _, c := range all {
					for _, want := range []string{text, text + " and more"} {
						if m, err := c.ReadMessage().Await(); err != nil || m.String() != want || m.Binary {
							return fmt.Errorf("broadcast: %w, %d bytes", err, len(m.Data))
						}
					}
				}
			}
			for _, c := range all {
				c.Close(1000, "")
			}
			return nil
		}))
		if got := p.Forms(); got != 2 { // one compressed form with the server's window, and one with the client's
			t.Errorf("%d forms", got)
		}
		waitFor(t, g, 0)
	}
	c := s.dial()
	c.write(hello76("/ws") + challenge)
	c.head()
	c.response76()
	waitFor(t, g, 1)
	p := websocket.Prepare(websocket.Text("for 2010"))
	g.BroadcastPrepared(p)
	g.Broadcast(websocket.Binary([]byte("not for 2010")))
	g.BroadcastPrepared(p)
	if got := c.read76() + " " + c.read76(); got != "t:for 2010 t:for 2010" {
		t.Errorf("draft 76: %s", got)
	}
}

func TestDrainOfAGroup(t *testing.T) {
	g := new(websocket.Group)
	s := serve(t, web.URL("/ws", newMember(g)))
	polite, late := s.connect("/ws"), s.dial()
	waitFor(t, g, 1)
	require.Error(t, g.Drain(context.Background(), 1005, ""))
	drained := make(chan error)
	go func() { drained <- g.Drain(context.Background(), 1001, "bye") }()
	if got := polite.read(); got != "close:1001:bye" {
		t.Errorf("got %s", got)
	}
	late.write(hello("/ws"))
	late.head()
	if got := late.read(); got != "close:1001:bye" {
		t.Errorf("the late member got %s", got)
	}
	for _, c := range []*client{polite, late} {
		c.write(frames("close:1001"))
		c.reads()
	}
	require.NoError(t, <-drained)
	require.NoError(t, g.Drain(context.Background(), 1001, ""))

	s.connect("/ws") // does not answer
	waitFor(t, g, 1)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	require.ErrorIs(t, g.Drain(ctx, 1001, ""), context.DeadlineExceeded)
	waitFor(t, g, 0)
}

// A handler that is added while Drain begins is closed too. The test holds the group's mutex for
// more than a millisecond, so that the mutex then passes to its waiters in order.
func TestWhoJoinsWhileDrainBegins(t *testing.T) {
	g := new(websocket.Group)
	joining := make(chan struct{})
	s := serve(t, web.URL("/ws", joinAndTell{newMember(g), joining}))
	c := s.connect("/ws")
	release := g.Hold()
	drained := make(chan error)
	go func() { drained <- g.Drain(context.Background(), 1001, "bye") }()
	time.Sleep(5 * time.Millisecond)
	c.write(frames("t:join"))
	<-joining
	time.Sleep(5 * time.Millisecond)
	release()
	release = g.Hold()
	time.Sleep(5 * time.Millisecond)
	release()
	if got := c.read(); got != "close:1001:bye" {
		t.Errorf("got %s", got)
	}
	c.write(frames("close:1001"))
	c.reads()
	require.NoError(t, <-drained)
}

// joinAndTell joins at its first message.
type joinAndTell struct {
	member
	joining chan struct{}
}

func (h *joinAndTell) Open(args ...string) error { return nil }
func (h *joinAndTell) OnMessage(websocket.Message) error {
	h.joining <- struct{}{}
	h.group.Add(h)
	return nil
}

// Broadcast reaches the sockets that are members when the loop sends the message. Those that were
// members at the call may have left.
func TestBroadcastToWhoCameMeanwhile(t *testing.T) {
	g := new(websocket.Group)
	var leaver *member
	m := newMember(g)
	m.message = func(h *probe, text string) error {
		self := h.Self().(*member)
		if text == "first" {
			leaver = self
			return h.WriteMessage(websocket.Text("alone"))
		}
		g.Remove(self)
		g.Broadcast(websocket.Text("news"))
		g.Remove(leaver)
		g.Add(self)
		return nil
	}
	s := serve(t, web.URL("/ws", m))
	c := s.connect("/ws")
	c.write(frames("t:first"))
	c.read()
	other := s.connect("/ws")
	other.write(frames("t:swap"))
	if got := other.read(); got != "t:news" {
		t.Errorf("got %s", got)
	}
}

// When the server shuts down, it closes WebSockets with 1001 and waits for them.
func TestShutdownOfTheServer(t *testing.T) {
	g := new(websocket.Group)
	talkative := newMember(g)
	talkative.shutdown = func(h *member) {
		h.WriteMessage(websocket.Text("back soon"))
		h.Close(websocket.CloseServiceRestart, "")
	}
	l, err := ioloop.New(ioloop.Options{Debug: true, SlowCallback: time.Minute})
	require.NoError(t, err)
	app := web.NewApplication([]web.URLSpec{web.URL("/ws", newMember(g)), web.URL("/talkative", talkative)}, web.Settings{})
	web := httpserver.New(app, httpserver.Options{Loop: l})
	bound, err := web.Listen(0, "127.0.0.1")
	require.NoError(t, err)
	stopped := make(chan struct{})
	go func() { l.Start(); close(stopped) }()
	defer func() { l.Close(); <-stopped }()
	s := &server{t: t, loop: l, address: bound.String()}
	c, other, gone := s.connect("/ws"), s.connect("/talkative"), s.connect("/ws")
	waitFor(t, g, 3)
	gone.Close()
	waitFor(t, g, 2)
	down := make(chan error)
	go func() { down <- web.Shutdown(context.Background()) }()
	for _, tt := range []struct {
		c    *client
		want string
	}{{c, "close:1001"}, {other, "t:back soon"}, {other, "close:1012"}} {
		if got := tt.c.read(); got != tt.want {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
	select {
	case <-down:
		t.Error("Shutdown did not wait")
	default:
	}
	c.write(frames("close:1001"))
	other.write(frames("close:1012"))
	require.NoError(t, <-down)
}

// Messages that many goroutines post arrive, and those of each goroutine in its order.
func TestPosts(t *testing.T) {
	opened := make(chan *member, 1)
	g := new(websocket.Group)
	m := newMember(g)
	s := serve(t, web.URL("/ws", posting{m, opened, nil}))
	var early websocket.WebSocketHandler
	if err := early.PostClose(1000, ""); !errors.As(err, new(*websocket.WebSocketClosedError)) {
		t.Errorf("before the upgrade: %v", err)
	}
	c := s.connect("/ws")
	h := <-opened
	const senders, each = 4, 200
	var posting sync.WaitGroup
	for sender := range senders {
		posting.Go(func() {
			for i := range each {
				m := websocket.Text(fmt.Sprint(sender, " ", i))
				if i%2 == 0 {
					h.PostMessage(m)
				} else {
					h.PostPrepared(websocket.Prepare(m))
				}
			}
		})
	}
	var next [senders]int
	for range senders * each {
		var sender, i int
		word := c.read()
		if _, err := fmt.Sscanf(word, "t:%d %d", &sender, &i); err != nil || i != next[sender] {
			t.Fatalf("got %.20s, want number %v", word, next)
		}
		next[sender]++
	}
	posting.Wait()
	require.Error(t, h.PostPing(make([]byte, 126)))
	require.Error(t, h.PostClose(1005, ""))
	require.NoError(t, h.PostPing([]byte("p")))
	require.NoError(t, h.PostClose(4000, "posted"))
	if got := c.read() + " " + c.read(); got != "ping:p close:4000:posted" {
		t.Errorf("got %s", got)
	}
	c.write(frames("close:4000"))
	s.waitClosed(m.notes)
	h.PostMessage(websocket.Text("too late"))
	s.settle()

	hold, release := make(chan struct{}), make(chan struct{})
	s.loop.AddCallback(func() { close(hold); <-release })
	<-hold
	large := websocket.Binary(make([]byte, 6<<20))
	errs := []error{h.PostMessage(large), h.PostMessage(large), h.PostMessage(large), h.PostMessage(websocket.Text("x"))}
	close(release)
	if errs[0] != nil || errs[1] != nil || errs[2] != websocket.ErrSendQueueFull || errs[3] != nil {
		t.Errorf("with 12 MiB on their way: %v", errs)
	}
}

// Another goroutine may call PostMessage from Prepare on. It gets an error until the upgrade.
func TestPostsDuringTheUpgrade(t *testing.T) {
	opened := make(chan *member, 1)
	posted := make(chan error, 1)
	s := serve(t, web.URL("/ws", posting{newMember(new(websocket.Group)), opened, posted}))
	c := s.connect("/ws")
	<-opened
	if got := c.read(); got != "t:at last" {
		t.Errorf("got %s", got)
	}
	if err := <-posted; !errors.As(err, new(*websocket.WebSocketClosedError)) {
		t.Errorf("before the upgrade: %v", err)
	}
}

type posting struct {
	member
	opened chan *member
	early  chan error // the error of the first PostMessage, which a goroutine of Prepare calls
}

func (h *posting) Prepare() error {
	if h.early == nil {
		return nil
	}
	first := make(chan bool)
	go func() {
		h.early <- h.PostMessage(websocket.Text("too early"))
		close(first)
		for h.PostMessage(websocket.Text("at last")) != nil {
			runtime.Gosched()
		}
	}()
	<-first
	return nil
}

func (h *posting) Open(args ...string) error { h.opened <- &h.member; return nil }
