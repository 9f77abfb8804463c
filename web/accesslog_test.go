package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	stdlog "log"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/log"
)

// slogDefault is the log handler of a program that sets none.
var slogDefault = slog.Default().Handler()

type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// hostile is text of a client that tries to forge a log line and to control a terminal.
const hostile = "x\n[E 261130 23:13:03 web:1] forged\r\x1b[31m\u009b31m\u202e\u2028\x9b"

// Text of a client cannot begin a log line, control a terminal or change the direction of
// text.
func TestLogInjection(t *testing.T) {
	handler := func(do func(h *probe) error) *Application { return getting(do) }
	root := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(root, "a.txt"), nil, 0o644))
	static := NewApplication([]URLSpec{URL("/(.*)", StaticFileHandler{Path: root})}, Settings{})
	for _, tt := range []struct {
		name, request string
		app           *Application
		logs          string // a part of the log that shows that the case has the intended response
	}{
		{"path under a static directory", "GET /x%0a[E%20forged]%1b%c2%9b%e2%80%ae", static, "404 GET"},
		{"path outside of it", "GET /..%2f%0aforged", static, "403 GET"},
		{"bytes in the target", "GET /\x9b31m\u009b31m\u202e\u2066\u200f", handler(func(h *probe) error { return nil }), `/\x9b31m\u009b31m\u202e\u2066\u200f`},
		{"HTTPError", "GET /", handler(func(h *probe) error { return HTTPErrorf(400, "no %s", hostile) }), `no x\n[E`},
		{"missing argument", "GET /", handler(func(h *probe) error { return h.WriteString(h.GetArgument(hostile)) }), `Missing argument x\n[E`},
		{"error", "GET /", handler(func(h *probe) error { return errors.New(hostile) }), "Uncaught exception"},
		{"panic", "GET /", handler(func(h *probe) error { panic(hostile) }), "Uncaught exception"},
		{"template's name", "GET /", handler(func(h *probe) error { return h.Render(hostile, nil) }), "Uncaught exception"},
		{"host", "GET /", handler(func(h *probe) error { h.Request().Host = hostile; return errors.New("x") }), "Uncaught exception"},
		{"method", "\x9bGET /", handler(func(h *probe) error { return nil }), "Malformed"},
		{"warning of a handler", "GET /", handler(func(h *probe) error { log.App().Warn(hostile); return nil }), `x\n[E`},
	} {
		for name, install := range map[string]func(out io.Writer) slog.Handler{
			"slog's default": func(out io.Writer) slog.Handler { stdlog.SetOutput(out); return slogDefault },
			"text":           func(out io.Writer) slog.Handler { return log.NewFormatter(out, log.FormatterOptions{}) },
			"json":           func(out io.Writer) slog.Handler { return log.NewFormatter(out, log.FormatterOptions{Format: "json"}) },
			"logfmt":         func(out io.Writer) slog.Handler { return log.NewFormatter(out, log.FormatterOptions{Format: "logfmt"}) },
		} {
			got := logOf(t, tt.app, tt.request, install)
			if name != "json" && name != "logfmt" && !strings.Contains(strings.ReplaceAll(got, "\n    ", `\n`), tt.logs) {
				t.Errorf("%s, %s: %q is not in %q", tt.name, name, tt.logs, got)
			}
			for line := range strings.Lines(got) {
				line = strings.TrimSuffix(line, "\n")
				if log.Escape(line) != line || strings.HasPrefix(line, "[E") && strings.HasSuffix(line, "forged") {
					t.Errorf("%s, %s: line %q", tt.name, name, line)
				}
			}
		}
	}
}

// logOf returns the log of a server for one request.
func logOf(t *testing.T, app *Application, request string, install func(io.Writer) slog.Handler) string {
	t.Helper()
	before, output := slog.Default(), stdlog.Writer()
	defer func() { stdlog.SetOutput(output); slog.SetDefault(before) }()
	out := &lockedBuffer{}
	slog.SetDefault(slog.New(install(out)))
	conn, err := net.Dial("tcp", listen(t, app))
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, request+" HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
	require.NoError(t, err)
	_, err = io.ReadAll(conn)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		return strings.Contains(out.String(), "ms") || strings.Contains(out.String(), "Malformed")
	}, looptest.Patience, time.Millisecond, out.String())
	return out.String()
}

// Each row is the access log line of one request.
func TestAccessLines(t *testing.T) {
	r := &httputil.HTTPServerRequest{Method: "GET", URI: "/a?b", RemoteIP: "127.0.0.1"}
	for took, want := range map[time.Duration]string{
		0:                          "0.00",
		4 * time.Microsecond:       "0.00",
		5 * time.Microsecond:       "0.01",
		510 * time.Microsecond:     "0.51",
		999_995 * time.Nanosecond:  "1.00",
		12345678 * time.Nanosecond: "12.35",
		90 * time.Second:           "90000.00",
		-time.Second:               "0.00",
	} {
		want = fmt.Sprintf("200 GET /a?b (127.0.0.1) %sms", want)
		if got := string(appendAccessLine(nil, 200, r, took)); got != want {
			t.Errorf("%v: %s, want %s", took, got, want)
		}
	}
	for status, level := range map[int]string{200: "INFO", 304: "INFO", 399: "INFO", 400: "WARN", 499: "WARN", 500: "ERROR", 599: "ERROR"} {
		book := keepLog(t)
		fetch(t, getting(func(h *probe) error { h.SetStatus(status, "x"); return nil }), "GET /")
		require.Contains(t, book.without("general"), fmt.Sprintf("%s access: %d GET / (", level, status))
	}
}
