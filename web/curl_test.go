package web

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/internal/peers"
)

// TestCurl tests the server with curl as an independent client.
func TestCurl(t *testing.T) {
	peers.Program(t, "curl")
	logNothing(t)
	base := "http://" + listen(t, NewApplication([]URLSpec{URL("/(.*)", curlHandler{})}, Settings{}))
	large := filepath.Join(t.TempDir(), "large")
	require.NoError(t, os.WriteFile(large, bytes.Repeat([]byte("0123456789abcdef"), 3<<16), 0o600)) // 3 MiB

	// A row is a command line and the output of curl: the bodies, and for each URL the
	// status and the number of new connections. @ is the address of the server. FILE is a
	// file of 3 MiB and also the standard input. If the server ignored "Expect:
	// 100-continue", curl would wait for longer than max-time.
	for _, tt := range []struct{ name, args, want string }{
		{"GET", "@/a?b=c", "GET /a?b=c 0 bytes|200 1|"},
		{"POST", "-d a=b&c=d @/", "POST / 7 bytes|200 1|"},
		{"HEAD", "-I -o /dev/null @/", "200 1|"},
		{"PUT", "-H Expect: -T FILE @/a", "PUT /a 3145728 bytes|200 1|"},
		{"PUT, asking first", "-H Expect:100-continue -T FILE @/a", "PUT /a 3145728 bytes expected|200 1|"}, // http-45
		{"PUT in chunks", "-H Expect: -T - @/", "PUT / 3145728 bytes chunked|200 1|"},
		{"PUT in chunks, asking first", "-H Expect:100-continue -T - @/", "PUT / 3145728 bytes expected chunked|200 1|"},
		{"two URLs on one connection", "@/1 @/2", "GET /1 0 bytes|200 1|GET /2 0 bytes|200 0|"},
		{"an error page between two", "-o /dev/null -o /dev/null -d a @/1 @/error @/2", "200 1|500 0|POST /2 1 bytes|200 0|"},
		{"HTTP/1.0", "-0 @/", "GET / 0 bytes|200 1|"},
		{"HTTP/1.0 with keep-alive", "-0 -H Connection:keep-alive @/1 @/2", "GET /1 0 bytes|200 1|GET /2 0 bytes|200 0|"},
		{"a response in chunks", "@/stream", "0123456789|200 1|"},
		{"an offer of gzip", "--compressed @/", "GET / 0 bytes|200 1|"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args := []string{"-sS", "--max-time", "10", "--expect100-timeout", "15",
				"-w", "%{http_code} %{num_connects}|"}
			command := strings.NewReplacer("@/", base+"/", "FILE", large).Replace(tt.args)
			args = append(args, strings.Fields(command)...)
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			cmd := exec.CommandContext(ctx, "curl", args...)
			input, err := os.Open(large)
			require.NoError(t, err)
			defer input.Close()
			cmd.Stdin = input
			var stderr strings.Builder
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			require.NoError(t, err, stderr.String())
			if got := string(out); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// A curlHandler responds with a description of the request.
type curlHandler struct{ RequestHandler }

func (h *curlHandler) Get(args ...string) error {
	switch h.Request().Path {
	case "/error":
		return NewHTTPError(http.StatusInternalServerError)
	case "/stream":
		for i := range 10 {
			h.WriteString(fmt.Sprint(i))
			if _, err := h.Flush().Await(); err != nil {
				return err
			}
		}
		return h.WriteString("|")
	}
	r := h.Request()
	h.WriteString(fmt.Sprintf("%s %s %d bytes", r.Method, r.URI, len(r.Body)))
	if r.Headers.Has("Expect") {
		h.WriteString(" expected")
	}
	if r.Headers.Has("Transfer-Encoding") {
		h.WriteString(" chunked")
	}
	return h.WriteString("|")
}

func (h *curlHandler) Head(args ...string) error { return h.Get(args...) }
func (h *curlHandler) Post(args ...string) error { return h.Get(args...) }
func (h *curlHandler) Put(args ...string) error  { return h.Get(args...) }
