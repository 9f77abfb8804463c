package main

import "log/slog"

// cacheSize is the number of messages that the room remembers.
const cacheSize = 200

// A Message is one line of the chat, with the keys "id", "from", "body" and "html".
type Message map[string]string

// A Room holds the last messages, and the polls that wait for the next one.
type Room struct {
	cache   []Message
	waiters map[*MessageUpdatesHandler]func([]Message)
}

// NewRoom returns a room without messages.
func NewRoom() *Room {
	return &Room{waiters: map[*MessageUpdatesHandler]func([]Message){}}
}

// WaitForMessages calls callback with the messages after the one whose ID is cursor: at once if
// there are some, otherwise when the next one comes. If no message has that ID, all messages are
// new.
func (r *Room) WaitForMessages(h *MessageUpdatesHandler, cursor string, callback func([]Message)) {
	recent := r.cache
	for i, m := range r.cache {
		if m["id"] == cursor {
			recent = r.cache[i+1:]
		}
	}
	if len(recent) > 0 {
		callback(recent)
		return
	}
	r.waiters[h] = callback
}

// CancelWait forgets the callback of a handler, if the room still has it.
func (r *Room) CancelWait(h *MessageUpdatesHandler) { delete(r.waiters, h) }

// NewMessages adds messages and passes them to all waiting callbacks, which then wait no more.
func (r *Room) NewMessages(messages ...Message) {
	slog.Info("sending new message", "listeners", len(r.waiters))
	waiters := r.waiters
	r.waiters = map[*MessageUpdatesHandler]func([]Message){}
	for _, callback := range waiters {
		callback(messages)
	}
	r.cache = append(r.cache, messages...)
	if len(r.cache) > cacheSize {
		r.cache = r.cache[len(r.cache)-cacheSize:]
	}
}
