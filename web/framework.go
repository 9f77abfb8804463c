package web

import (
	"strings"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/webbase"
)

// baseMethods is a RequestHandler with the methods for package websocket. The conversion of
// the pointer allocates nothing.
type baseMethods RequestHandler

// Framework returns the methods of the handler that only package websocket calls.
func (h *RequestHandler) Framework() webbase.Base { return (*baseMethods)(h) }

func (b *baseMethods) PeekRequest() *httputil.HTTPServerRequest {
	return (*RequestHandler)(b).peekRequest()
}

func (b *baseMethods) PackRequest() (p httputil.PackedRequest, ok bool) {
	h := (*RequestHandler)(b)
	if h.requestShared || h.request == nil {
		return "", false
	}
	if p, ok = h.request.Pack(); !ok {
		return "", false
	}
	h.request = nil
	for i, arg := range h.pathArgs { // arg may share the memory of the whole head, which a copy does not
		h.pathArgs[i] = strings.Clone(arg)
	}
	for name, arg := range h.pathKwargs {
		h.pathKwargs[name] = strings.Clone(arg)
	}
	return p, true
}

func (b *baseMethods) ExecuteWith(args []string, kwargs map[string]string, respond func() error) {
	(*RequestHandler)(b).executeWith(args, kwargs, respond)
}

func (b *baseMethods) FinishUpgrade() error {
	b.upgrading = true
	return b.self.Finish()
}
