package main

import (
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/locks"
)

// cacheSize is the number of messages that the room remembers.
const cacheSize = 200

// A Message is one line of the chat. Its JSON names are those of the page's script.
type Message struct {
	ID   string `json:"id"`
	Body string `json:"body"`
	HTML string `json:"html"`
}

// A MessageBuffer holds the last messages of the room. It needs no mutex, because the handlers
// of a loop never run at the same time.
type MessageBuffer struct {
	cache []Message
	added *locks.Condition // notified after each new message
}

// NewMessageBuffer returns an empty buffer for the handlers of loop.
func NewMessageBuffer(loop *ioloop.IOLoop) *MessageBuffer {
	return &MessageBuffer{added: locks.NewCondition(loop)}
}

// Since returns the messages after the one whose ID is cursor. If there is no such message, it
// returns all messages: the page has missed so many that its own are forgotten.
func (b *MessageBuffer) Since(cursor string) []Message {
	for i := len(b.cache) - 1; i >= 0; i-- {
		if b.cache[i].ID == cursor {
			return b.cache[i+1:]
		}
	}
	return b.cache
}

// Add adds a message, and wakes the polls that wait for it.
func (b *MessageBuffer) Add(m Message) {
	b.cache = append(b.cache, m)
	if len(b.cache) > cacheSize {
		b.cache = b.cache[1:]
	}
	b.added.NotifyAll()
}
