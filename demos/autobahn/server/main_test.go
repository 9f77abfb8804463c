package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/demos/internal/demotest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/web/webtest"
	"github.com/gotornado/tornado/websocket"
)

func TestMain(m *testing.M) { demotest.Main(m, main) }

func TestEachMessageComesBack(t *testing.T) {
	program := demotest.Start(t)
	runner := webtest.Serve(t, func(*ioloop.IOLoop) *web.Application { return newApp() }) // its loop runs the client
	_, err := webtest.Await(runner, func() (struct{}, error) {
		o := websocket.ConnectOptions{Compression: new(websocket.CompressionOptions)}
		conn, err := websocket.Connect(runner.Loop(), "ws://"+program.Addr()+"/", o).Await()
		if err != nil {
			return struct{}{}, err
		}
		defer conn.Abort()
		for _, sent := range []websocket.Message{
			websocket.Text(""), websocket.Text("café"), websocket.Binary([]byte{0xff}), websocket.Text(strings.Repeat("x", 100_000)),
		} {
			if err := conn.WriteMessage(sent); err != nil {
				return struct{}{}, err
			}
			got, err := conn.ReadMessage().Await()
			if err != nil {
				return struct{}{}, err
			}
			if got.Binary != sent.Binary || got.String() != sent.String() {
				t.Errorf("sent %.20q, got %.20q", sent, got)
			}
		}
		if extension := conn.Headers().Get("Sec-WebSocket-Extensions"); !strings.Contains(extension, "permessage-deflate") {
			t.Errorf("extensions: %q", extension)
		}
		return struct{}{}, nil
	})
	require.NoError(t, err)
}
