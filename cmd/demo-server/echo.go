package main

import "github.com/gotornado/tornado/websocket"

// snippet

type echoSocket struct{ websocket.WebSocketHandler }

func (s *echoSocket) OnMessage(m websocket.Message) error {
	return s.WriteMessage(m)
}

// end snippet

// GetCompressionOptions enables compression for clients that offer it.
func (s *echoSocket) GetCompressionOptions() *websocket.CompressionOptions {
	return &websocket.CompressionOptions{}
}

var _ websocket.Handler = (*echoSocket)(nil)

// echoPage serves the page that uses echoSocket.
type echoPage struct{ page }

func (h *echoPage) Get(args ...string) error { return h.render("echo.html", nil) }
