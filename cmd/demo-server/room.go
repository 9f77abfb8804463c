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

// A room holds the members and the history of one chat room. It uses neither loops nor sockets
// itself.
type room struct {
	name    string
	members map[*ioloop.IOLoop][]*chatMember // the members by loop; a slice is replaced and not changed, because its loop may be reading it
	names   map[string]*chatMember           // by nameKey
	history []json.RawMessage                // the last maxHistory events of type "message"
	stamp   int64                            // of the last event
	left    time.Time                        // when a member last left
	now     func() time.Time
}

// A roomEvent is an event that is sent to members.
type roomEvent struct {
	Type string `json:"type"` // "message", "join", "leave" or "name"
	At   int64  `json:"at"`   // microseconds since 1970; greater than that of any earlier event
	Name string `json:"name"` // the member
	Text string `json:"text,omitempty"`
	To   string `json:"to,omitempty"` // the new name
}

// A welcome is the first event that a new member gets.
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
		members: map[*ioloop.IOLoop][]*chatMember{}, names: map[string]*chatMember{},
	}
}

// event returns an event of the member name, at the current time.
func (r *room) event(kind, name string) roomEvent {
	r.stamp = max(r.stamp+1, r.now().UnixMicro())
	return roomEvent{Type: kind, At: r.stamp, Name: name}
}

func (r *room) addMember(m *chatMember, name string) {
	m.name, m.room = name, r
	r.names[nameKey(name)] = m
	r.members[m.loop] = append(slices.Clone(r.members[m.loop]), m)
}

func (r *room) removeMember(m *chatMember, now time.Time) {
	m.room, r.left = nil, now
	delete(r.names, nameKey(m.name))
	rest := slices.DeleteFunc(slices.Clone(r.members[m.loop]), func(other *chatMember) bool { return other == m })
	if r.members[m.loop] = rest; len(rest) == 0 {
		delete(r.members, m.loop)
	}
}

func (r *room) welcome(m *chatMember) websocket.Message {
	online := []string{}
	for _, other := range r.names {
		online = append(online, other.name)
	}
	slices.SortFunc(online, func(a, b string) int { return strings.Compare(nameKey(a), nameKey(b)) })
	return encode(welcome{"welcome", r.name, m.name, online, r.history})
}

// say adds a message of m to the history, and returns it for all members.
func (r *room) say(m *chatMember, text string) (websocket.Message, error) {
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

// rename changes the name of m, and returns the event for all members.
func (r *room) rename(m *chatMember, wanted string) (websocket.Message, error) {
	name := cleanName(wanted)
	if name == "" {
		return websocket.Message{}, complaint("A name needs at least one visible character.")
	}
	if other := r.names[nameKey(name)]; other != nil && other != m {
		return websocket.Message{}, complaint(fmt.Sprintf("The name %s is taken in this room.", name))
	}
	event := r.event("name", m.name)
	event.To = name
	delete(r.names, nameKey(m.name))
	m.name = name
	r.names[nameKey(name)] = m
	return encode(event), nil
}

// freeName returns the wanted name, with a number if it is taken, or "Guest" with a number if
// no name is wanted.
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

// nameKey returns a key that is equal for names that count as the same.
func nameKey(name string) string { return strings.ToLower(name) }

// cleanName returns name without invisible characters and extra space, cut to maxName.
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

// encode returns v, one of the types above, as a message.
func encode(v any) websocket.Message {
	m, err := websocket.JSON(v)
	if err != nil {
		panic(err) // these types always encode
	}
	return m
}
