package main

import (
	"crypto/rand"
	"encoding/json"
	"log/slog"

	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/websocket"
)

// MainHandler serves the page, with the messages so far.
type MainHandler struct {
	web.RequestHandler
	Room *Room
}

func (h *MainHandler) Get(args ...string) error {
	return h.Render("index.html", web.Namespace{"messages": h.Room.cache})
}

// ChatSocketHandler serves the WebSocket of a page.
type ChatSocketHandler struct {
	websocket.WebSocketHandler
	Room    *Room
	Draft76 bool
}

var _ websocket.Handler = (*ChatSocketHandler)(nil) // a mistyped hook fails to compile here

// Open joins the room. The group drops the socket by itself when it closes.
func (h *ChatSocketHandler) Open(args ...string) error {
	h.Room.waiters.Add(h)
	return nil
}

// OnMessage sends the message of a page, {"body": text}, to all pages. Other fields are ignored.
func (h *ChatSocketHandler) OnMessage(m websocket.Message) error {
	slog.Info("got message", "text", m.String())
	var parsed struct{ Body *string }
	if err := json.Unmarshal(m.Data, &parsed); err != nil || parsed.Body == nil {
		slog.Warn("ignored a message that is not an object with the text body", "error", err)
		return nil
	}
	chat := Message{ID: rand.Text(), Body: *parsed.Body}
	html, err := h.RenderString("message.html", web.Namespace{"message": chat})
	if err != nil {
		return err
	}
	chat.HTML = string(html)
	return h.Room.Send(chat)
}

// GetCompressionOptions turns on compression with its defaults, because it does not return nil.
func (h *ChatSocketHandler) GetCompressionOptions() *websocket.CompressionOptions {
	return new(websocket.CompressionOptions)
}

// MaxMessageSize limits a message to 64 KiB. The room keeps 200 of them in memory.
func (h *ChatSocketHandler) MaxMessageSize() int { return 64 << 10 }

// SendLimits ends a socket whose page has not read the last MiB of messages.
func (h *ChatSocketHandler) SendLimits() websocket.SendLimits {
	return websocket.SendLimits{MaxBuffered: 1 << 20, WhenFull: websocket.CloseWhenFull}
}

// AllowDraft76 serves clients of draft 76 if the option --draft76 says so.
func (h *ChatSocketHandler) AllowDraft76() bool { return h.Draft76 }
