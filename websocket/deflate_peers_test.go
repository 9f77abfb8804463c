package websocket_test

// These tests use the clients of peers_test.go and Tornado's, with compression.

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

func TestDeflatePeerWebsockets(t *testing.T) { // ws-19 ... ws-25
	python := peers.Python(t, "websockets")
	judgeDeflate(t, python, "testdata/deflate_websockets_peer.py")
}

func TestDeflatePeerWs(t *testing.T) { // ws-19 ... ws-25, ws-27
	t.Setenv("NODE_PATH", os.Getenv("TORNADO_NODE_MODULES"))
	peers.Check(t, "npm ws", "node", "-e", "require('ws')")
	judgeDeflate(t, "node", "testdata/deflate_ws_peer.js")
}

func TestDeflatePeerTornado(t *testing.T) { // ws-19 ... ws-25
	python := peers.Python(t, "tornado")
	judgeDeflate(t, python, "testdata/deflate_tornado_peer.py")
}

// judgeDeflate runs a peer's script against echo handlers with every kind of compression. It
// compares the number of messages sent with the number of right echoes, and returns the
// agreements.
func judgeDeflate(t *testing.T, command, script string) {
	n := newNotes()
	n.events = make([]string, 0, 1<<16)
	echo := func(bits int) compressing {
		return compressing{probe{notes: n}, websocket.CompressionOptions{ClientWindowBits: bits}}
	}
	s := serve(t, web.URL("/default", echo(0)), web.URL("/wide", echo(15)), web.URL("/narrow", echo(9)), web.URL("/fresh", echo(-1)))

	ctx, cancel := context.WithTimeout(t.Context(), 120*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, command, script, "ws://"+s.address)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	require.NoError(t, err, stderr.String())
	var got struct {
		Wrong        []any
		Sent, Echoes int
		Answers      []string
	}
	require.NoError(t, json.Unmarshal(out, &got), string(out))

	require.Empty(t, got.Wrong)
	require.Equal(t, got.Sent, got.Echoes)
	require.NotZero(t, got.Sent)
	for _, answer := range got.Answers {
		require.Contains(t, strings.ToLower(answer), "deflate")
	}
	for range got.Answers {
		s.waitClosed(n)
	}
}
