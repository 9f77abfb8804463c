package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestChatTwoInARoom(t *testing.T) {
	for _, loops := range []int{1, 2} {
		t.Run(fmt.Sprintf("loops=%d", loops), func(t *testing.T) {
			s := serve(t, loops)
			ada := dial(t, s, "/ws/chat/tea?name=Ada")
			welcome := ada.expect("welcome", "Ada")
			require.Equal(t, "tea", welcome.Room)
			require.Equal(t, []string{"Ada"}, welcome.Online)
			require.Empty(t, welcome.History)

			ada.say(" milk? ")
			said := ada.expect("message", "milk?")
			require.Equal(t, "Ada", said.Name)

			bob := dial(t, s, "/ws/chat/tea?name=bob")
			welcome = bob.expect("welcome", "bob")
			require.Equal(t, []string{"Ada", "bob"}, welcome.Online)
			require.Equal(t, []chatEvent{said}, welcome.History)
			ada.expect("join", "bob")

			bob.say("<b>yes</b>")
			for _, c := range []*wsClient{ada, bob} {
				if e := c.expect("message", "<b>yes</b>"); e.Name != "bob" || e.At <= said.At {
					t.Errorf("got %+v", e)
				}
			}

			bob.send(opClose, "\x03\xe8")
			ada.expect("leave", "bob")
			ada.say("alone")
			ada.expect("message", "alone")
		})
	}
}

func TestChatRoomsAreSeparate(t *testing.T) {
	s := serve(t, 1)
	inLobby, inTea := dial(t, s, "/ws/chat?name=Lo"), dial(t, s, "/ws/chat/tea?name=Te")
	require.Equal(t, "lobby", inLobby.expect("welcome", "Lo").Room)
	require.Equal(t, "tea", inTea.expect("welcome", "Te").Room)
	inLobby.say("for the lobby")
	inLobby.expect("message", "for the lobby")
	inTea.say("for tea")
	inTea.expect("message", "for tea") // without a message before it
	alsoLobby := dial(t, s, "/ws/chat/lobby?name=Also")
	require.Len(t, alsoLobby.expect("welcome", "Also").History, 1)
}

func TestChatNames(t *testing.T) {
	s := serve(t, 1)
	first, second := dial(t, s, "/ws/chat"), dial(t, s, "/ws/chat?name=guest+1")
	first.expect("welcome", "Guest 1")
	second.expect("welcome", "guest 1 2")
	first.expect("join", "guest 1 2")

	second.sendJSON(chatRequest{Type: "name", Name: "GUEST  1"})
	second.expect("error", "The name GUEST 1 is taken in this room.")
	second.sendJSON(chatRequest{Type: "name", Name: " \u202e\t"})
	second.expect("error", "A name needs at least one visible character.")
	second.sendJSON(chatRequest{Type: "name", Name: "Eve"})
	second.expect("name", "guest 1 2 -> Eve")
	second.sendJSON(chatRequest{Type: "name", Name: "EVE"}) // a member may take its own name again, in other letters
	second.expect("name", "Eve -> EVE")
	first.expect("name", "guest 1 2 -> Eve")
	first.expect("name", "Eve -> EVE")
	second.say("hi")
	require.Equal(t, "EVE", first.expect("message", "hi").Name)
}

func TestChatRefusesWithoutLosingAnything(t *testing.T) {
	c := dial(t, serve(t, 1), "/ws/chat?name=A")
	c.expect("welcome", "A")
	for _, tt := range []struct{ sent, complaint string }{
		{`{`, "This is not JSON (unexpected end of JSON input): " + chatUsage},
		{"\x00", `This is not JSON (invalid character '\x00' looking for beginning of value): ` + chatUsage},
		{`7`, "This JSON has the wrong form: " + chatUsage},
		{`{"type":"say","text":7}`, "This JSON has the wrong form: " + chatUsage},
		{`{}`, `The type "" is unknown: ` + chatUsage},
		{`{"type":"shout"}`, `The type "shout" is unknown: ` + chatUsage},
		{`{"type":"say"}`, "A message needs some text."},
		{`{"type":"say","text":" \n "}`, "A message needs some text."},
		{`{"type":"say","text":"` + strings.Repeat("é", 1001) + `"}`, "That is 1001 characters; a message has 1000 at most."},
	} {
		c.send(opText, `{"type":"say","text":"before"}`)
		c.send(opText, tt.sent)
		c.send(opText, `{"type":"say","text":"after"}`)
		c.expect("message", "before")
		c.expect("error", tt.complaint)
		c.expect("message", "after")
	}
	longest := strings.Repeat("é", 1000)
	c.say(longest)
	c.expect("message", longest)
}

func TestChatMessageTooBigToReadEndsTheConnection(t *testing.T) {
	c := dial(t, serve(t, 1), "/ws/chat?name=A")
	c.expect("welcome", "A")
	c.say(strings.Repeat("x", 64<<10))
	if got := c.read(); got.opcode != opClose || !strings.HasPrefix(got.payload, "\x03\xf1") {
		t.Errorf("got %v, want a close frame with 1009", got)
	}
}

func TestChatKeepsTheLast200(t *testing.T) {
	s := serve(t, 1)
	c := dial(t, s, "/ws/chat?name=A")
	c.expect("welcome", "A")
	for i := range 203 {
		c.say(fmt.Sprint(i))
		c.expect("message", fmt.Sprint(i))
	}
	history := dial(t, s, "/ws/chat?name=B").expect("welcome", "B").History
	require.Len(t, history, 200)
	if first, last := history[0].Text, history[199].Text; first != "3" || last != "202" {
		t.Errorf("kept %s to %s, want 3 to 202", first, last)
	}
	if !slices.IsSortedFunc(history, func(a, b chatEvent) int { return int(a.At - b.At) }) {
		t.Error("the times are not in order")
	}
}

// Members on two loops get the same messages in the same order under load.
func TestChatAcrossLoops(t *testing.T) {
	s := serve(t, 2)
	var clients []*wsClient
	for loops := 0; loops < 2; {
		name := fmt.Sprintf("c%d", len(clients))
		require.Less(t, len(clients), 64, "the kernel gave all connections to one loop")
		c := dial(t, s, "/ws/chat/tea?name="+name)
		c.expect("welcome", name)
		for _, before := range clients {
			before.expect("join", name)
		}
		clients = append(clients, c)
		loops = onHub(t, s, func() int { return len(s.hub.rooms["tea"].members) })
	}
	const each = 30
	for i := range each {
		for n, c := range clients {
			c.say(fmt.Sprintf("%d from %d", i, n))
		}
	}
	var want []string
	for n, c := range clients {
		var got []string
		for range each * len(clients) {
			got = append(got, c.event().Text)
		}
		if n == 0 {
			want = got
		}
		require.Equal(t, want, got, "client %d", n)
	}
	for n := range clients {
		mine := slices.DeleteFunc(slices.Clone(want), func(s string) bool { return !strings.HasSuffix(s, fmt.Sprintf(" from %d", n)) })
		require.Len(t, mine, each)
		for i, text := range mine {
			require.Equal(t, fmt.Sprintf("%d from %d", i, n), text)
		}
	}
}

func TestChatRemovesLostConnections(t *testing.T) {
	s := serve(t, 2)
	for i := range 20 {
		c := dial(t, s, "/ws/chat/tea")
		if i%2 == 0 {
			c.event()
		}
		c.conn.Close()
	}
	eventually(t, "all have left", func() bool {
		return onHub(t, s, func() bool {
			r := s.hub.rooms["tea"]
			return r != nil && len(r.names) == 0 && len(r.members) == 0
		}) && readStats(t, s).Connected.WebSocket == 0
	})
}

func TestChatFullRoom(t *testing.T) {
	s := serve(t, 1)
	onHub(t, s, func() bool {
		r := s.hub.room("tea")
		for i := range maxMembers {
			r.names[fmt.Sprint(i)] = &chatMember{}
		}
		return true
	})
	c := dial(t, s, "/ws/chat/tea")
	c.expect("error", string(roomFull))
	c.say("me too")
	if got := c.read(); got.opcode != opClose || got.payload != "\x03\xf5"+string(roomFull) {
		t.Errorf("got %v, want a close frame with 1013", got)
	}
}
