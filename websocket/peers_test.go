package websocket_test

// The outside judges: WebSocket clients written by others, in other languages. Each is
// a script in testdata that talks to a server of this package and reports in JSON.
//
//	TORNADO_PYTHON         the Python that has websockets and websocket-client
//	                       (Debian: python3-websockets, python3-websocket); else /usr/bin/python3
//	TORNADO_NODE_MODULES   the directory node_modules that has ws 8 (npm install ws@8)
//	TORNADO_REQUIRE_PEERS  if set, a missing peer is a failure; else its test is skipped

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/websocket"
)

func TestPeerWebsockets(t *testing.T) {
	python := cmp.Or(os.Getenv("TORNADO_PYTHON"), "/usr/bin/python3")
	needPeer(t, "Python websockets", python, "-c", "import websockets")
	judge(t, python, "testdata/websockets_peer.py", "4001,server is done")
}

func TestPeerWebsocketClient(t *testing.T) {
	python := cmp.Or(os.Getenv("TORNADO_PYTHON"), "/usr/bin/python3")
	needPeer(t, "Python websocket-client", python, "-c", "import websocket; websocket.create_connection")
	judge(t, python, "testdata/websocket_client_peer.py", "1000,")
}

func TestPeerWs(t *testing.T) {
	t.Setenv("NODE_PATH", os.Getenv("TORNADO_NODE_MODULES"))
	needPeer(t, "npm ws", "node", "-e", "require('ws')")
	judge(t, "node", "testdata/ws_peer.js", "4001,server is done")
}

// needPeer skips the test if command, which looks whether a peer is there, fails.
func needPeer(t *testing.T, name, command string, args ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := exec.CommandContext(ctx, command, args...).Run(); err == nil {
		return
	}
	if os.Getenv("TORNADO_REQUIRE_PEERS") != "" {
		t.Fatal("peer missing: " + name)
	}
	t.Skip("peer missing: " + name)
}

// A report is what a peer says about its conversations with the server.
type report struct {
	Wrong     []any  // messages that came back changed
	Echoes    int    // those that did not
	Fragments string // the echo of a message in three fragments
	Pong      bool   // its ping was answered
	Close     []any  // code and reason that it sees after it closed with 4000
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

// A quietEcho does not note what the messages were.
type quietEcho struct{ probe }

func (h *quietEcho) OnMessage(m websocket.Message) error {
	h.note("message")
	return h.WriteMessage(m)
}
