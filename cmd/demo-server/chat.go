package main

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/gotornado/tornado/websocket"
)

const lobby = "lobby" // the default room

// snippet

type chatSocket struct {
	websocket.WebSocketHandler
	Hub    *hub
	member *chatMember
}

func (c *chatSocket) Open(args ...string) error {
	c.member = &chatMember{loop: c.Loop(), receive: c.receive}
	return c.report(c.Hub.Join(c.member, roomName(args), c.GetQueryArgument("name", "")))
}

func (c *chatSocket) OnMessage(m websocket.Message) error {
	request, err := parseChatRequest(m.Data)
	if err == nil {
		err = c.Hub.Handle(c.member, request) // waits for its turn
	}
	return c.report(err)
}

func (c *chatSocket) OnClose() { c.Hub.Leave(c.member) }

// end snippet

var _ websocket.Handler = (*chatSocket)(nil)

// MaxMessageSize allows more than the longest accepted text, so that a text that is slightly
// too long gets a complaint, not a closed connection.
func (c *chatSocket) MaxMessageSize() int { return 64 << 10 }

// receive sends a message of the room. After the client has gone, errors do not matter.
func (c *chatSocket) receive(m websocket.Message) { c.WriteMessage(m) }

// report sends a complaint to the client. Only a full room or hub ends the connection.
func (c *chatSocket) report(err error) error {
	var wrong complaint
	if !errors.As(err, &wrong) {
		return err
	}
	m, err := websocket.JSON(map[string]string{"type": "error", "error": string(wrong)})
	if err == nil {
		err = c.WriteMessage(m)
	}
	if err == nil && (wrong == roomFull || wrong == hubFull) {
		err = c.Close(websocket.CloseTryAgainLater, string(wrong))
	}
	return err
}

// A complaint is an error text for the client.
type complaint string

func (c complaint) Error() string { return string(c) }

// A chatRequest is a message from a client.
type chatRequest struct {
	Type string `json:"type"` // "say" or "name"
	Text string `json:"text"` // to say
	Name string `json:"name"` // the new name
}

const chatUsage = `send {"type": "say", "text": "…"} or {"type": "name", "name": "…"}`

func parseChatRequest(data []byte) (chatRequest, error) {
	var r chatRequest
	err := json.Unmarshal(data, &r)
	syntax, bad := errors.AsType[*json.SyntaxError](err)
	switch {
	case bad:
		return r, complaint(fmt.Sprintf("This is not JSON (%v): %s", syntax, chatUsage))
	case err != nil:
		return r, complaint("This JSON has the wrong form: " + chatUsage)
	case r.Type != "say" && r.Type != "name":
		return r, complaint(fmt.Sprintf("The type %.20q is unknown: %s", r.Type, chatUsage))
	}
	return r, nil
}

func roomName(args []string) string {
	if len(args) == 0 || args[0] == "" {
		return lobby
	}
	return args[0]
}

// chatPage is the page that talks to chatSocket.
type chatPage struct{ page }

func (h *chatPage) Get(args ...string) error {
	return h.render("chat.html", map[string]any{
		"Room": roomName(args), "MaxText": maxText, "MaxName": maxName,
		"Rooms": []string{lobby, "tea", "gophers"},
	})
}
