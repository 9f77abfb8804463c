package websocket_test

// These tests use WebSocket clients in other languages, by other authors. Each client is a
// script in testdata that talks to a server of this package and reports in JSON. Besides
// the variables that package peers reads:
//
//	TORNADO_NODE_MODULES   the directory node_modules that has ws 8 (npm install ws@8)

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/internal/peers"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/websocket"
)

func TestPeerWebsockets(t *testing.T) {
	python := peers.Python(t, "websockets")
	judge(t, python, "testdata/websockets_peer.py", "4001,server is done")
}

func TestPeerWebsocketClient(t *testing.T) {
	python := peers.Python(t, "websocket._core")
	judge(t, python, "testdata/websocket_client_peer.py", "1000,")
}

func TestPeerWs(t *testing.T) {
	t.Setenv("NODE_PATH", os.Getenv("TORNADO_NODE_MODULES"))
	peers.Check(t, "npm ws", "node", "-e", "require('ws')")
	judge(t, "node", "testdata/ws_peer.js", "4001,server is done")
}

// A report holds a peer's results of its conversations with the server.
type report struct {
	Wrong     []any  // messages that came back changed
	Echoes    int    // those that did not
	Fragments string // the echo of a message that the peer sent in three fragments
	Pong      bool   // its ping was answered
	Close     []any  // the code and reason that the peer saw after it had closed with 4000
	Closed    []any  // and after the server closed with 4001
}

// judge lets a peer's script talk to the server, and compares what both sides saw.
// answer is the code and reason with which the peer answers a close frame.
func judge(t *testing.T, command, script, answer string) {
	echoNotes, leaveNotes := newNotes(), newNotes()
	echo := quietEcho{probe{notes: echoNotes, open: func(h *probe) error { return h.Ping([]byte("are you there?")) }}}
	leave := probe{notes: leaveNotes,
		message: func(h *probe, text string) error { return h.Close(4001, "server is done") }}
	s := serve(t, web.URL("/echo", echo), web.URL("/leave", leave))

	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, command, script, "ws://"+s.address)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, stderr.String())
	var got report
	require.NoError(t, json.Unmarshal(out, &got), string(out))

	require.Equal(t, report{Wrong: []any{}, Echoes: 12, Fragments: "fragmented", Pong: true,
		Close: []any{4000.0, ""}, Closed: []any{4001.0, "server is done"}}, got)
	s.waitClosed(echoNotes)
	s.waitClosed(leaveNotes)
	const pong = " pong:are you there?" // somewhere
	require.Equal(t, 1, strings.Count(s.story(echoNotes), pong))
	require.Equal(t, "open()"+strings.Repeat(" message", 13)+" ping:payload lost closed(4000,client is done)",
		strings.Replace(s.story(echoNotes), pong, "", 1))
	require.Equal(t, "open() t:x lost closed("+answer+")", s.story(leaveNotes))
}

// A quietEcho is a probe that does not record the messages.
type quietEcho struct{ probe }

func (h *quietEcho) OnMessage(m websocket.Message) error {
	h.note("message")
	return h.WriteMessage(m)
}
