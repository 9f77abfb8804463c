package web

import (
	"errors"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/webbase"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/gotornado/tornado/locale"
	"github.com/gotornado/tornado/log"
	"github.com/gotornado/tornado/template"
)

// Handler lists the hooks: the methods that a handler may override. The framework calls
// them on the outermost struct, so it calls the override. Embed [RequestHandler] by
// value: it implements all hooks and seals the interface, so that the list can grow.
//
// Every other method of RequestHandler is a helper. A struct may have a method of the same
// name, but the framework does not call it. The hook that changes a helper's effect:
//
//   - Write, WriteString, WriteJSON, Flush: override Finish, or use Settings.Transforms
//   - SetStatus, SetHeader: override WriteError, SetDefaultHeaders or Finish
//   - Render: override RenderString or Finish
//   - CurrentUser, Locale: override GetCurrentUser, GetUserLocale
//   - GetArgument and its kin: override DecodeArgument
type Handler interface {
	// APrototypeIsAStructThatEmbedsOneRequestHandler is a hint in the compiler's errors: see
	// the method of RequestHandler.
	APrototypeIsAStructThatEmbedsOneRequestHandler()

	// The verbs (Tornado: get, head, ...). args are the positional groups of the
	// route's pattern, decoded; an optional group that took no part is "".
	// A verb that is not overridden answers 405; HEAD is not derived from GET.
	Delete(args ...string) error
	Get(args ...string) error
	Head(args ...string) error
	Options(args ...string) error
	Patch(args ...string) error
	Post(args ...string) error
	Put(args ...string) error
	// Other runs for a method that SupportsMethod accepts beyond those seven.
	Other(args ...string) error
	// SupportsMethod says which methods are not refused with 405 before Prepare
	// runs. Tornado: SUPPORTED_METHODS.
	SupportsMethod(method string) bool

	// SetDefaultHeaders runs at the start of a request and whenever [RequestHandler.Clear]
	// resets the headers, so also for error pages.
	SetDefaultHeaders()
	// Initialize runs before Prepare. What Tornado passes to it as arguments are
	// fields of the prototype here.
	Initialize() error
	// Prepare runs before the verb, whatever the verb.
	Prepare() error
	// StreamRequestBody says that the body is not to be gathered: Prepare runs when the
	// headers are in, DataReceived gets the body as it comes, and the verb runs behind
	// its end. It is asked of the prototype, once. Tornado: @stream_request_body.
	StreamRequestBody() bool
	// DataReceived gets a part of a streamed body, which belongs to the handler. While
	// it waits, the client is held back. An error ends the request. Tornado: data_received.
	DataReceived(chunk []byte) error
	// OnFinish runs once, after the answer was sent and logged.
	OnFinish()
	// OnConnectionClose runs if the client goes away, or closes its sending side, while the
	// handler waits. It also runs after OnFinish if a streamed body was not read to its end.
	OnConnectionClose()
	// OnShutdown runs if the server begins to shut down (httpserver.HTTPServer.Shutdown)
	// while the handler waits, or has retained its connection. The server waits for the
	// answer, up to its deadline.
	OnShutdown()

	// DecodeArgument turns the bytes of an argument into text. name is "" for a
	// group of a pattern without a name.
	DecodeArgument(value, name string) (string, error)
	// CheckXSRFCookie refuses a forged request. With the setting XSRFCookies it runs
	// before Prepare, except for GET, HEAD and OPTIONS. Override it to return nil for a
	// handler that does not trust cookies, such as one of an API.
	CheckXSRFCookie() error
	// GetLoginURL says where to log in, see [RequestHandler.Authenticated].
	GetLoginURL() string
	// GetCurrentUser says who is logged in, see [RequestHandler.CurrentUser].
	GetCurrentUser() any
	// GetUserLocale says which language the user has chosen, see [RequestHandler.Locale].
	GetUserLocale() *locale.Locale
	// GetBrowserLocale says which language the browser asks for.
	GetBrowserLocale(fallback ...string) *locale.Locale
	// GetTemplatePath says where the templates lie, see [RequestHandler.Render].
	GetTemplatePath() string
	// CreateTemplateLoader makes what finds the templates at a path.
	CreateTemplateLoader(templatePath string) template.BaseLoader
	// GetTemplateNamespace returns the names that every template has.
	GetTemplateNamespace() Namespace
	// RenderLinkedJS, RenderEmbedJS, RenderLinkedCSS and RenderEmbedCSS make HTML of what
	// the UI modules of a page need.
	RenderLinkedJS(files []string) string
	RenderEmbedJS(scripts []string) string
	RenderLinkedCSS(files []string) string
	RenderEmbedCSS(styles []string) string
	// ComputeEtag returns the value of the Etag header, quotes included, or "" for none.
	ComputeEtag() string
	// LogException logs an error that ended a handler.
	LogException(err error)
	// HandleException ends a request whose handler failed: it logs err and sends an error
	// page.
	HandleException(err error)
	// SendError sends the error page of status. It runs for every error of the handler,
	// and whenever the handler calls it.
	SendError(status int, cause error)
	// WriteError writes the page of an error response. cause is the error that the
	// handler returned or panicked with, or nil.
	WriteError(status int, cause error)
	// Finish ends the response. It runs when the verb returns, at the end of an error page,
	// of Redirect and of Render, and whenever the handler calls it. chunk is what to write
	// before: a string, a []byte or a value for WriteJSON.
	Finish(chunk ...any) error
	// Clear resets the response. It runs before Initialize and before an error page.
	Clear()
	// Redirect ends the response with a redirect. AddSlash, Authenticated and the handlers
	// of this package call it too.
	Redirect(url string, status ...int) error
	// RenderString returns the text of a template. Render and UI modules call it too.
	RenderString(name string, namespace ...Namespace) ([]byte, error)
	// StaticURL returns the URL of a static file. Templates and UI modules call it too.
	StaticURL(path string, options ...StaticURLOption) string
	// ReverseURL returns the path of a named route. Templates call it too.
	ReverseURL(name string, args ...any) (string, error)
	// SetCookie sets a cookie. SetSignedCookie, ClearCookie and XSRFToken call it too.
	SetCookie(name, value string, options ...CookieOptions)
	// ClearCookie deletes a cookie at the client. ClearAllCookies calls it too.
	ClearCookie(name string, options ...CookieOptions)

	base() *RequestHandler
	execute(args []string, kwargs map[string]string)
}

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

	requested      bool // somebody may hold the request
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
	h.requested = true
	return h.held()
}

// held is the request, for ourselves: nobody keeps it. One that was packed is unpacked.
func (h *RequestHandler) held() *httputil.HTTPServerRequest {
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
func (h *RequestHandler) Loop() *ioloop.IOLoop { return loopOf(h.held().Connection) }

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
		if x.upload != nil {
			x.upload.cut()
		}
		x.dropBody()
		x.release()
	}
	return stream
}

// AsyncCallback returns a function that calls fn and ends the request if it fails, as
// if a verb had: for the callbacks of an asynchronous handler. Tornado 2.2:
// async_callback, whose arguments are fn's closure here.
func (h *RequestHandler) AsyncCallback(fn func() error) func() {
	return func() {
		h.attempt(fn, func(err error) {
			if err != nil {
				h.self.HandleException(err)
			}
		})
	}
}

// attempt calls fn and then done with its error, its panic or the misuse in it.
func (h *RequestHandler) attempt(fn func() error, done func(error)) {
	executing, misuse := h.executing, h.misuse()
	h.executing = true
	tryThen(fn, func(err error) {
		if h.executing = executing; err == nil && h.misuse() != misuse {
			err = h.misuse()
		}
		done(err)
	})
}

func notAllowed() error { return NewHTTPError(405) }

// Delete answers 405 unless overridden, as the other verbs do. Tornado: delete.
func (h *RequestHandler) Delete(args ...string) error { return notAllowed() }

// Get answers 405 unless overridden. Tornado: get.
func (h *RequestHandler) Get(args ...string) error { return notAllowed() }

// Head answers 405 unless overridden. Tornado: head.
func (h *RequestHandler) Head(args ...string) error { return notAllowed() }

// Options answers 405 unless overridden. Tornado: options.
func (h *RequestHandler) Options(args ...string) error { return notAllowed() }

// Patch answers 405 unless overridden. Tornado: patch.
func (h *RequestHandler) Patch(args ...string) error { return notAllowed() }

// Post answers 405 unless overridden. Tornado: post.
func (h *RequestHandler) Post(args ...string) error { return notAllowed() }

// Put answers 405 unless overridden. Tornado: put.
func (h *RequestHandler) Put(args ...string) error { return notAllowed() }

// Other answers 405 unless overridden. It runs for a method, such as PROPFIND, that an
// overridden SupportsMethod accepts.
func (h *RequestHandler) Other(args ...string) error { return notAllowed() }

// SupportsMethod accepts DELETE, GET, HEAD, OPTIONS, PATCH, POST and PUT; any other
// method is refused with 405. Tornado: SUPPORTED_METHODS.
func (h *RequestHandler) SupportsMethod(method string) bool {
	switch method {
	case "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT":
		return true
	}
	return false
}

// SetDefaultHeaders does nothing; override it to have headers in every answer, error
// pages included. Tornado: set_default_headers.
func (h *RequestHandler) SetDefaultHeaders() {}

// Initialize does nothing; override it to set up a handler from its prototype's fields,
// before all else. An error ends the request. Tornado: initialize.
func (h *RequestHandler) Initialize() error { return nil }

// Prepare does nothing; override it for what all verbs have in common. It runs before
// the verb, which does not run if Prepare fails or finishes the answer.
// Tornado: prepare.
func (h *RequestHandler) Prepare() error { return nil }

// OnFinish does nothing; override it for what is to be done after the answer was sent
// and logged: writing is too late. Tornado: on_finish.
func (h *RequestHandler) OnFinish() {}

// OnConnectionClose does nothing. Override it to clean up after a client that left while
// the handler waits. It runs after the results of what the client has received, such as a
// Flush, and before a Flush fails. It runs once.
//
// A client that closes its sending side and goes on reading looks like one that has left,
// so OnConnectionClose runs for it as well, and Context is cancelled. Such a client still
// receives whatever the handler writes. To leave the rest of a response out, return from
// the handler. Tornado: on_connection_close; it drops the response.
func (h *RequestHandler) OnConnectionClose() {}

// execute runs the request, as the package comment describes. args and kwargs are the groups
// of the route's pattern, percent-decoded.
func (h *RequestHandler) execute(args []string, kwargs map[string]string) {
	if hooked, ok := h.self.(webbase.Hooked); ok {
		hooked.FrameworkHooks().Execute(args, kwargs)
		return
	}
	h.executeWith(args, kwargs, h.verb)
}

// executeWith runs the request with respond in place of the verb's method.
func (h *RequestHandler) executeWith(args []string, kwargs map[string]string, respond func() error) {
	h.executing = true
	tryThen(func() error { return h.run(args, kwargs, respond) }, h.executed)
}

// executed ends the request with the error of run, if there is one.
func (h *RequestHandler) executed(err error) {
	if err == nil || err == errBodyCut {
		h.executing = false
		return
	}
	tryThen(func() error { h.self.HandleException(err); return nil }, func(err error) {
		if err != nil {
			log.Error(log.App(), "Exception in exception handler", err)
			h.sendPlainError(500)
		}
		h.executing = false
	})
}

// run is the life of a request up to the verb's return.
func (h *RequestHandler) run(args []string, kwargs map[string]string, answer func() error) error {
	h.self.Clear()
	if err := h.self.Initialize(); err != nil {
		return err
	}
	if !h.self.SupportsMethod(h.held().Method) {
		return notAllowed()
	}
	if err := h.checkForm(); err != nil {
		return err
	}
	if err := h.decodePath(args, kwargs); err != nil {
		return err
	}
	if h.application.settings.XSRFCookies && !safeMethod(h.held().Method) {
		if err := h.self.CheckXSRFCookie(); err != nil {
			return err
		}
	}
	if err := h.self.Prepare(); err != nil {
		return err
	}
	if err := h.misuse(); err != nil { // that Prepare has dropped
		return err
	}
	if x := h.exchange; x != nil && x.upload != nil {
		if err := x.upload.await(); err != nil {
			return err
		}
	}
	if !h.finished {
		if err := answer(); err != nil {
			return err
		}
	}
	if h.misuse() == nil && !h.finished && !h.asynchronous {
		return h.self.Finish()
	}
	return h.misuse()
}

// checkForm refuses a body that is not the form its Content-Type names. An empty body is
// none either; but requests that usually have no body are not asked for its type.
func (h *RequestHandler) checkForm() error {
	if x := h.exchange; len(h.held().Body) == 0 && (safeMethod(h.held().Method) || x.upload != nil) {
		return nil
	}
	if _, err := h.held().BodyArguments(); err != nil {
		return HTTPErrorf(400, "Invalid body: %w", err)
	}
	return nil
}

// verb calls the method that is named like the request's.
func (h *RequestHandler) verb() error {
	switch h.held().Method {
	case "GET":
		return h.self.Get(h.pathArgs...)
	case "POST":
		return h.self.Post(h.pathArgs...)
	case "HEAD":
		return h.self.Head(h.pathArgs...)
	case "PUT":
		return h.self.Put(h.pathArgs...)
	case "DELETE":
		return h.self.Delete(h.pathArgs...)
	case "PATCH":
		return h.self.Patch(h.pathArgs...)
	case "OPTIONS":
		return h.self.Options(h.pathArgs...)
	}
	return h.self.Other(h.pathArgs...)
}

// HandleException ends the request as if the handler had returned err: it logs it by
// LogException and, if nothing was sent yet, answers with an error page. It is for the
// callbacks of an asynchronous handler. Tornado: _handle_request_exception.
func (h *RequestHandler) HandleException(err error) {
	if finish, ok := errors.AsType[Finish](err); ok {
		if h.finished {
			return
		}
		if err = h.self.Finish(finish.Chunk); err == nil {
			return
		}
	}
	tryThen(func() error { h.self.LogException(err); return nil }, func(logErr error) {
		if logErr != nil {
			log.Error(log.App(), "Error in exception logger", logErr)
		}
		if !h.finished {
			h.self.SendError(statusOf(err), err)
		}
	})
}

// misuse is the first misuse since Clear.
func (h *RequestHandler) misuse() error {
	if h.extras == nil {
		return nil
	}
	return h.extras.misuse
}

// misused keeps err, so that it is not lost if the caller drops it.
func (h *RequestHandler) misused(err error) error {
	if h.misuse() == nil {
		h.extra().misuse = err
	}
	if h.finished && !h.executing && !h.reporting { // a LogException that writes must not go round in circles
		h.reporting = true
		defer func() { h.reporting = false }()
		h.self.LogException(err)
	}
	return err
}
