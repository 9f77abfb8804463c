package main

import (
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/websocket"
)

type pageHandler struct {
	web.RequestHandler
	Poll *Poll
}

func (h *pageHandler) Get(args ...string) error {
	return h.Render("poll.html", web.Namespace{"poll": h.Poll})
}

type voteHandler struct {
	web.RequestHandler
	Poll *Poll
}

func (h *voteHandler) Post(args ...string) error {
	if err := h.Poll.vote(h.GetBodyArgument("choice")); err != nil {
		return err
	}
	return h.Redirect("/")
}

type resultHandler struct {
	web.RequestHandler
	Poll *Poll
}

func (h *resultHandler) Get(args ...string) error {
	return h.WriteJSON(h.Poll)
}

type saveHandler struct {
	web.RequestHandler
	Poll *Poll
	Path string
}

func (h *saveHandler) Post(args ...string) error {
	if err := h.Poll.save(h.Loop(), h.Path); err != nil {
		return err
	}
	return h.WriteString("saved\n")
}

type pollSocket struct {
	websocket.WebSocketHandler
	Poll *Poll
}

var _ websocket.Handler = (*pollSocket)(nil)

func (h *pollSocket) Open(args ...string) error {
	h.Poll.watchers.Add(h)
	result, err := websocket.JSON(h.Poll)
	if err != nil {
		return err
	}
	return h.WriteMessage(result)
}
