package web

import (
	"github.com/gotornado/tornado/locale"
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
