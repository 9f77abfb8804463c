package websocket_test

import (
	"bufio"
	"crypto/sha1"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/websocket"
)

// run runs fn in a coroutine of a loop of its own, in debug mode.
func run(t testing.TB, fn func(l *ioloop.IOLoop) error) error {
	t.Helper()
	return runWith(t, ioloop.Options{CoarseTick: time.Millisecond}, fn)
}

// runWith is run on a loop with options.
func runWith(t testing.TB, o ioloop.Options, fn func(l *ioloop.IOLoop) error) error {
	t.Helper()
	l := looptest.NewWith(t, o)
	defer l.Close()
	limit := looptest.Patience
	if o.Clock != nil {
		limit = 0 // the test may move the clock further
	}
	_, err := ioloop.RunSync(l, limit, func() (struct{}, error) { return struct{}{}, fn(l) })
	return err
}

// scripted starts a server that reads a request and responds with script. ACCEPT in script stands
// for the right value of Sec-WebSocket-Accept. The server then waits until the client closes,
// unless script ends in CLOSE.
func scripted(t testing.TB, script string) (url string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				request, err := http.ReadRequest(bufio.NewReader(c))
				if err != nil {
					return
				}
				sum := sha1.Sum([]byte(request.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
				text, hangUp := strings.CutSuffix(script, "CLOSE")
				io.WriteString(c, strings.ReplaceAll(text, "ACCEPT", base64.StdEncoding.EncodeToString(sum[:])))
				if !hangUp {
					io.Copy(io.Discard, c)
				}
			}()
		}
	}()
	return "ws://" + listener.Addr().String() + "/"
}

const good101 = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ACCEPT\r\n"

// Each row is a response of a server, and the result of Connect.
func TestConnectOutcomes(t *testing.T) {
	for _, tt := range []struct{ name, script, want string }{
		{"101", good101 + "\r\n", "open"},
		{"early hints before it", "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + good101 + "\r\n", "open"},
		{"ws-63 forbidden", "HTTP/1.1 403 Forbidden\r\nContent-Length: 4\r\nX-Why: x\r\n\r\nno!!", "403 Forbidden body=no!! why=x"},
		{"ws-63 chunked", "HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nno\r\n0\r\n\r\n", "404 Not Found body=no why="},
		{"ws-63 up to the end", "HTTP/1.1 500 Oh\r\n\r\nnoCLOSE", "500 Oh body=no why="},
		{"ws-63 a body that never ends", "HTTP/1.1 500 Oh\r\nContent-Length: 9\r\n\r\nno", "500 Oh body=no why="},
		{"ws-63 a large body", "HTTP/1.1 500 Oh\r\nContent-Length: 900000\r\n\r\n" + strings.Repeat("x", 20000), "500 Oh body=" + strings.Repeat("x", 4096) + " why="},
		{"ws-63 non-websocket response", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "200 OK body= why="},
		{"ws-62 redirect", "HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", "302 Found body= why="},
		{"ws-64 wrong accept", strings.Replace(good101, "ACCEPT", "AAAA", 1) + "\r\n", "101 Switching Protocols fault"},
		{"ws-64 no upgrade", strings.Replace(good101, "Upgrade: websocket\r\n", "", 1) + "\r\n", "101 Switching Protocols fault"},
		{"ws-64 extension", good101 + "Sec-WebSocket-Extensions: x-other\r\n\r\n", "101 Switching Protocols fault"},
		{"ws-63 closed", "CLOSE", "closed"},
		{"ws-63 closed within the head", "HTTP/1.1 101 SwiCLOSE", "closed"},
		{"no HTTP", "hello\r\n\r\n", "error"},
		{"bare LF", strings.ReplaceAll(good101+"\r\n", "\r", ""), "error"},
		{"bare LF in one line", "HTTP/1.1 101 X\r\nUpgrade: websocket\nConnection: Upgrade\r\n", "error"},
		{"SSH", "SSH-2.0-OpenSSH_9.2\r\n", "error"},
		{"SMTP", "220 mail", "error"},
		{"TLS", "\x15\x03\x01\x00\x02", "error"},
		{"a head without end", "HTTP/1.1 101 X\r\nX: " + strings.Repeat("x", 70000), "error"},
		{"ws-68 silence", "", "timeout"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			url := scripted(t, tt.script)
			timeout := looptest.Patience
			switch {
			case tt.want == "timeout":
				timeout = 200 * time.Millisecond
			case strings.Contains(tt.name, "never ends"):
				timeout = 2 * time.Second // until which the head must arrive
			}
			err := run(t, func(l *ioloop.IOLoop) error {
				_, err := websocket.Connect(l, url, websocket.ConnectOptions{ConnectTimeout: timeout}).Await()
				return err
			})
			if got := connectOutcome(err); got != tt.want {
				t.Errorf("got %.200s (%v), want %.200s", got, err, tt.want)
			}
		})
	}
}

func connectOutcome(err error) string {
	refused, isRefusal := errors.AsType[*websocket.HandshakeError](err)
	switch {
	case err == nil:
		return "open"
	case isRefusal && refused.Err != nil:
		return fmt.Sprintf("%d %s fault", refused.StatusCode, refused.Reason)
	case isRefusal:
		return fmt.Sprintf("%d %s body=%s why=%s", refused.StatusCode, refused.Reason, refused.Body, refused.Headers.Get("X-Why"))
	case errors.Is(err, ioloop.ErrTimeout):
		return "timeout"
	case errors.As(err, new(*iostream.StreamClosedError)):
		return "closed"
	}
	return "error"
}

func TestConnectToNobody(t *testing.T) { // ws-63
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	listener.Close()
	err = run(t, func(l *ioloop.IOLoop) error {
		_, err := websocket.Connect(l, "ws://"+listener.Addr().String(), websocket.ConnectOptions{}).Await()
		return err
	})
	if !errors.As(err, new(*net.OpError)) {
		t.Errorf("got %v", err)
	}
}

func TestConnectIsCancelled(t *testing.T) {
	url := scripted(t, "")
	err := run(t, func(l *ioloop.IOLoop) error {
		f := websocket.Connect(l, url, websocket.ConnectOptions{})
		ioloop.Sleep(l, 20*time.Millisecond).Await()
		f.Cancel()
		_, err := f.Await()
		return err
	})
	if !errors.Is(err, ioloop.ErrCancelled) {
		t.Errorf("got %v", err)
	}
}

// Frames that arrive in the same packet as the 101 are kept until ReadMessage is called.
func TestReadMessage(t *testing.T) { // ws-66
	url := scripted(t, good101+"\r\n\x81\x01a\x82\x01b\x81\x01c\x89\x00\x88\x05\x0f\xa1bye")
	var got []string
	require.NoError(t, run(t, func(l *ioloop.IOLoop) error {
		c, err := websocket.Connect(l, url, websocket.ConnectOptions{}).Await()
		if err != nil {
			return err
		}
		for {
			m, err := c.ReadMessage().Await()
			if err != nil {
				got = append(got, err.Error())
				break
			}
			got = append(got, describe(m))
		}
		_, err = c.ReadMessage().Await()
		got = append(got, err.Error(), fmt.Sprintf("%d %s %v %v", c.CloseCode(), c.CloseReason(), c.Closed(), c.Err()))
		return nil
	}))
	if want := []string{"t:a", "b:b", "t:c", "EOF", "EOF", "4001 bye true <nil>"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestOnMessageOfAClient(t *testing.T) { // ws-67
	url := scripted(t, good101+"\r\n\x81\x01a\x82\x01b\x88\x00")
	var got []string
	require.NoError(t, run(t, func(l *ioloop.IOLoop) error {
		ended := ioloop.NewFuture[struct{}](l)
		_, err := websocket.Connect(l, url, websocket.ConnectOptions{OnMessage: func(m *websocket.Message) {
			if m == nil {
				got = append(got, "nil")
				ended.SetResult(struct{}{})
				return
			}
			got = append(got, describe(*m))
		}}).Await()
		if err != nil {
			return err
		}
		_, err = ended.Await()
		return err
	}))
	if want := "t:a b:b nil"; strings.Join(got, " ") != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A server that breaks the protocol gets a close frame that names the fault.
func TestClientFaults(t *testing.T) {
	for _, tt := range []struct{ name, sent, want string }{
		{"a masked frame", "\x81\x81\x00\x00\x00\x00a", "1002"},
		{"text that is not UTF-8", "\x81\x01\xff", "1007"},
		{"ws-68 a message above the limit", "\x82\x7e\x01\x00", "1009"},
		{"compression that was not agreed on", "\xc1\x01a", "1002"},
	} {
		url := scripted(t, good101+"\r\n"+tt.sent)
		require.NoError(t, run(t, func(l *ioloop.IOLoop) error {
			c, err := websocket.Connect(l, url, websocket.ConnectOptions{MaxMessageSize: 100}).Await()
			if err != nil {
				return err
			}
			_, err = c.ReadMessage().Await()
			fault, ok := errors.AsType[*websocket.ProtocolError](c.Err())
			if err != io.EOF || !ok || fmt.Sprint(fault.Code) != tt.want {
				t.Errorf("%s: got %v, %v", tt.name, err, c.Err())
			}
			return nil
		}))
	}
}

// A client of this package talks to a server of this package, with and without compression.
func TestClientAndServer(t *testing.T) {
	for _, compression := range []*websocket.CompressionOptions{nil, {}} {
		n := newNotes()
		p := probe{notes: n, subprotocol: func(offered []string) string { return offered[1] }}
		s := serve(t, web.URL("/ws", compressing{probe: p}))
		var pongs []string
		require.NoError(t, run(t, func(l *ioloop.IOLoop) error {
			c, err := websocket.Connect(l, "ws://"+s.address+"/ws", websocket.ConnectOptions{
				Subprotocols: []string{"a", "b"}, Compression: compression,
				Headers: httputil.NewHTTPHeaders([]httputil.Field{{Name: "X-Test", Value: "hello"}}),
				OnPong:  func(data []byte) { pongs = append(pongs, string(data)) },
			}).Await()
			if err != nil {
				return err
			}
			if got := c.SelectedSubprotocol(); got != "b" {
				t.Errorf("subprotocol %q", got)
			}
			if got := c.Headers().Get("Sec-Websocket-Extensions") != ""; got != (compression != nil) {
				t.Errorf("compression agreed on: %v", got)
			}
			for _, size := range []int{0, 1, 125, 126, 1000, 1000, 65535, 65536, 1 << 20} { // ws-65
				for _, m := range []websocket.Message{websocket.Text(strings.Repeat("x", size)), websocket.Binary(make([]byte, size))} {
					require.NoError(t, c.WriteMessage(m))
					got, err := c.ReadMessage().Await()
					if err != nil || got.Binary != m.Binary || got.String() != m.String() {
						t.Errorf("%d bytes: %v, %d bytes came back", size, err, len(got.Data))
					}
				}
			}
			require.NoError(t, c.Ping([]byte("p")))
			require.Error(t, c.Ping(make([]byte, 126))) // ws-44
			for range 3 {
				c.ReadMessage().Cancel() // takes no message
			}
			if waiting := c.Readers(); waiting > 1 {
				t.Errorf("%d cancelled reads are held", waiting)
			}
			require.NoError(t, c.WriteMessage(websocket.Text("last")))
			if m, _ := c.ReadMessage().Await(); m.String() != "last" {
				t.Errorf("after a cancelled read: %q", m.String())
			}
			require.Error(t, c.Close(1005, ""))
			require.NoError(t, c.Close(4000, "done"))
			_, err = c.ReadMessage().Await()
			if err != io.EOF || c.CloseCode() != 4000 {
				t.Errorf("after Close: %v, %d", err, c.CloseCode())
			}
			if err := c.WriteMessage(websocket.Text("x")); !errors.As(err, new(*websocket.WebSocketClosedError)) {
				t.Errorf("write after close: %v", err)
			}
			return nil
		}))
		if !slices.Equal(pongs, []string{"p"}) {
			t.Errorf("pongs %q", pongs)
		}
		s.waitClosed(n)
		if story := s.story(n); !strings.HasSuffix(story, "closed(4000,done)") {
			t.Errorf("the server saw %.100q", story)
		}
	}
}

// The client reads one message ahead. Then it stops reading from the server, and no message is
// lost.
func TestAClientThatDoesNotRead(t *testing.T) { // ws-66
	n := newNotes()
	var server *probe
	s := serve(t, web.URL("/ws", probe{notes: n, open: func(h *probe) error {
		server = h
		for i := range 40 {
			if err := h.WriteMessage(websocket.Text(fmt.Sprint(i, strings.Repeat("x", 1<<19)))); err != nil {
				return err
			}
		}
		return h.Close(1000, "")
	}}))
	require.NoError(t, run(t, func(l *ioloop.IOLoop) error {
		c, err := websocket.Connect(l, "ws://"+s.address+"/ws", websocket.ConnectOptions{}).Await()
		if err != nil {
			return err
		}
		ioloop.Sleep(l, 50*time.Millisecond).Await()
		s.do(func() {
			if server.BufferedAmount() == 0 {
				t.Error("all 40 messages were read")
			}
		})
		for i := range 40 {
			m, err := c.ReadMessage().Await()
			if want := fmt.Sprint(i, "x"); err != nil || !strings.HasPrefix(m.String(), want) {
				return fmt.Errorf("message %d: %w, %.10q", i, err, m.String())
			}
		}
		if _, err = c.ReadMessage().Await(); err != io.EOF || c.CloseCode() != 1000 {
			t.Errorf("at the end: %v, %d", err, c.CloseCode())
		}
		return nil
	}))
}

// A client and a server that both have much to send do not wait for each other to read.
func TestBothEndsSendMuch(t *testing.T) {
	const each = 64
	large := websocket.Binary(make([]byte, 512<<10))
	p := probe{notes: newNotes()}
	p.open = func(h *probe) error {
		for range each {
			h.WriteMessage(large)
		}
		return nil
	}
	heard := 0
	p.message = func(h *probe, text string) error { heard++; return nil }
	s := serve(t, web.URL("/ws", p))
	still := ioloop.Options{Clock: looptest.NewManualClock()} // the clock stands still, so the client waits as long as the server needs to read
	require.NoError(t, runWith(t, still, func(l *ioloop.IOLoop) error {
		c, err := websocket.Connect(l, "ws://"+s.address+"/ws", websocket.ConnectOptions{}).Await()
		if err != nil {
			return err
		}
		for range each {
			if err := c.WriteMessage(large); err != nil {
				return err
			}
		}
		for i := range each {
			if _, err := c.ReadMessage().Await(); err != nil {
				return fmt.Errorf("message %d: %w", i, err)
			}
		}
		c.Close(1000, "")
		_, err = c.ReadMessage().Await()
		if err != io.EOF || c.CloseCode() != 1000 {
			t.Errorf("at the end: %v, %d", err, c.CloseCode())
		}
		return nil
	}))
	s.waitClosed(p.notes)
	s.do(func() {
		if heard != each {
			t.Errorf("the server heard %d messages", heard)
		}
	})
}

// A server that sends pings without reading cannot make the client queue pongs without limit.
func TestAServerThatPingsWithoutReading(t *testing.T) {
	const pings = 50_000 // the pings are sent in one Write; the buffers of the sockets hold them all
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	blocked, done := make(chan struct{}), make(chan struct{})
	defer close(done)
	go func() {
		c, err := listener.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		request, _ := http.ReadRequest(bufio.NewReader(c))
		sum := sha1.Sum([]byte(request.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
		io.WriteString(c, strings.ReplaceAll(good101, "ACCEPT", base64.StdEncoding.EncodeToString(sum[:]))+"\r\n")
		<-blocked
		go io.WriteString(c, strings.Repeat("\x89\x04ping", pings))
		<-done
	}()
	heard := 0
	require.NoError(t, run(t, func(l *ioloop.IOLoop) error {
		c, err := websocket.Connect(l, "ws://"+listener.Addr().String(), websocket.ConnectOptions{
			OnPing: func([]byte) { heard++ },
		}).Await()
		if err != nil {
			return err
		}
		c.WriteMessage(websocket.Binary(make([]byte, 32<<20)))
		close(blocked)
		for heard < 200 {
			ioloop.Sleep(l, time.Millisecond).Await()
		}
		ioloop.Sleep(l, 100*time.Millisecond).Await() // for those that should not be heard
		return nil
	}))
	if heard > pings/2 {
		t.Errorf("%d pings were answered", heard)
	}
}

func TestClientClosesWithUnreadMessages(t *testing.T) {
	s, n := serveProbe(t, probe{})
	require.NoError(t, run(t, func(l *ioloop.IOLoop) error {
		c, err := websocket.Connect(l, "ws://"+s.address+"/ws", websocket.ConnectOptions{}).Await()
		if err != nil {
			return err
		}
		for i := range 5 {
			c.WriteMessage(websocket.Text(fmt.Sprint(i)))
		}
		ioloop.Sleep(l, 20*time.Millisecond).Await()
		c.Close(4000, "")
		for !c.Closed() {
			ioloop.Sleep(l, time.Millisecond).Await()
		}
		var got string
		for {
			m, err := c.ReadMessage().Await()
			if err != nil {
				break
			}
			got += m.String()
		}
		if got != "01234" || c.CloseCode() != 4000 {
			t.Errorf("read %q, code %d", got, c.CloseCode())
		}
		return nil
	}))
	s.waitClosed(n)
}

// A client that CloseWhenFull closes goes on reading until the server's close frame.
func TestClientClosedByItsLimits(t *testing.T) {
	var g gate
	n := newNotes()
	s := serve(t, web.URL("/ws", probe{notes: n, message: func(h *probe, text string) error { g.wait(h); return nil },
		open: func(h *probe) error {
			return errors.Join(h.Ping(nil), h.WriteMessage(websocket.Text("unread")))
		}}))
	large := websocket.Binary(make([]byte, 1<<20))
	clock := looptest.NewManualClock()
	clock.Run(t, 100*time.Microsecond) // small steps, because the client waits 5 s of this clock for the server to read
	require.NoError(t, runWith(t, ioloop.Options{Clock: clock}, func(l *ioloop.IOLoop) error {
		here := ioloop.NewFuture[struct{}](l)
		c, err := websocket.Connect(l, "ws://"+s.address+"/ws", websocket.ConnectOptions{
			SendLimits: websocket.SendLimits{MaxBuffered: 1 << 20, WhenFull: websocket.CloseWhenFull},
			OnPing:     func([]byte) { here.SetResult(struct{}{}) },
		}).Await()
		if err != nil {
			return err
		}
		here.Await()
		for c.WriteMessage(large) == nil {
			ioloop.Sleep(l, 0).Await()
		}
		s.do(g.open)
		for !c.Closed() {
			ioloop.Sleep(l, time.Millisecond).Await()
		}
		m, err := c.ReadMessage().Await()
		if m.String() != "unread" || c.CloseCode() != websocket.CloseTryAgainLater {
			t.Errorf("read %q, %v, code %d", m, err, c.CloseCode())
		}
		return nil
	}))
	s.waitClosed(n)
}

func TestClientPings(t *testing.T) { // ws-68
	s, _ := serveProbe(t, probe{})
	for _, tt := range []struct {
		url  string
		lost bool
	}{{"ws://" + s.address + "/ws", false}, {scripted(t, good101+"\r\n"), true}} {
		clock := looptest.NewManualClock()
		require.NoError(t, runWith(t, ioloop.Options{Clock: clock}, func(l *ioloop.IOLoop) error {
			pongs := 0
			answered := ioloop.NewFuture[struct{}](l)
			c, err := websocket.Connect(l, tt.url, websocket.ConnectOptions{PingInterval: time.Minute,
				OnPong: func([]byte) {
					if pongs++; pongs == 3 {
						answered.SetResult(struct{}{})
					} else {
						clock.Advance(2 * time.Minute)
					}
				}}).Await()
			if err != nil {
				return err
			}
			if !tt.lost {
				for range 4 {
					ioloop.Moment(l) // the first ping is planned
				}
				clock.Advance(2 * time.Minute)
				_, err := answered.Await()
				return err
			}
			clock.Run(t, time.Second)
			if _, err := c.ReadMessage().Await(); err != io.EOF {
				t.Errorf("a silent server: %v", err)
			}
			return nil
		}))
	}
}

func TestConnectOverTLS(t *testing.T) {
	judge := httptest.NewTLSServer(nil) // has a certificate
	defer judge.Close()
	roots := x509.NewCertPool()
	roots.AddCert(judge.Certificate())
	l, err := ioloop.New(ioloop.Options{})
	require.NoError(t, err)
	app := web.NewApplication([]web.URLSpec{web.URL("/ws", probe{notes: newNotes()})}, web.Settings{})
	bound, err := httpserver.New(app, httpserver.Options{Loop: l,
		Stream: iostream.Options{TLS: &tls.Config{Certificates: judge.TLS.Certificates}}}).Listen(0, "127.0.0.1")
	require.NoError(t, err)
	stopped := make(chan struct{})
	go func() { l.Start(); close(stopped) }()
	defer func() { l.Close(); <-stopped }()
	require.NoError(t, run(t, func(l *ioloop.IOLoop) error {
		c, err := websocket.Connect(l, "wss://"+bound.String()+"/ws", websocket.ConnectOptions{TLS: &tls.Config{RootCAs: roots}}).Await()
		if err != nil {
			return err
		}
		c.WriteMessage(websocket.Text("over TLS"))
		m, err := c.ReadMessage().Await()
		if m.String() != "over TLS" {
			t.Errorf("got %q", m.String())
		}
		return err
	}))
	err = run(t, func(l *ioloop.IOLoop) error {
		_, err := websocket.Connect(l, "wss://"+bound.String()+"/ws", websocket.ConnectOptions{}).Await()
		return err
	})
	if !errors.As(err, new(*tls.CertificateVerificationError)) {
		t.Errorf("an unknown certificate: %v", err)
	}
}
