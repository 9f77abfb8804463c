package web_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/websocket"
)

// A story collects the events of handlers in order.
type story chan string

// tells returns the first n events, or fewer if they do not arrive in time.
func (s story) tells(n int) string {
	var events []string
	for range n {
		select {
		case event := <-s:
			events = append(events, event)
		case <-time.After(looptest.Patience):
			return strings.Join(append(events, "and no more"), " ")
		}
	}
	return strings.Join(events, " ")
}

// A clientLeaves ends a turn of the loop in which output was sent. It waits until the client has
// read the output and closed the connection. So the loop sees the end of the connection before it
// reports that the output was sent.
type clientLeaves chan struct{}

func (c clientLeaves) Flush() {
	<-c
	time.Sleep(time.Millisecond)
}

// A teller sends its response and reports the events of its connection.
type teller struct {
	web.RequestHandler
	events story
	leaves clientLeaves
	do     func(h *teller) error
}

func (h *teller) Get(...string) error { return h.do(h) }
func (h *teller) OnConnectionClose()  { h.events <- "closed" }
func (h *teller) OnFinish()           { h.events <- "finished" }

// tell sends the response and makes the client leave in the same turn.
func (h *teller) tell() *ioloop.Future[struct{}] {
	h.SetHeader("Content-Length", 4)
	h.WriteString("body")
	sent := h.Flush()
	h.Loop().FlushLater(h.leaves)
	return sent
}

// forever waits for longer than the client stays.
func (h *teller) forever() error {
	_, err := ioloop.NewFuture[struct{}](h.Loop()).Await()
	return err
}

func (h *teller) told(err error) {
	if err == nil {
		h.events <- "told"
	} else {
		h.events <- err.Error()
	}
}

// A socketTeller is a teller for WebSockets.
type socketTeller struct {
	websocket.WebSocketHandler
	events  story
	leaves  clientLeaves
	drained func(h *socketTeller, f *ioloop.Future[struct{}])
}

func (h *socketTeller) OnMessage(m websocket.Message) error {
	h.WriteMessage(m)
	h.drained(h, h.Drained())
	h.Loop().FlushLater(h.leaves)
	return nil
}

func (h *socketTeller) OnClose() { h.events <- "closed" }

// The handler learns of output that the client has received before it learns of the end of
// the connection.
func TestReceivedOutputIsReportedBeforeTheClose(t *testing.T) { // web-12, ws-51
	silenceLog(t)
	for name, tt := range map[string]struct {
		do   func(h *teller) error
		want string
	}{
		"Flush awaited": {func(h *teller) error {
			_, err := h.tell().Await()
			h.told(err)
			return h.forever()
		}, "told closed"},
		"Flush with a done callback": {func(h *teller) error {
			h.tell().AddDoneCallback(func(f *ioloop.Future[struct{}]) {
				_, err := f.Result()
				h.told(err)
			})
			return h.forever()
		}, "told closed"},
		"Flush with a timeout": {func(h *teller) error {
			_, err := ioloop.WithTimeout(h.tell(), time.Minute).Await()
			h.told(err)
			return h.forever()
		}, "told closed"},
		"Flush awaited in another coroutine": {func(h *teller) error {
			_, err := ioloop.Go(h.Loop(), func() (struct{}, error) { return h.tell().Await() }).Await()
			h.told(err)
			return h.forever()
		}, "told closed"},
		"the end after Flush": {func(h *teller) error {
			_, err := h.tell().Await()
			h.told(err)
			return nil
		}, "told finished"},
	} {
		t.Run(name, func(t *testing.T) {
			h := teller{events: make(story, 9), leaves: make(clientLeaves), do: tt.do}
			address := serveUnread(t, web.NewApplication([]web.URLSpec{web.URL("/", h)}, web.Settings{}), httpserver.Options{})
			conn := dialUnread(t, address, false)
			io.WriteString(conn, get("/"))
			response, err := http.ReadResponse(bufio.NewReader(conn), nil)
			require.NoError(t, err)
			_, err = io.ReadAll(response.Body)
			require.NoError(t, err)
			conn.Close()
			h.leaves <- struct{}{}
			require.Equal(t, tt.want, h.events.tells(2))
			time.Sleep(20 * time.Millisecond)
			require.Empty(t, h.events)
		})
	}
	for name, drained := range map[string]func(*socketTeller, *ioloop.Future[struct{}]){
		"Drained with a done callback": func(h *socketTeller, f *ioloop.Future[struct{}]) {
			f.AddDoneCallback(func(*ioloop.Future[struct{}]) { h.events <- "told" })
		},
		"Drained awaited": func(h *socketTeller, f *ioloop.Future[struct{}]) {
			h.Loop().SpawnFunc(func() { f.Await(); h.events <- "told" })
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := socketTeller{events: make(story, 9), leaves: make(clientLeaves), drained: drained}
			address := serveUnread(t, web.NewApplication([]web.URLSpec{web.URL("/socket", h)}, web.Settings{}), httpserver.Options{})
			conn := dialUnread(t, address, false)
			input := bufio.NewReader(conn)
			io.WriteString(conn, handshake)
			_, err := http.ReadResponse(input, nil)
			require.NoError(t, err)
			io.WriteString(conn, messageFrame)
			_, err = io.ReadFull(input, make([]byte, 3))
			require.NoError(t, err)
			conn.Close()
			h.leaves <- struct{}{}
			require.Equal(t, "told closed", h.events.tells(2))
		})
	}
}

// The handler is told about each client that leaves, in whatever way it leaves, before a Flush
// fails.
func TestEveryAbortIsReported(t *testing.T) { // web-12
	silenceLog(t)
	const times = 300
	for name, do := range map[string]func(h *teller) error{
		"a handler that waits": func(h *teller) error { h.events <- "began"; return h.forever() },
		"a handler that sends": func(h *teller) error {
			h.events <- "began"
			for {
				h.Write(megabyte)
				if _, err := h.Flush().Await(); err != nil {
					return nil
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := teller{events: make(story, 3*times), do: do}
			address := serveUnread(t, web.NewApplication([]web.URLSpec{web.URL("/", h)}, web.Settings{}), httpserver.Options{})
			for i := range times {
				conn := dialUnread(t, address, false)
				io.WriteString(conn, get("/"))
				require.Equal(t, "began", h.events.tells(1))
				if i%2 == 0 {
					conn.(*net.TCPConn).SetLinger(0) // a reset
				}
				conn.Close()
				require.Equal(t, "closed", h.events.tells(1), i)
				if name == "a handler that sends" {
					require.Equal(t, "finished", h.events.tells(1), i)
				}
			}
		})
	}
}
