package web

import (
	"github.com/gotornado/tornado/locale"
	"github.com/gotornado/tornado/template"
)

// Handler lists the hooks: the methods that a handler may override. The framework calls
// them on the outermost struct, so it calls the override. Embed [RequestHandler] by value:
// it implements all hooks and seals the interface, so that later versions can add hooks.
//
// Every other method of RequestHandler is a helper. A struct may have a method of the same
// name, but the framework does not call it. To change the effect of a helper, override a
// hook:
//
//   - Write, WriteString, WriteJSON, Flush: override Finish, or use Settings.Transforms
//   - SetStatus, SetHeader: override WriteError, SetDefaultHeaders or Finish
//   - Render: override RenderString or Finish
//   - CurrentUser, Locale: override GetCurrentUser, GetUserLocale
//   - GetArgument and the other getters of arguments: override DecodeArgument
type Handler interface {
	// APrototypeIsAStructThatEmbedsOneRequestHandler is a hint in the compiler's errors: see
	// the method of RequestHandler.
	APrototypeIsAStructThatEmbedsOneRequestHandler()

	// These methods handle the request methods of the same names (Tornado: get, head, ...). args
	// are the decoded positional groups of the route's pattern; an optional group that did not
	// match is "". A method that is not overridden responds with 405. HEAD is not derived from
	// GET.
	Delete(args ...string) error
	Get(args ...string) error
	Head(args ...string) error
	Options(args ...string) error
	Patch(args ...string) error
	Post(args ...string) error
	Put(args ...string) error
	// Other handles request methods other than those seven, if SupportsMethod accepts them.
	Other(args ...string) error
	// SupportsMethod reports whether the handler accepts a method. Other methods get a 405
	// before Prepare runs. Tornado: SUPPORTED_METHODS.
	SupportsMethod(method string) bool

	// SetDefaultHeaders runs at the start of a request, and whenever [RequestHandler.Clear]
	// resets the headers. So it also runs for error pages.
	SetDefaultHeaders()
	// Initialize runs before Prepare. The arguments of Tornado's initialize are fields of
	// the prototype here.
	Initialize() error
	// Prepare runs before Get, Post or another method that handles the request.
	Prepare() error
	// StreamRequestBody reports whether the handler receives the body in parts. If so, Prepare
	// runs when the headers have arrived, DataReceived gets each part, and Get, Post or another
	// method runs after the whole body has arrived. StreamRequestBody is called once, on the
	// prototype. Tornado: @stream_request_body.
	StreamRequestBody() bool
	// DataReceived gets a part of a streamed body, which belongs to the handler. While it
	// waits, the server does not read more of the body. An error ends the request. Tornado:
	// data_received.
	DataReceived(chunk []byte) error
	// OnFinish runs once, after the response was sent and logged.
	OnFinish()
	// OnConnectionClose runs if the client leaves, or closes its sending side, while the
	// handler waits. It also runs after OnFinish if a streamed body was not read to its
	// end.
	OnConnectionClose()
	// OnShutdown runs if the server begins to shut down (httpserver.HTTPServer.Shutdown)
	// while the handler waits, or while the server counts its detached connection
	// (RetainConnection). The server waits for the response, until the deadline of
	// Shutdown.
	OnShutdown()

	// DecodeArgument decodes the bytes of an argument as text. name is "" for a group of a
	// pattern without a name.
	DecodeArgument(value, name string) (string, error)
	// CheckXSRFCookie refuses a forged request. With the setting XSRFCookies it runs
	// before Prepare, except for GET, HEAD and OPTIONS. Override it to return nil for a
	// handler that does not trust cookies, such as one of an API.
	CheckXSRFCookie() error
	// GetLoginURL returns the URL of the login page; see [RequestHandler.Authenticated].
	GetLoginURL() string
	// GetCurrentUser returns the user who is logged in, or nil; see
	// [RequestHandler.CurrentUser].
	GetCurrentUser() any
	// GetUserLocale returns the language that the user has chosen, or nil; see
	// [RequestHandler.Locale].
	GetUserLocale() *locale.Locale
	// GetBrowserLocale returns the language that the browser requests.
	GetBrowserLocale(fallback ...string) *locale.Locale
	// GetTemplatePath returns the directory of the templates; see [RequestHandler.Render].
	GetTemplatePath() string
	// CreateTemplateLoader returns a loader for the templates in a directory.
	CreateTemplateLoader(templatePath string) template.BaseLoader
	// GetTemplateNamespace returns the names that are defined in every template.
	GetTemplateNamespace() Namespace
	// RenderLinkedJS, RenderEmbedJS, RenderLinkedCSS and RenderEmbedCSS return HTML for the
	// scripts and styles that the UI modules of a page need.
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
	// SendError sends the error page of status. It runs for every error of the handler, and
	// also when the handler calls it.
	SendError(status int, cause error)
	// WriteError writes the page of an error response. cause is the error that the
	// handler returned or panicked with, or nil.
	WriteError(status int, cause error)
	// Finish ends the response. It runs when Get, Post or another method returns, at the end of
	// an error page, of Redirect and of Render, and when the handler calls it. chunk is written
	// first: a string, a []byte or a value for WriteJSON.
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

func notAllowed() error { return NewHTTPError(405) }

// Delete responds with 405 unless overridden, as the other verbs do. Tornado: delete.
func (h *RequestHandler) Delete(args ...string) error { return notAllowed() }

// Get responds with 405 unless overridden. Tornado: get.
func (h *RequestHandler) Get(args ...string) error { return notAllowed() }

// Head responds with 405 unless overridden. Tornado: head.
func (h *RequestHandler) Head(args ...string) error { return notAllowed() }

// Options responds with 405 unless overridden. Tornado: options.
func (h *RequestHandler) Options(args ...string) error { return notAllowed() }

// Patch responds with 405 unless overridden. Tornado: patch.
func (h *RequestHandler) Patch(args ...string) error { return notAllowed() }

// Post responds with 405 unless overridden. Tornado: post.
func (h *RequestHandler) Post(args ...string) error { return notAllowed() }

// Put responds with 405 unless overridden. Tornado: put.
func (h *RequestHandler) Put(args ...string) error { return notAllowed() }

// Other responds with 405 unless overridden. It runs for a method, such as PROPFIND, that
// an overridden SupportsMethod accepts.
func (h *RequestHandler) Other(args ...string) error { return notAllowed() }

// SupportsMethod accepts DELETE, GET, HEAD, OPTIONS, PATCH, POST and PUT. Any other method
// gets a 405. Tornado: SUPPORTED_METHODS.
func (h *RequestHandler) SupportsMethod(method string) bool {
	switch method {
	case "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT":
		return true
	}
	return false
}

// SetDefaultHeaders does nothing. Override it to set headers in every response, error pages
// included. Tornado: set_default_headers.
func (h *RequestHandler) SetDefaultHeaders() {}

// Initialize does nothing. Override it to set up the handler from the fields of its
// prototype. It runs before all other hooks except SetDefaultHeaders. An error ends the
// request. Tornado: initialize.
func (h *RequestHandler) Initialize() error { return nil }

// Prepare does nothing. Override it for work that all verbs have in common. If Prepare
// fails or finishes the response, the verb does not run. Tornado: prepare.
func (h *RequestHandler) Prepare() error { return nil }

// OnFinish does nothing. Override it for work after the response was sent and logged. It
// can no longer write to the response. Tornado: on_finish.
func (h *RequestHandler) OnFinish() {}

// OnConnectionClose does nothing. Override it to clean up after a client that left while
// the handler waits. It runs once. Results that the client has received before, such as
// that of a Flush, are delivered before it runs. A Flush that fails is delivered after it.
//
// A client that closes its sending side and still reads looks like a client that has left.
// So OnConnectionClose runs for it as well, and Context is cancelled. Such a client still
// receives everything that the handler writes. To leave out the rest of a response, return
// from the handler. Tornado: on_connection_close; it drops the response.
func (h *RequestHandler) OnConnectionClose() {}
