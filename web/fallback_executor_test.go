package web

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
)

// Requests wait for a free place of the executor, and the loop serves others meanwhile.
func TestFallbackWaitsForItsExecutor(t *testing.T) { // wsgi-1, wsgi-b2
	logNothing(t)
	release := make(chan bool)
	var working, most atomic.Int32
	slow := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := working.Add(1)
		for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
		}
		<-release
		working.Add(-1)
		fmt.Fprint(w, "done")
	})
	quick := probe{do: func(h *probe) error { return h.WriteString("quick") }}
	base := "http://" + listen(t, NewApplication([]URLSpec{
		URL("/slow", FallbackHandler{Handler: slow, Executor: ioloop.NewExecutor(2)}),
		URL("/quick", quick),
	}, Settings{}))
	get := func(path string) string {
		res, err := http.Get(base + path)
		if err != nil {
			return err.Error()
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		return fmt.Sprint(string(text), err)
	}
	const requests = 6
	responses := make(chan string, requests)
	for range requests {
		go func() { responses <- get("/slow") }()
	}
	require.Eventually(t, func() bool { return working.Load() == 2 }, looptest.Patience, time.Millisecond)
	require.Equal(t, "quick<nil>", get("/quick"))
	close(release)
	for range requests {
		require.Equal(t, "done<nil>", <-responses)
	}
	require.EqualValues(t, 2, most.Load())
}

// A request whose client leaves while it waits for the executor never reaches the Handler.
func TestFallbackDropsARequestThatWaits(t *testing.T) { // wsgi-b1
	logNothing(t)
	var queued []func()
	submitted := make(chan bool, 2)
	var contexts []context.Context
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { contexts = append(contexts, r.Context()) })
	left := make(chan bool)
	app := NewApplication([]URLSpec{URL(".*", leavingFallback{FallbackHandler{
		Handler:  handler,
		Executor: ioloop.ExecutorFunc(func(fn func()) { queued = append(queued, fn); submitted <- true }),
	}, left})}, Settings{})
	addr := listen(t, app)
	conn, err := net.Dial("tcp", addr)
	require.NoError(t, err)
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	<-submitted
	conn.Close()
	<-left
	queued[0]()
	require.Empty(t, contexts)

	conn = dial(t, addr)
	io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
	<-submitted
	queued[1]()
	_, err = io.ReadAll(conn)
	require.NoError(t, err)
	require.Len(t, contexts, 1)
}

// A leavingFallback reports when its client has left.
type leavingFallback struct {
	FallbackHandler
	left chan bool
}

func (h *leavingFallback) OnConnectionClose() {
	h.FallbackHandler.OnConnectionClose()
	close(h.left)
}
