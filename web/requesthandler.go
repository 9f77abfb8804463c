package web

import (
	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/webbase"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/gotornado/tornado/locale"
)

// RequestHandler is the base of all handlers. Embed it by value, and override methods of
// [Handler]. Each request has its own handler. Call its methods only on the loop of the
// request. Tornado: web.RequestHandler.
type RequestHandler struct {
	self        Handler // the outermost struct, on which hooks are called
	application *Application
	request     *httputil.HTTPServerRequest // nil when it is packed: see peekRequest
	exchange    *exchange                   // nil after the response is finished

	pathArgs   []string
	pathKwargs map[string]string

	status int

	extras *extras // nil until extra is called

	currentUser      any
	currentUserKnown bool

	requestShared  bool // Request was called, so the caller may have kept the request
	executing      bool // a caller up the stack checks misuse
	upgrading      bool // FinishUpgrade was called
	asynchronous   bool
	headersWritten bool
	finished       bool
	reporting      bool // LogException runs for a misuse
}

// extras holds the fields that few handlers need, or that no waiting handler needs.
type extras struct {
	misuse error // the first one, until Clear

	reason      string // reason phrase of the response; "" means the usual phrase of the status
	includeHost bool   // StaticURL returns absolute URLs

	locale       *locale.Locale  // nil until the first call of Locale
	modules      []*activeModule // the UI modules of the page, in the order of their first use
	loadersReset bool            // the template loaders were reset for this request

	detached *iostream.IOStream  // the result of Detach
	retained *retainedConnection // set by RetainConnection
}

// extra returns the rarely used fields and allocates them on first use.
func (h *RequestHandler) extra() *extras {
	if h.extras == nil {
		h.extras = new(extras)
	}
	return h.extras
}

func (h *RequestHandler) base() *RequestHandler { return h }

// APrototypeIsAStructThatEmbedsOneRequestHandler does nothing. It is the first method of
// [Handler], so the compiler names it if a prototype cannot be served:
//
//   - "missing method": the struct does not embed RequestHandler, or [URL] got a pointer;
//     write URL("/", Page{}).
//   - "ambiguous selector": two embedded structs both embed RequestHandler at the same
//     depth. Let only one of them embed it, and give the other a field for the handler.
func (h *RequestHandler) APrototypeIsAStructThatEmbedsOneRequestHandler() {}

// Request returns the request. It stays valid after the response, and no part of it is used
// for another request. Tornado: request.
func (h *RequestHandler) Request() *httputil.HTTPServerRequest {
	h.requestShared = true
	return h.peekRequest()
}

// peekRequest returns the request for internal use and unpacks it if needed. It is the only
// accessor of the field. Callers must not keep the request, because it may be packed later.
func (h *RequestHandler) peekRequest() *httputil.HTTPServerRequest {
	if h.request == nil {
		h.request = h.self.(webbase.Hooked).FrameworkHooks().UnpackRequest()
	}
	return h.request
}

// Application returns the application that the handler serves. Tornado: application.
func (h *RequestHandler) Application() *Application { return h.application }

// Settings returns the settings of the application. Tornado: settings.
func (h *RequestHandler) Settings() *Settings { return &h.application.settings }

// Self returns the outermost struct, the whole handler. It is for functions that receive
// only the RequestHandler.
func (h *RequestHandler) Self() Handler { return h.self }

// Loop returns the loop of the request's connection, on which the handler runs.
func (h *RequestHandler) Loop() *ioloop.IOLoop { return loopOf(h.peekRequest().Connection) }

// PathArgs returns the positional groups of the route's pattern, percent-decoded: the
// arguments of the verb. Tornado: path_args.
func (h *RequestHandler) PathArgs() []string { return h.pathArgs }

// PathKwargs returns the named groups of the route's pattern, percent-decoded, or nil if
// there are none. Tornado: path_kwargs.
func (h *RequestHandler) PathKwargs() map[string]string { return h.pathKwargs }

// PathArg returns the group called name of the route's pattern, percent-decoded, or "" if
// there is none. Tornado: path_kwargs[name].
func (h *RequestHandler) PathArg(name string) string { return h.pathKwargs[name] }

// Finished reports whether the response is complete, so that nothing more can be written.
// Tornado: _finished.
func (h *RequestHandler) Finished() bool { return h.finished }

// Asynchronous keeps the response open when the verb returns; a later callback ends it with
// [RequestHandler.Finish]. Call it in Prepare or the verb. Tornado 2.2: @asynchronous.
func (h *RequestHandler) Asynchronous() { h.asynchronous = true }

// ReverseURL returns the path of the handler called name, with args in place of the groups
// of its pattern; see [Application.ReverseURL]. Tornado: reverse_url.
func (h *RequestHandler) ReverseURL(name string, args ...any) (string, error) {
	return h.application.ReverseURL(name, args...)
}

// Detach takes the stream away from HTTP, for another protocol. The caller must close the
// stream. The request counts as finished; nothing is logged and OnFinish does not run.
// Detach returns nil if the client has left or the response is finished. After Middleware,
// and on a net/http server, it also returns nil unless the response began with 101.
// Tornado: detach.
func (h *RequestHandler) Detach() *iostream.IOStream {
	x := h.exchange
	if x == nil {
		return nil
	}
	conn, ok := x.conn.(httputil.Detacher[*iostream.IOStream])
	if !ok {
		panic("web: the connection has no stream to Detach: serve the application with an httpserver.HTTPServer")
	}
	stream := conn.Detach()
	if stream != nil {
		h.finished, h.exchange = true, nil
		h.extra().detached = stream
		if x.streamed != nil {
			x.streamed.cutOff()
		}
		x.dropBody()
		x.returnToPool()
	}
	return stream
}
