package main

import (
	"path"

	"github.com/gotornado/tornado/httpclient"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
)

// A sidebarHandler fetches all services at the same time, and returns their texts by name.
type sidebarHandler struct {
	web.RequestHandler
	Services []string
}

func (h *sidebarHandler) Get(args ...string) error {
	client := h.HTTPClient()
	fetches := map[string]*ioloop.Future[*httpclient.HTTPResponse]{}
	for _, url := range h.Services {
		fetches[path.Base(url)] = client.Fetch(&httpclient.HTTPRequest{URL: url, RaiseError: httpclient.Off})
	}
	responses, err := ioloop.MultiMap(h.Loop(), fetches).Await()
	if err != nil {
		return err
	}
	texts := map[string]string{}
	for name, response := range responses {
		texts[name] = response.Reason
		if response.Error == nil {
			texts[name] = string(response.Body)
		}
	}
	return h.WriteJSON(texts)
}
