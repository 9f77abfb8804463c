package web

import (
	"bufio"
	"bytes"
	"io"
	"log/slog"
	"net"
	"net/http"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
)

// logNothing keeps the log quiet until the test ends.
func logNothing(t *testing.T) {
	before := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	t.Cleanup(func() { slog.SetDefault(before) })
}

// connect opens n connections to addr, and closes them when the test ends.
func connect(t *testing.T, addr string, n int) []net.Conn {
	t.Helper()
	conns := make([]net.Conn, n)
	for i := range conns {
		c, err := net.Dial("tcp", addr)
		require.NoError(t, err)
		t.Cleanup(func() { c.Close() })
		c.SetDeadline(time.Now().Add(looptest.Patience))
		conns[i] = c
	}
	return conns
}

// get requests / and returns the body of the response.
func get(c net.Conn) (body string, err error) {
	if _, err = io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		return "", err
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return "", err
	}
	all, err := io.ReadAll(res.Body)
	return string(all), err
}

// A thousand handlers wait for the same second: a waiting handler does not block the loop.
func TestHandlersWaitTogether(t *testing.T) {
	logNothing(t)
	clock, waiting := looptest.NewManualClock(), make(chan struct{}, 1000)
	addr := listenWith(t, serving(probe{do: func(h *probe) error {
		slept := ioloop.Sleep(h.Loop(), time.Second)
		waiting <- struct{}{}
		if _, err := slept.Await(); err != nil {
			return err
		}
		return h.WriteString("slept")
	}}), httpserver.Options{Loop: looptest.NewWith(t, ioloop.Options{Clock: clock})})
	clients := 1000
	if testing.Short() {
		clients = 100
	}
	conns := connect(t, addr, clients)
	for _, c := range conns {
		_, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
		require.NoError(t, err)
	}
	for range conns {
		<-waiting
	}
	clock.Advance(time.Second)
	for _, c := range conns {
		if got, err := io.ReadAll(c); err != nil || !bytes.HasSuffix(got, []byte("\r\n\r\nslept")) {
			t.Errorf("got %q, %v", got, err)
		}
	}
}

// Connections that are idle after a request keep no goroutine and no handler.
func TestIdleConnectionsHoldNoGoroutine(t *testing.T) {
	logNothing(t)
	addr := listen(t, serving(probe{do: func(h *probe) error { return h.WriteString("hello") }}))
	all := connect(t, addr, 501)
	_, err := get(all[0])
	require.NoError(t, err)
	before := runtime.NumGoroutine()
	for _, c := range all[1:] {
		_, err := get(c)
		require.NoError(t, err)
	}
	if after := runtime.NumGoroutine(); after > before+5 {
		t.Errorf("%d goroutines with 1 idle connection, %d with 501", before, after)
	}
}
