package main

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/demos/internal/demotest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/web/webtest"
	"github.com/gotornado/tornado/websocket"
)

func TestMain(m *testing.M) { demotest.Main(m, main) }

// A record holds the requests and messages that a fuzzing server has received.
type record struct {
	mutex sync.Mutex
	lines []string
}

func (r *record) add(format string, values ...any) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.lines = append(r.lines, fmt.Sprintf(format, values...))
}

func (r *record) String() string {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return strings.Join(r.lines, "\n")
}

// countHandler says that there are three cases.
type countHandler struct{ websocket.WebSocketHandler }

func (h *countHandler) Open(args ...string) error {
	h.WriteMessage(websocket.Text("3"))
	return h.Close(1000, "")
}

// A caseHandler sends a message, and closes the connection after the reply.
type caseHandler struct {
	websocket.WebSocketHandler
	Record *record
}

func (h *caseHandler) Open(args ...string) error {
	h.Record.add("%s", h.Request().URI)
	switch h.GetArgument("case", "") {
	case "1":
		return h.WriteMessage(websocket.Text("text"))
	case "2":
		return h.WriteMessage(websocket.Binary([]byte("bytes")))
	}
	h.Abort() // case 3, and the report
	return nil
}

func (h *caseHandler) OnMessage(m websocket.Message) error {
	h.Record.add("binary %v %s", m.Binary, m)
	return h.Close(1000, "")
}

func TestTheClientRunsAllCases(t *testing.T) {
	var got record
	s := webtest.Serve(t, func(*ioloop.IOLoop) *web.Application {
		return web.NewApplication([]web.URLSpec{
			web.URL(`/getCaseCount`, countHandler{}),
			web.URL(`/runCase`, caseHandler{Record: &got}),
			web.URL(`/updateReports`, caseHandler{Record: &got}),
		}, web.Settings{})
	})
	output, status := demotest.Run(t, "--url=ws://"+s.Addr(), "--name=my client")
	require.Equal(t, 0, status, output)
	require.Equal(t, `/runCase?case=1&agent=my+client
binary false text
/runCase?case=2&agent=my+client
binary true bytes
/runCase?case=3&agent=my+client
/updateReports?agent=my+client`, got.String())
	require.Contains(t, output, "running cases number=3")
}

func TestWithoutAServer(t *testing.T) {
	output, status := demotest.Run(t, "--url=ws://127.0.0.1:1")
	require.Equal(t, 1, status)
	require.Contains(t, output, "connection refused")
}
