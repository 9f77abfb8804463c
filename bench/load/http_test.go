package load

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

func TestParseHead(t *testing.T) {
	long := strings.Repeat("x", maxHead)
	for _, tt := range []struct{ in, want string }{ // status, length, accept, bytes taken; more; error
		{"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nHello, world", "200 12 \"\" 39"},
		{"HTTP/1.1 200 OK\r\ncontent-length:5\t\r\n\r\n", "200 5 \"\" 38"},
		{"HTTP/1.1 204 No Content\r\n\r\n", "204 -1 \"\" 27"},
		{"HTTP/1.1 200 \r\n\r\n", "200 -1 \"\" 17"},
		{"HTTP/1.1 101 Switching Protocols\r\nServer: x\r\nSEC-WEBSOCKET-ACCEPT: abc=\r\n\r\n", "101 -1 \"abc=\" 75"},
		{"HTTP/1.1 200 OK\r\nContent-Lengthy: 1\r\nXContent-Length: 2\r\n\r\n", "200 -1 \"\" 59"},
		{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", "200 5 \"\" 57"},
		{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n", "error"},
		{"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\n", "error"},
		{"HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n", "error"},
		{"HTTP/1.1 200 OK\r\nContent-Length: 1234567890\r\n\r\n", "error"},
		{"HTTP/1.0 200 OK\r\n\r\n", "error"},
		{"HTTP/1.1 20 OK\r\n\r\n", "error"},
		{"HTTP/1.1 200 OK\n\r\n", "error"},
		{"\n", "error"},
		{"\r\n\r\n", "error"},
		{"", "more"},
		{"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n", "more"},
		{"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r", "more"},
		{"HTTP/1.1 200 " + long, "error"},
		{"HTTP/1.1 200 OK\r\nX: " + long + "\r\n\r\n", "error"},
	} {
		h, n, err := parseHead([]byte(tt.in))
		got := fmt.Sprintf("%d %d %q %d", h.status, h.length, h.accept, n)
		if err != nil {
			got = "error"
		} else if n == 0 {
			got = "more"
		}
		if got != tt.want {
			t.Errorf("%.60q: got %s (%v), want %s", tt.in, got, err, tt.want)
		}
	}
}

// responses feeds in to a dialogue in pieces of size bytes, and keeps untaken bytes. It returns the
// number of responses and of untaken bytes, or the error.
func responses(d dialogue, in []byte, size int) string {
	var buf []byte
	count := 0
	for len(in) > 0 {
		piece := min(size, len(in))
		buf, in = append(buf, in[:piece]...), in[piece:]
		for len(buf) > 0 {
			n, done, err := d.checkResponse(buf)
			if err != nil {
				return fmt.Sprintf("%d responses, error", count)
			}
			if done {
				count++
			}
			if n == 0 {
				break
			}
			buf = buf[n:]
		}
	}
	return fmt.Sprintf("%d responses, %d left", count, len(buf))
}

func TestHTTPClientTakesAnswersHoweverTheyAreSplit(t *testing.T) {
	const ok = "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nHello, world"
	for _, tt := range []struct{ in, want string }{
		{ok, "1 responses, 0 left"},
		{ok + ok + ok, "3 responses, 0 left"},
		{ok + "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n" + ok, "3 responses, 0 left"},
		{ok + ok[:20], "1 responses, 20 left"},
		{ok[:len(ok)-1], "0 responses, 0 left"},
		{ok + "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "1 responses, error"},
		{ok + "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1 responses, error"},
		{ok + "!" + ok, "1 responses, error"},
	} {
		for size := 1; size <= len(tt.in); size++ {
			if got := responses(newHTTPClient(Options{Port: 80, Pipeline: 1}), []byte(tt.in), size); got != tt.want {
				t.Fatalf("%q in pieces of %d: got %s, want %s", tt.in, size, got, tt.want)
			}
		}
	}
}

func TestHTTPClientSendsRequestsThatTheStandardLibraryReads(t *testing.T) {
	batch, n := newHTTPClient(Options{Port: 8888, Pipeline: 3}).nextRequest()
	r := bufio.NewReader(bytes.NewReader(batch))
	for range n {
		request, err := http.ReadRequest(r)
		if err != nil || request.URL.Path != "/" || request.Host != "127.0.0.1:8888" || request.Close {
			t.Fatalf("got %+v, %v", request, err)
		}
	}
	if n != 3 || r.Buffered() != 0 {
		t.Errorf("%d requests, %d bytes after them", n, r.Buffered())
	}
}

func TestHTTPClientPostsJSON(t *testing.T) {
	batch, _ := newHTTPClient(Options{Port: 8888, Pipeline: 1, Mode: JSON}).nextRequest()
	r := bufio.NewReader(bytes.NewReader(batch))
	request, err := http.ReadRequest(r)
	if err != nil || request.Method != "POST" || request.URL.Path != "/api" || request.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("got %+v, %v", request, err)
	}
	if body, err := io.ReadAll(request.Body); err != nil || string(body) != jsonBody || r.Buffered() != 0 {
		t.Errorf("got %q, %v, %d bytes after it", body, err, r.Buffered())
	}
}

// FuzzParseHead compares parseHead with the standard library: if both accept a head, they must
// agree on it.
func FuzzParseHead(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 12\r\n\r\nHello, world"))
	f.Add([]byte("HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"))
	f.Add([]byte("HTTP/1.1 200\r\nContent-Length:0\r\n\r\nHTTP/1.1 200 OK"))
	f.Fuzz(func(t *testing.T, in []byte) {
		h, n, err := parseHead(in)
		if n > len(in) || n > maxHead+2 || n > 0 && (err != nil || !bytes.HasSuffix(in[:n], []byte("\r\n\r\n"))) {
			t.Fatalf("took %d bytes of %d: %v", n, len(in), err)
		}
		if n == 0 {
			return
		}
		r, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(in[:n])), nil)
		if err != nil || r.TransferEncoding != nil {
			return
		}
		if r.StatusCode != h.status || r.Header.Get("Sec-WebSocket-Accept") != string(h.accept) && len(r.Header["Sec-Websocket-Accept"]) == 1 {
			t.Errorf("%q: status %d, accept %q; net/http: %d, %q", in, h.status, h.accept, r.StatusCode, r.Header.Get("Sec-WebSocket-Accept"))
		}
		if hasBody := h.status >= 200 && h.status != 204 && h.status != 304; hasBody && r.ContentLength != int64(h.length) {
			t.Errorf("%q: length %d; net/http: %d", in, h.length, r.ContentLength)
		}
	})
}
