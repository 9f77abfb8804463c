package web

import (
	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/webbase"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/gotornado/tornado/locale"
)

// RequestHandler is the base of all handlers: embed it by value, and override what
// [Handler] lists. Each request has its own; its methods are for the loop of the
// request. Tornado: web.RequestHandler.
type RequestHandler struct {
	self        Handler // the outermost struct; hooks are called on it
	application *Application
	request     *httputil.HTTPServerRequest // nil when it is packed: see held
	exchange    *exchange                   // nil once the answer is finished

	pathArgs   []string
	pathKwargs map[string]string

	status int

	extras *extras // nil until one of them is needed

	currentUser      any
	currentUserKnown bool

	requestShared  bool // somebody may hold the request
	executing      bool // somebody up the stack looks at misuse
	upgrading      bool // base.FinishUpgrade was called
	asynchronous   bool
	headersWritten bool
	finished       bool
	reporting      bool // LogException runs for a misuse
}

// extras are what few handlers need, or none that waits for long.
type extras struct {
	misuse error // the first one, until Clear

	reason      string // of the answer's status; "" is the status's own
	includeHost bool   // StaticURL returns absolute URLs

	locale       *locale.Locale  // nil until it is asked for
	modules      []*activeModule // of the page, in the order of their first use
	loadersReset bool            // for this request

	detached *iostream.IOStream  // what Detach returned
	retained *retainedConnection // set by RetainConnection
}

// extra is for changes.
func (h *RequestHandler) extra() *extras {
	if h.extras == nil {
		h.extras = new(extras)
	}
	return h.extras
}

func (h *RequestHandler) base() *RequestHandler { return h }

// APrototypeIsAStructThatEmbedsOneRequestHandler does nothing. The compiler names it, as
// the first method of [Handler], if a prototype cannot be served:
//
//   - "missing method": the struct does not embed RequestHandler, or [URL] got a pointer;
//     write URL("/", Page{}).
//   - "ambiguous selector": two embedded structs both embed RequestHandler at the same
//     depth. Let only one of them embed it, and give the other a field for the handler.
func (h *RequestHandler) APrototypeIsAStructThatEmbedsOneRequestHandler() {}

// Request is the request being served. It stays valid after the answer, and nothing of
// it is used for another request. Tornado: request.
func (h *RequestHandler) Request() *httputil.HTTPServerRequest {
	h.requestShared = true
	return h.peekRequest()
}

// held is the request, for ourselves: nobody keeps it. One that was packed is unpacked.
func (h *RequestHandler) peekRequest() *httputil.HTTPServerRequest {
	if h.request == nil {
		h.request = h.self.(webbase.Hooked).FrameworkHooks().UnpackRequest()
	}
	return h.request
}

// Application is the application that the handler serves. Tornado: application.
func (h *RequestHandler) Application() *Application { return h.application }

// Settings are the settings of the application. Tornado: settings.
func (h *RequestHandler) Settings() *Settings { return &h.application.settings }

// Self is the outermost struct, the whole handler, for functions that are given the
// base.
func (h *RequestHandler) Self() Handler { return h.self }

// Loop is the loop of the request's connection, on which the handler runs.
func (h *RequestHandler) Loop() *ioloop.IOLoop { return loopOf(h.peekRequest().Connection) }

// PathArgs are the positional groups of the route's pattern, percent-decoded, as the
// verb gets them. Tornado: path_args.
func (h *RequestHandler) PathArgs() []string { return h.pathArgs }

// PathKwargs are the named groups of the route's pattern, percent-decoded; nil if there
// are none. Tornado: path_kwargs.
func (h *RequestHandler) PathKwargs() map[string]string { return h.pathKwargs }

// PathArg is the group called name of the route's pattern, percent-decoded, "" if there
// is none. Tornado: path_kwargs[name].
func (h *RequestHandler) PathArg(name string) string { return h.pathKwargs[name] }

// Finished reports whether the answer is complete: nothing can be written any more.
// Tornado: _finished.
func (h *RequestHandler) Finished() bool { return h.finished }

// Asynchronous keeps the answer open when the verb returns: a later callback ends
// it with [RequestHandler.Finish]. Call it in Prepare or the verb.
// Tornado 2.2: @asynchronous.
func (h *RequestHandler) Asynchronous() { h.asynchronous = true }

// ReverseURL returns the path of the handler called name, with args in the place of the
// groups of its pattern; see [Application.ReverseURL]. Tornado: reverse_url.
func (h *RequestHandler) ReverseURL(name string, args ...any) (string, error) {
	return h.application.ReverseURL(name, args...)
}

// Detach takes the stream away from HTTP, for another protocol: it is the caller's to
// close. The request counts as finished; nothing is logged and OnFinish does not run.
// It is nil if the client has left, the answer is finished or, behind Middleware and
// under net/http, was not begun with 101. Tornado: detach.
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
