package main

import (
	"log/slog"

	"github.com/gotornado/tornado/websocket"
)

// cacheSize is the number of messages that the room remembers.
const cacheSize = 200

// A Message is one line of the chat. Its JSON names are those of the page's script.
type Message struct {
	ID   string `json:"id"`
	Body string `json:"body"`
	HTML string `json:"html"`
}

// A Room holds the last messages, and the open sockets. It needs no mutex, because the handlers
// of a loop never run at the same time.
type Room struct {
	cache   []Message
	waiters websocket.Group
}

// Send remembers a message and sends it to all open sockets. The message is encoded once. A
// socket that is slow or has ended does not keep the others waiting.
func (r *Room) Send(m Message) error {
	r.cache = append(r.cache, m)
	if len(r.cache) > cacheSize {
		r.cache = r.cache[1:]
	}
	encoded, err := websocket.JSON(m)
	if err != nil {
		return err
	}
	slog.Info("sending message", "waiters", r.waiters.Len())
	r.waiters.Broadcast(encoded)
	return nil
}
