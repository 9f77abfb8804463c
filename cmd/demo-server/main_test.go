package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
)

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		go func() { io.Copy(io.Discard, os.Stdin); os.Exit(1) }() // see program.lifeline
		main()
		return
	}
	flag.Parse()
	if !testing.Verbose() {
		slog.SetDefault(slog.New(slog.DiscardHandler))
	}
	os.Exit(looptest.Main(m))
}

// A testServer is a demo server on a loopback address.
type testServer struct {
	*demo
	address string
}

func (s *testServer) url(path string) string { return "http://" + s.address + path }

// serve runs a demo server in debug mode until the test ends.
func serve(t *testing.T, loops int) *testServer {
	t.Helper()
	return serveWith(t, demoConfig{address: "127.0.0.1", loops: loops, debug: true, upload: 1 << 30})
}

func serveWith(t *testing.T, o demoConfig) *testServer {
	t.Helper()
	d, err := newDemo(o)
	require.NoError(t, err)
	ended := make(chan error)
	go func() { ended <- d.loop.Start() }()
	t.Cleanup(func() {
		d.server.Stop()
		for _, loop := range d.server.Loops() {
			loop.AddCallback(func() { loop.Close() })
		}
		require.NoError(t, <-ended)
		require.NoError(t, d.closeBlog())
	})
	return &testServer{d, d.bound.String()}
}

// onHub runs fn on the hub's loop and returns its result.
func onHub[T any](t *testing.T, s *testServer, fn func() T) T {
	t.Helper()
	answer := make(chan T, 1)
	s.hub.loop.AddCallback(func() { answer <- fn() })
	select {
	case v := <-answer:
		return v
	case <-time.After(patience):
		t.Fatal("the hub's loop does not answer")
		panic("unreachable")
	}
}

// eventually polls until condition holds.
func eventually(t *testing.T, what string, condition func() bool) {
	t.Helper()
	require.Eventually(t, condition, patience, 5*time.Millisecond, what)
}

// get returns the response to a GET request, with its body.
func get(t *testing.T, url string) (*http.Response, string) {
	t.Helper()
	client := http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Get(url)
	require.NoError(t, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer, string(body)
}

func TestSnippetsFitTheIndex(t *testing.T) {
	for _, d := range demos() {
		if lines := strings.Count(d.Code, "\n") + 1; lines < 3 || lines > 30 {
			t.Errorf("%s: %d lines are shown", d.File, lines)
		}
	}
}

func TestEcho(t *testing.T) {
	c := dial(t, serve(t, 1), "/ws/echo")
	for _, message := range []frame{
		{opText, ""}, {opText, "Hi, Тор 🌪"}, {2, "\x00\xff"},
		{opText, strings.Repeat("a", 125)}, {opText, strings.Repeat("b", 126)},
		{opText, strings.Repeat("c", 65535)}, {2, strings.Repeat("d", 65536)}, {2, strings.Repeat("e", 1<<20)},
	} {
		c.send(message.opcode, message.payload)
		if got := c.read(); got != message {
			t.Fatalf("sent opcode %d, %d bytes; got %d, %d bytes", message.opcode, len(message.payload), got.opcode, len(got.payload))
		}
	}
	c.send(opClose, "\x03\xe8bye")
	if got := c.read(); got.opcode != opClose || !strings.HasPrefix(got.payload, "\x03\xe8") {
		t.Errorf("got %v, want a close frame with 1000", got)
	}
}

func readStats(t *testing.T, s *testServer) (r statsReport) {
	t.Helper()
	_, body := get(t, s.url("/stats"))
	require.NoError(t, json.Unmarshal([]byte(body), &r))
	return r
}

func TestSleepDoesNotBlockTheLoop(t *testing.T) {
	s := serve(t, 1)
	const sleepers = 10
	for range sleepers {
		conn, err := net.Dial("tcp", s.address)
		require.NoError(t, err)
		defer conn.Close()
		io.WriteString(conn, "GET /sleep/60 HTTP/1.1\r\nHost: a\r\n\r\n")
	}
	eventually(t, "all wait", func() bool { return readStats(t, s).CoroutinesParked == sleepers+1 })
	if _, body := get(t, s.url("/hello")); body != "Hello, world" {
		t.Errorf("got %q", body)
	}
	r := readStats(t, s)
	if r.Timeouts < sleepers || r.Connected != (connectionReport{sleepers + 1, sleepers + 1, 0}) {
		t.Errorf("%d timeouts, connections %+v", r.Timeouts, r.Connected)
	}
}

// A thousand requests that each wait for a second take about a second together. They use one
// loop, and no goroutine per connection.
func TestThousandSleepTogether(t *testing.T) {
	clients := 1000
	if testing.Short() {
		clients = 100
	}
	s := serve(t, 1)
	before := runtime.NumGoroutine()
	var conns []net.Conn
	for range clients {
		conn, err := net.Dial("tcp", s.address)
		require.NoError(t, err)
		defer conn.Close()
		conns = append(conns, conn)
	}
	eventually(t, "all are connected", func() bool { return readStats(t, s).Connected.Open == clients+1 })
	if idle := runtime.NumGoroutine() - before; idle > 20 {
		t.Errorf("%d goroutines more for %d connections that idle", idle, clients)
	}
	start := time.Now()
	for _, conn := range conns {
		conn.SetDeadline(start.Add(patience)) // one request after the other would take longer
		io.WriteString(conn, "GET /sleep/1 HTTP/1.1\r\nHost: a\r\n\r\n")
	}
	for _, conn := range conns {
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		require.NoError(t, err)
		require.Equal(t, 200, answer.StatusCode)
		io.Copy(io.Discard, answer.Body)
	}
	took := time.Since(start)
	t.Logf("%d requests for /sleep/1 took %v", clients, took)
	if took < time.Second {
		t.Errorf("%d requests took %v", clients, took)
	}
}

func TestStatsAddUpAllLoops(t *testing.T) {
	s := serve(t, 3)
	for range 5 {
		dial(t, s, "/ws/echo")
	}
	r := readStats(t, s)
	require.Len(t, r.Loops, 3)
	descriptors, iterations := 0, uint64(0)
	for _, l := range r.Loops {
		descriptors += l.Descriptors
		iterations += l.Iterations
		require.NotZero(t, l.Iterations)
	}
	if r.Descriptors != descriptors || r.Iterations != iterations || descriptors != 3+5+1 {
		t.Errorf("sums: %+v", r)
	}
	if r.Connected != (connectionReport{Open: 6, HTTP: 1, WebSocket: 5}) {
		t.Errorf("connections: %+v", r.Connected)
	}
	if r.Memory.HeapBytes == 0 || r.Memory.SystemBytes < r.Memory.HeapBytes || r.Memory.Goroutines == 0 {
		t.Errorf("memory: %+v", r.Memory)
	}
}

func TestReportNeverShowsFewerOpenThanHTTP(t *testing.T) {
	if got := report([]ioloop.Stats{{Handlers: 2}}, 3).Connected; got != (connectionReport{3, 3, 0}) {
		t.Errorf("got %+v", got)
	}
}

func TestAPortThatIsTakenIsAnError(t *testing.T) {
	taken := serve(t, 1).bound.Port()
	_, err := newDemo(demoConfig{address: "127.0.0.1", port: int(taken), loops: 1})
	require.ErrorContains(t, err, "address already in use")
}

func TestBrowserURL(t *testing.T) {
	for bound, want := range map[string]string{
		"127.0.0.1:8888": "http://127.0.0.1:8888/",
		"0.0.0.0:80":     "http://localhost:80/",
		"[::]:8888":      "http://localhost:8888/",
		"[::1]:8888":     "http://[::1]:8888/",
	} {
		if got := browserURL(netip.MustParseAddrPort(bound)); got != want {
			t.Errorf("%s: got %s, want %s", bound, got, want)
		}
	}
}

func TestGracefulShutdown(t *testing.T) {
	d, err := newDemo(demoConfig{address: "127.0.0.1", loops: 2, debug: true})
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() { ended <- d.loop.Start() }()
	c, err := net.Dial("tcp", d.bound.String())
	require.NoError(t, err)
	defer c.Close()
	c.SetDeadline(time.Now().Add(patience))
	io.WriteString(c, "GET /sleep/0.2 HTTP/1.1\r\nHost: x\r\n\r\n")
	require.Eventually(t, func() bool { return d.server.Connections() == 1 }, patience, time.Millisecond)
	go d.shutDown()
	answer, err := io.ReadAll(c)
	require.NoError(t, err)
	require.Contains(t, string(answer), "\r\nConnection: close\r\n")
	require.True(t, strings.HasSuffix(string(answer), "Slept 0.2 s.\n"), string(answer))
	require.NoError(t, <-ended)
	require.NoError(t, d.closeBlog())
}
