package load

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/gorilla/websocket"
)

// listen starts a server on the loopback address and returns its port.
func listen(t *testing.T, handler http.HandlerFunc) int {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.CloseClientConnections)
	u, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	port, err := strconv.Atoi(u.Port())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func hello(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "Hello, world") }

// echo returns a handler that sends back the result of change for each message. It uses another
// library, which checks the client's frames.
func echo(change func(message []byte) []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		c, err := new(websocket.Upgrader).Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer c.Close()
		for {
			kind, message, err := c.ReadMessage()
			if err != nil || c.WriteMessage(kind, change(message)) != nil {
				return
			}
		}
	}
}

func same(message []byte) []byte { return message }

// listenTCP starts a server that sends back the result of change for received bytes.
func listenTCP(t *testing.T, change func(p []byte) []byte) int {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, listener, change)
}

// listenTLS is listenTCP over TLS, with the certificate of the standard library's tests.
func listenTLS(t *testing.T, change func(p []byte) []byte) int {
	t.Helper()
	server := httptest.NewTLSServer(nil)
	server.Close()
	listener, err := tls.Listen("tcp", "127.0.0.1:0", server.TLS)
	if err != nil {
		t.Fatal(err)
	}
	return serve(t, listener, change)
}

func serve(t *testing.T, listener net.Listener, change func(p []byte) []byte) int {
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				buf := make([]byte, 32<<10)
				for {
					n, err := c.Read(buf)
					if err != nil {
						return
					}
					if _, err := c.Write(change(buf[:n])); err != nil {
						return
					}
				}
			}()
		}
	}()
	return listener.Addr().(*net.TCPAddr).Port
}

func TestRunCountsAnswers(t *testing.T) {
	httpPort, wsPort, tcpPort, tlsPort := listen(t, hello), listen(t, echo(same)), listenTCP(t, same), listenTLS(t, same)
	for _, o := range []Options{
		{Mode: HTTP, Port: httpPort, Conns: 1, Pipeline: 1},
		{Mode: HTTP, Port: httpPort, Conns: 5, Pipeline: 16},
		{Mode: WebSocket, Port: wsPort, Conns: 5, Pipeline: 1, Size: 128},
		{Mode: WebSocket, Port: wsPort, Conns: 2, Pipeline: 1, Size: 65536},
		{Mode: WebSocket, Port: wsPort, Conns: 1, Pipeline: 1, Size: 8 << 20, Duration: 2 * time.Second}, // more than the kernel takes at once
		{Mode: TCP, Port: tcpPort, Conns: 5, Pipeline: 1, Size: 1},
		{Mode: TCP, Port: tcpPort, Conns: 5, Pipeline: 1, Size: 65536},
		{Mode: TCP, Port: tcpPort, Conns: 1, Pipeline: 1, Size: 8 << 20, Duration: 2 * time.Second},
		{Mode: TLS, Port: tlsPort, Conns: 5, Pipeline: 1, Size: 1},
		{Mode: TLS, Port: tlsPort, Conns: 1, Pipeline: 1, Size: 8 << 20, Duration: 2 * time.Second},
		{Mode: TLSHandshake, Port: tlsPort, Conns: 5, Pipeline: 1},
	} {
		o.Duration, o.PID = max(o.Duration, 300*time.Millisecond), os.Getpid()
		r, err := Run(o)
		if err != nil {
			t.Errorf("%+v: %v", o, err)
			continue
		}
		if r.Responses < 1 || r.Seconds < 0.3 || r.P50 <= 0 || r.P99 < r.P50 || r.ServerCPU <= 0 || r.GeneratorBusy <= 0 {
			t.Errorf("%+v: %+v", o, r)
		}
	}
}

func TestRunRefusesWrongAnswers(t *testing.T) {
	for _, tt := range []struct {
		name, mode string
		handler    http.HandlerFunc
	}{
		{"status 500", HTTP, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(500) }},
		{"chunked", HTTP, func(w http.ResponseWriter, r *http.Request) { w.(http.Flusher).Flush() }},
		{"closes", HTTP, func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Connection", "close") }},
		{"no upgrade", WebSocket, hello},
		{"other bytes", WebSocket, echo(func(m []byte) []byte { return append(m[:len(m)-1], m[len(m)-1]+1) })},
		{"fewer bytes", WebSocket, echo(func(m []byte) []byte { return m[1:] })},
		{"more bytes", WebSocket, echo(func(m []byte) []byte { return append(m, 0) })},
	} {
		o := Options{Mode: tt.mode, Port: listen(t, tt.handler), Conns: 2, Pipeline: 1, Size: 100, Duration: time.Minute}
		if r, err := Run(o); err == nil {
			t.Errorf("%s: got %+v", tt.name, r)
		}
	}
}

func TestRunRefusesWrongBytes(t *testing.T) {
	for name, change := range map[string]func([]byte) []byte{
		"other": func(p []byte) []byte { p[len(p)-1]++; return p },
		"more":  func(p []byte) []byte { return append(p, 0) },
	} {
		for mode, listen := range map[string]func(*testing.T, func([]byte) []byte) int{TCP: listenTCP, TLS: listenTLS} {
			o := Options{Mode: mode, Port: listen(t, change), Conns: 2, Pipeline: 1, Size: 100, Duration: time.Minute}
			if r, err := Run(o); err == nil {
				t.Errorf("%s %s: got %+v", mode, name, r)
			}
		}
	}
}

func TestInvalidOptions(t *testing.T) {
	for _, o := range []Options{
		{Mode: "ftp", Conns: 1, Pipeline: 1},
		{Mode: HTTP, Conns: 0, Pipeline: 1},
		{Mode: HTTP, Conns: 1, Pipeline: 0},
		{Mode: WebSocket, Conns: 1, Pipeline: 1, Size: -1},
		{Mode: WebSocket, Conns: 1, Pipeline: 1, Size: maxSize + 1},
		{Mode: TCP, Conns: 1, Pipeline: 1, Size: 0},
	} {
		if _, err := Run(o); err == nil {
			t.Errorf("Run(%+v) gave no error", o)
		}
		if _, err := Hold(o); err == nil {
			t.Errorf("Hold(%+v) gave no error", o)
		}
	}
}

func TestHoldKeepsConnectionsOpen(t *testing.T) {
	httpPort, wsPort := listen(t, hello), listen(t, echo(same))
	for _, o := range []Options{
		{Mode: HTTP, Port: httpPort, Conns: 20, Pipeline: 1},
		{Mode: HTTP, Port: httpPort, Conns: 1, Pipeline: 2000},
		{Mode: WebSocket, Port: wsPort, Conns: 20, Pipeline: 1, Size: 128},
		{Mode: WebSocket, Port: wsPort, Conns: 1, Pipeline: 1, Size: 0},
		{Mode: WebSocket, Port: wsPort, Conns: 1, Pipeline: 1, Size: 126},
		{Mode: WebSocket, Port: wsPort, Conns: 1, Pipeline: 1, Size: 65536},
		{Mode: WebSocket, Port: wsPort, Conns: 1, Pipeline: 1, Size: 1 << 20},
		{Mode: WebSocket, Port: wsPort, Conns: 1, Pipeline: 1, Size: 16 << 20},
	} {
		h, err := Hold(o)
		if err != nil {
			t.Errorf("%+v: %v", o, err)
			continue
		}
		if err := h.Check(); err != nil {
			t.Errorf("%+v: %v", o, err)
		}
		h.Close()
	}
}

func TestHoldSeesADroppedConnection(t *testing.T) {
	messages := 0
	port := listen(t, echo(func(m []byte) []byte {
		if messages++; messages > 1 {
			panic(http.ErrAbortHandler)
		}
		return m
	}))
	h, err := Hold(Options{Mode: WebSocket, Port: port, Conns: 1, Pipeline: 1, Size: 128})
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	if err := h.Check(); err == nil {
		t.Error("no error")
	}
}

func TestResultPerAnswer(t *testing.T) {
	var latency histogram
	latency.addSamples(100*time.Microsecond, 1000)
	got := result(&latency, clocks{wall: time.Second, server: 2 * time.Second, own: 0}, clocks{wall: 3 * time.Second, server: 3 * time.Second, own: time.Second})
	want := "{1000 2 500 100.351 100.351 1000 0.5 0.5}"
	if fmt.Sprint(got) != want {
		t.Errorf("got %v, want %s", got, want)
	}
}
