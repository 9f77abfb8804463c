package websocket_test

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
)

// A server serves an application on a loop of its own until the test ends. The application is in
// debug mode, except in benchmarks.
type server struct {
	t       testing.TB
	loop    *ioloop.IOLoop
	http    *httpserver.HTTPServer
	clock   *looptest.ManualClock // of the loop; nil means the system's
	address string
	logged  []string // statuses in the access log; the loop's
}

func serve(t testing.TB, specs ...web.URLSpec) *server {
	t.Helper()
	return serveWith(t, web.Settings{}, specs...)
}

func serveWith(t testing.TB, settings web.Settings, specs ...web.URLSpec) *server {
	t.Helper()
	return serveOptions(t, settings, httpserver.Options{IdleConnectionTimeout: -1, HeaderTimeout: -1}, specs...)
}

// serveStill is serve on a loop whose clock stands still until the test moves it.
func serveStill(t testing.TB, specs ...web.URLSpec) *server {
	t.Helper()
	return serveLoop(t, looptest.NewManualClock(), web.Settings{}, httpserver.Options{IdleConnectionTimeout: -1, HeaderTimeout: -1}, specs...)
}

// serveOptions is serve with settings and with options of the server, except for its loop.
func serveOptions(t testing.TB, settings web.Settings, o httpserver.Options, specs ...web.URLSpec) *server {
	t.Helper()
	return serveLoop(t, nil, settings, o, specs...)
}

// serveLoop is serveOptions on a loop with a clock, if it is not nil.
func serveLoop(t testing.TB, clock *looptest.ManualClock, settings web.Settings, o httpserver.Options, specs ...web.URLSpec) *server {
	t.Helper()
	loop := ioloop.Options{CoarseTick: time.Millisecond}
	if clock != nil {
		loop.Clock = clock
	}
	l := looptest.NewWith(t, loop)
	s := &server{t: t, loop: l, clock: clock}
	settings.LogFunction = s.log
	app := web.NewApplication(specs, settings)
	o.Loop = l
	s.http = httpserver.New(app, o)
	bound, err := s.http.Listen(0, "127.0.0.1")
	require.NoError(t, err)
	s.address = bound.String()
	looptest.Start(t, l)
	return s
}

// log is the access log.
func (s *server) log(h *web.RequestHandler) { s.logged = append(s.logged, fmt.Sprint(h.GetStatus())) }

// do runs fn on the loop.
func (s *server) do(fn func()) {
	done := make(chan struct{})
	s.loop.AddCallback(func() {
		defer close(done) // even if fn panics
		fn()
	})
	<-done
}

// settle returns when the loop has handled everything that a client on this machine has sent, and
// the callbacks that this has caused.
func (s *server) settle() {
	for range 4 {
		s.do(func() {})
	}
}

// A client is a small WebSocket client for these tests. It shares no code with the package, so
// that it does not share the package's faults.
type client struct {
	t testing.TB
	net.Conn
	r     *bufio.Reader
	heard string // the decompressed messages so far, to which the server's next message may refer
}

func (s *server) dial() *client {
	s.t.Helper()
	c, err := net.Dial("tcp", s.address)
	require.NoError(s.t, err)
	s.t.Cleanup(func() { c.Close() })
	c.SetDeadline(time.Now().Add(looptest.Patience))
	return &client{t: s.t, Conn: c, r: bufio.NewReader(c)}
}

// hello returns an opening handshake. extra are additional header lines.
func hello(path string, extra ...string) string {
	lines := append([]string{"GET " + path + " HTTP/1.1", "Host: example.com", "Upgrade: websocket",
		"Connection: Upgrade", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="}, extra...)
	return strings.Join(lines, "\r\n") + "\r\n\r\n"
}

// connect makes the opening handshake.
func (s *server) connect(path string) *client {
	s.t.Helper()
	c := s.dial()
	c.write(hello(path))
	if head := c.head(); !strings.HasPrefix(head, "HTTP/1.1 101 ") {
		s.t.Fatalf("%s: no 101: %q", path, head)
	}
	return c
}

func (c *client) write(bytes string) {
	c.t.Helper()
	_, err := io.WriteString(c.Conn, bytes)
	require.NoError(c.t, err)
}

// head reads the head of a response, without the empty line at its end.
func (c *client) head() string {
	var b strings.Builder
	for {
		line, err := c.r.ReadString('\n')
		if err != nil {
			return b.String() + outcome(err)
		}
		if line == "\r\n" {
			return b.String()
		}
		b.WriteString(line)
	}
}

// reads reads frames until the connection ends.
func (c *client) reads() string {
	var all []string
	for {
		f := c.read()
		all = append(all, f)
		if f == "END" || strings.HasPrefix(f, "!") {
			return strings.Join(all, " ")
		}
	}
}

// read reads a frame in the notation of frames. END is the end of the connection. A result that
// begins with ! is a frame that a server must not send.
func (c *client) read() string {
	var h [2]byte
	if _, err := io.ReadFull(c.r, h[:]); err != nil {
		return outcome(err)
	}
	n := uint64(h[1])
	var long [8]byte
	switch n {
	case 126:
		io.ReadFull(c.r, long[6:])
		n = binary.BigEndian.Uint64(long[:])
	case 127:
		io.ReadFull(c.r, long[:])
		n = binary.BigEndian.Uint64(long[:])
	}
	if n > 64<<20 || h[1] > 127 {
		return fmt.Sprintf("! header %x", h)
	}
	p := make([]byte, n)
	if _, err := io.ReadFull(c.r, p); err != nil {
		return outcome(err)
	}
	switch h[0] {
	case 0xC1:
		return "zt:" + c.inflate(p)
	case 0xC2:
		return "zb:" + c.inflate(p)
	case 0x81:
		return "t:" + string(p)
	case 0x82:
		return "b:" + string(p)
	case 0x88:
		return strings.TrimSuffix("close:"+closePayload(p), ":")
	case 0x89:
		return "ping:" + string(p)
	case 0x8A:
		return "pong:" + string(p)
	}
	return fmt.Sprintf("! frame %x %q", h, p)
}

func closePayload(p []byte) string {
	if len(p) < 2 {
		return string(p)
	}
	return strings.TrimSuffix(fmt.Sprintf("%d:%s", binary.BigEndian.Uint16(p), p[2:]), ":")
}

// outcome returns END for the end of a connection. The kernel reports EOF or a reset, depending
// on which bytes it had not read; tests treat both alike.
func outcome(err error) string {
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return "! nothing came"
	}
	return "END"
}

// frames turns words into masked frames: t:text b:binary c:continuation, with t- b- c-
// for one that is not the last, ping:x pong:x close close:1000 close:1000:reason, zt:text
// zb:binary for compressed ones, ht:hex hc:hex for a compressed payload as it stands, and
// x:hex for anything else. In payloads _ is a space.
func frames(words string) string {
	var b []byte
	for word := range strings.FieldsSeq(words) {
		kind, payload, _ := strings.Cut(strings.ReplaceAll(word, "_", " "), ":")
		fin := byte(0x80)
		if strings.HasSuffix(kind, "-") {
			kind, fin = kind[:len(kind)-1], 0
		}
		switch kind {
		case "t":
			b = appendFrame(b, fin|1, payload)
		case "b":
			b = appendFrame(b, fin|2, payload)
		case "c":
			b = appendFrame(b, fin, payload)
		case "zt":
			b = appendFrame(b, fin|0x41, compressed(payload))
		case "zb":
			b = appendFrame(b, fin|0x42, compressed(payload))
		case "ht":
			b = appendFrame(b, fin|0x41, unhexed(payload))
		case "hc":
			b = appendFrame(b, fin, unhexed(payload))
		case "ping":
			b = appendFrame(b, fin|9, payload)
		case "pong":
			b = appendFrame(b, fin|10, payload)
		case "close":
			code, reason, found := strings.Cut(payload, ":")
			if payload != "" {
				var n uint16
				fmt.Sscan(code, &n)
				payload = string(binary.BigEndian.AppendUint16(nil, n))
			}
			if found {
				payload += reason
			}
			b = appendFrame(b, fin|8, payload)
		case "x":
			b = append(b, unhexed(payload)...)
		default:
			panic("no such frame: " + word)
		}
	}
	return string(b)
}

func unhexed(s string) string {
	raw, err := hex.DecodeString(s)
	if err != nil {
		panic(s)
	}
	return string(raw)
}

// appendFrame appends a masked frame with the shortest header.
func appendFrame(b []byte, first byte, payload string) []byte {
	switch n := len(payload); {
	case n < 126:
		b = append(b, first, 0x80|byte(n))
	case n < 1<<16:
		b = append(b, first, 0x80|126, byte(n>>8), byte(n))
	default:
		b = append(b, first, 0x80|127)
		b = binary.BigEndian.AppendUint64(b, uint64(n))
	}
	key := [4]byte{0x37, 0xFA, 0x21, 0x3D}
	b = append(b, key[:]...)
	for i := range len(payload) {
		b = append(b, payload[i]^key[i%4])
	}
	return b
}
