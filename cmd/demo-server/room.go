package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/websocket"
)

const (
	maxHistory = 200  // messages that a room keeps
	maxText    = 1000 // characters of a message
	maxName    = 24   // characters of a name
)

// A room is who is in it and what was said. It is all of the chat that is neither
// loop nor socket.
type room struct {
	name    string
	members map[*ioloop.IOLoop][]*member // a list is replaced, never changed: its loop may be reading it
	names   map[string]*member           // by nameKey
	history []json.RawMessage            // the last maxHistory events of type "message"
	stamp   int64                        // of the last event
	left    time.Time                    // when somebody last left
	now     func() time.Time
}

// A roomEvent is what members are told.
type roomEvent struct {
	Type string `json:"type"` // "message", "join", "leave" or "name"
	At   int64  `json:"at"`   // microseconds since 1970; later than that of any event before
	Name string `json:"name"` // who
	Text string `json:"text,omitempty"`
	To   string `json:"to,omitempty"` // the new name
}

// A welcome is what a new member is told.
type welcome struct {
	Type    string            `json:"type"` // "welcome"
	Room    string            `json:"room"`
	You     string            `json:"you"`
	Online  []string          `json:"online"`
	History []json.RawMessage `json:"history"`
}

func newRoom(name string, now func() time.Time) *room {
	return &room{
		name: name, now: now, history: []json.RawMessage{},
		members: map[*ioloop.IOLoop][]*member{}, names: map[string]*member{},
	}
}

// event is something that name did now.
func (r *room) event(kind, name string) roomEvent {
	r.stamp = max(r.stamp+1, r.now().UnixMicro())
	return roomEvent{Type: kind, At: r.stamp, Name: name}
}

func (r *room) add(m *member, name string) {
	m.name, m.room = name, r
	r.names[nameKey(name)] = m
	r.members[m.loop] = append(slices.Clone(r.members[m.loop]), m)
}

func (r *room) remove(m *member, now time.Time) {
	m.room, r.left = nil, now
	delete(r.names, nameKey(m.name))
	rest := slices.DeleteFunc(slices.Clone(r.members[m.loop]), func(other *member) bool { return other == m })
	if r.members[m.loop] = rest; len(rest) == 0 {
		delete(r.members, m.loop)
	}
}

func (r *room) welcome(m *member) websocket.Message {
	online := []string{}
	for _, other := range r.names {
		online = append(online, other.name)
	}
	slices.SortFunc(online, func(a, b string) int { return strings.Compare(nameKey(a), nameKey(b)) })
	return encode(welcome{"welcome", r.name, m.name, online, r.history})
}

// say keeps what m says, and returns it for all.
func (r *room) say(m *member, text string) (websocket.Message, error) {
	text = strings.TrimSpace(text)
	switch n := utf8.RuneCountInString(text); {
	case n == 0:
		return websocket.Message{}, complaint("A message needs some text.")
	case n > maxText:
		return websocket.Message{}, complaint(fmt.Sprintf("That is %d characters; a message has %d at most.", n, maxText))
	}
	event := r.event("message", m.name)
	event.Text = text
	message := encode(event)
	if len(r.history) == maxHistory {
		r.history = slices.Delete(r.history, 0, 1)
	}
	r.history = append(r.history, message.Data)
	return message, nil
}

// rename gives m another name, and returns the notice of it for all.
func (r *room) rename(m *member, wanted string) (websocket.Message, error) {
	name := cleanName(wanted)
	if name == "" {
		return websocket.Message{}, complaint("A name needs at least one character that can be seen.")
	}
	if other := r.names[nameKey(name)]; other != nil && other != m {
		return websocket.Message{}, complaint(fmt.Sprintf("Somebody in this room is called %s already.", name))
	}
	event := r.event("name", m.name)
	event.To = name
	delete(r.names, nameKey(m.name))
	m.name = name
	r.names[nameKey(name)] = m
	return encode(event), nil
}

// freeName is the name that is wanted, with a number behind it if somebody has it, or
// the name of a guest if none is wanted.
func (r *room) freeName(wanted string) string {
	name := cleanName(wanted)
	base := name
	if name == "" {
		base, name = "Guest", "Guest 1"
	}
	for n := 2; r.names[nameKey(name)] != nil; n++ {
		name = fmt.Sprintf("%s %d", base, n)
	}
	return name
}

// nameKey is equal for names that are taken for the same.
func nameKey(name string) string { return strings.ToLower(name) }

// cleanName is what of a name can be seen, without needless space, cut to maxName.
func cleanName(s string) string {
	s = strings.Map(func(c rune) rune {
		switch {
		case unicode.IsSpace(c):
			return ' '
		case c == utf8.RuneError || !unicode.IsPrint(c):
			return -1
		}
		return c
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > maxName {
		s = strings.TrimSpace(string(runes[:maxName]))
	}
	return s
}

// encode makes a message of one of the types above.
func encode(v any) websocket.Message {
	m, err := websocket.JSON(v)
	if err != nil {
		panic(err) // none of them holds what JSON cannot
	}
	return m
}
