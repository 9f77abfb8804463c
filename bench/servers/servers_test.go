package servers

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
)

// start serves until the test process ends: these servers need no stop.
func start(t *testing.T, s Server) (address string) {
	t.Helper()
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	probe.Close()
	ready, failed := make(chan struct{}), make(chan error, 1)
	go func() { failed <- s.Serve(probe.Addr().(*net.TCPAddr).Port, func() { close(ready) }) }()
	select {
	case <-ready:
	case err := <-failed:
		t.Fatal(err)
	}
	return probe.Addr().String()
}

func TestEveryServerAnswersTheStandardLibrary(t *testing.T) {
	for _, s := range For(HTTP, nil) {
		t.Run(s.Name, func(t *testing.T) {
			conn, err := net.Dial("tcp", start(t, s))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			responses := bufio.NewReader(conn)
			for range 3 {
				fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
				checkHello(t, responses)
			}
			if slices.Contains(s.Workloads, HTTPPipelined) { // the last request arrives in two parts
				fmt.Fprint(conn, strings.Repeat("GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 16), "GET / HTTP/1.1\r\nHos")
				for range 16 {
					checkHello(t, responses)
				}
				fmt.Fprint(conn, "t: 127.0.0.1\r\n\r\n")
				checkHello(t, responses)
			}
			conn.(*net.TCPConn).CloseWrite()
			if rest, err := io.ReadAll(responses); err != nil || len(rest) > 0 {
				t.Errorf("more than was asked for: %q, %v", rest, err)
			}
		})
	}
}

func checkHello(t *testing.T, responses *bufio.Reader) {
	t.Helper()
	r, err := http.ReadResponse(responses, nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r.Body)
	kind, _, _ := strings.Cut(strings.ToLower(r.Header.Get("Content-Type")), ";")
	if err != nil || r.StatusCode != 200 || string(text) != "Hello, world" || kind != "text/html" || r.ContentLength != 12 || r.Header.Get("Date") == "" {
		t.Fatalf("got %+v with body %q, %v", r, text, err)
	}
}

func TestEveryServerSendsTheFile(t *testing.T) {
	for _, s := range For(Static, nil) {
		if s.Name == nginx {
			continue // it would replace this process; bench's own test runs it
		}
		t.Run(s.Name, func(t *testing.T) {
			r, err := http.Get("http://" + start(t, s) + "/file.bin")
			if err != nil {
				t.Fatal(err)
			}
			defer r.Body.Close()
			text, err := io.ReadAll(r.Body)
			if err != nil || r.ContentLength != staticSize || string(text) != strings.Repeat("0123456789abcdef", staticSize/16) {
				t.Errorf("%d bytes of %d, %v", len(text), r.ContentLength, err)
			}
		})
	}
}

func TestEveryServerCompresses(t *testing.T) {
	if len(gzipBody) > 16<<10 || len(gzipBody) < 15<<10 {
		t.Errorf("the body has %d bytes", len(gzipBody))
	}
	for _, s := range For(GZip, nil) {
		t.Run(s.Name, func(t *testing.T) {
			q, err := http.NewRequest("GET", "http://"+start(t, s)+"/json", nil)
			if err != nil {
				t.Fatal(err)
			}
			q.Header.Set("Accept-Encoding", "gzip")
			r, err := http.DefaultTransport.RoundTrip(q)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Body.Close()
			if r.ContentLength <= 0 || r.Header.Get("Content-Encoding") != "gzip" {
				t.Fatalf("got %+v", r)
			}
			plain, err := gzip.NewReader(r.Body)
			if err != nil {
				t.Fatal(err)
			}
			if text, err := io.ReadAll(plain); err != nil || !bytes.Equal(text, gzipBody) {
				t.Errorf("%d bytes, %v", len(text), err)
			}
		})
	}
}

func TestEveryServerAnswersJSON(t *testing.T) {
	for _, s := range For(JSON, nil) {
		t.Run(s.Name, func(t *testing.T) {
			r, err := http.Post("http://"+start(t, s)+"/api", "application/json", strings.NewReader(`{"name":"x","amount":5,"tags":["a","b"]}`))
			if err != nil {
				t.Fatal(err)
			}
			defer r.Body.Close()
			text, err := io.ReadAll(r.Body)
			kind := r.Header.Get("Content-Type")
			var got jsonResponse
			if err != nil || json.Unmarshal(text, &got) != nil || got != (jsonResponse{7, "x", 10}) || r.ContentLength != int64(len(text)) || !strings.HasPrefix(kind, "application/json") {
				t.Errorf("got %s, %s, %v", kind, text, err)
			}
		})
	}
}

func TestEveryServerEchoesMessages(t *testing.T) {
	for _, s := range For(WebSocket, nil) {
		t.Run(s.Name, func(t *testing.T) {
			if raceDetector && s.Name == "nbio" {
				t.Skip("peer missing under the race detector: nbio, which hides its locks from it (go:norace)")
			}
			c, _, err := websocket.DefaultDialer.Dial("ws://"+start(t, s)+"/ws", nil)
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			for _, size := range []int{1, 125, 126, 65536, 1 << 20} {
				message := bytes.Repeat([]byte{'x', 0xff}, size)[:size]
				if err := c.WriteMessage(websocket.BinaryMessage, message); err != nil {
					t.Fatal(err)
				}
				kind, got, err := c.ReadMessage()
				if err != nil || kind != websocket.BinaryMessage || !bytes.Equal(got, message) {
					t.Errorf("%d bytes: got kind %d, %d bytes, %v", size, kind, len(got), err)
				}
			}
		})
	}
}

func TestEveryServerEchoesBytes(t *testing.T) {
	for _, s := range append(For(TCP, nil), For(TLS, nil)...) {
		if s.Name == "c" {
			continue // it would replace this process; bench's own test runs it
		}
		t.Run(s.Workloads[0]+" "+s.Name, func(t *testing.T) {
			c, err := net.Dial("tcp", start(t, s))
			if err != nil {
				t.Fatal(err)
			}
			defer c.Close()
			if s.Workloads[0] == TLS {
				c = tls.Client(c, &tls.Config{InsecureSkipVerify: true})
			}
			for _, size := range []int{1, 1000, 65536, 4 << 20} {
				message := bytes.Repeat([]byte{'x', 0xff, 'y'}, size)[:size]
				go c.Write(message)
				got := make([]byte, size)
				if _, err := io.ReadFull(c, got); err != nil || !bytes.Equal(got, message) {
					t.Errorf("%d bytes: %v", size, err)
				}
			}
		})
	}
}

func TestFind(t *testing.T) {
	for _, workload := range []string{HTTP, HTTPPipelined, WebSocket, TCP, TLS, TLSHandshake} {
		for _, s := range For(workload, nil) {
			if got, err := Find(s.Name, workload); err != nil || got.Name != s.Name || !slices.Equal(got.Workloads, s.Workloads) {
				t.Errorf("%s, %s: got %s for %v, %v", s.Name, workload, got.Name, got.Workloads, err)
			}
		}
	}
	for _, tt := range []struct{ name, workload string }{{"unknown", HTTP}, {"fasthttp", WebSocket}} {
		if s, err := Find(tt.name, tt.workload); err == nil {
			t.Errorf("%s, %s: got %s", tt.name, tt.workload, s.Name)
		}
	}
}

func TestForOnly(t *testing.T) {
	for _, tt := range []struct{ workload, only, want string }{
		{HTTP, "nethttp gnet gws", "gnet nethttp"},
		{HTTPPipelined, "floor gnet", "gnet"},
		{WebSocket, "gnet gorilla", "gorilla"},
		{WebSocket, "unknown", ""},
		{HTTPPipelined, "", "tornado httpserver gnet fasthttp nethttp"},
		{TCP, "gws net tornado", "tornado net"},
		{TLS, "gnet net", "net"},
	} {
		var got []string
		for _, s := range For(tt.workload, strings.Fields(tt.only)) {
			got = append(got, s.Name)
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s of %s: got %v, want %s", tt.workload, tt.only, got, tt.want)
		}
	}
}
