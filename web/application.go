package web

import (
	"io/fs"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/locale"
	"github.com/gotornado/tornado/template"
)

// Version is the version of this project in the Server header.
const Version = "0.1.0"

const serverName = "TornadoServer/" + Version

// Settings configure an application. The zero value does what Tornado does without
// settings.
type Settings struct {
	// Debug is for development. It turns on ServeTraceback, NoStaticHashCache,
	// NoCompiledTemplateCache and Autoreload.
	Debug bool
	// Autoreload builds and restarts the program when a source file changes. See package
	// autoreload.
	Autoreload bool
	// NoAutoreload keeps Debug from turning Autoreload on. Tornado: autoreload=False.
	NoAutoreload bool
	// ServeTraceback shows errors and their stacks to clients.
	ServeTraceback bool

	// DefaultHost is used as the host of requests that match no host pattern, unless they
	// came through a proxy (X-Real-Ip).
	DefaultHost string
	// DefaultHandlerClass serves requests that match no pattern. The zero value responds
	// with 404.
	DefaultHandlerClass HandlerClass
	// LogFunction is called on the loop at the end of each request, instead of writing the
	// access log. nil means the access log, which goes to [slog.Default].
	LogFunction func(h *RequestHandler)
	// Observe is called with each finished request, for metrics. It runs on the loop of the
	// request and must not block. With several loops, several calls may run at once.
	Observe func(r RequestRecord)

	// CookieSecret signs and verifies signed cookies: a long, random text. Without it, and
	// without CookieSecrets, methods that need a secret panic.
	CookieSecret string
	// CookieSecrets are the secrets by key version, instead of CookieSecret. The secret of
	// KeyVersion signs, and all of them verify. So a secret can be replaced while clients
	// still have cookies that the previous secret signed. Tornado: cookie_secret, a dict.
	CookieSecrets map[int]string
	// KeyVersion is the key version of the secret in CookieSecrets that signs. Tornado:
	// key_version.
	KeyVersion int
	// LoginURL is the URL to which [RequestHandler.Authenticated] redirects users who are
	// not logged in.
	LoginURL string

	// XSRFCookies makes every request except GET, HEAD and OPTIONS need a token that only
	// pages of this site can know. See [RequestHandler.CheckXSRFCookie] and
	// [RequestHandler.XSRFFormHTML].
	XSRFCookies bool
	// XSRFCookieVersion is the version of new tokens, 1 or 2; 0 means 2. Tokens of both
	// versions are accepted from clients.
	XSRFCookieVersion int
	// XSRFCookieKwargs are the attributes of the cookie that holds the token.
	XSRFCookieKwargs CookieOptions
	// XSRFCookieName is the name of that cookie; "" means "_xsrf".
	XSRFCookieName string

	// StaticPath is a directory to serve below StaticURLPrefix. Its favicon.ico and
	// robots.txt are also served at the root. Without StaticPath and StaticFS, no files are
	// served.
	StaticPath string
	// StaticFS is served instead of StaticPath if it is not nil.
	StaticFS fs.FS
	// StaticURLPrefix is the beginning of the URLs of static files; "" means "/static/".
	StaticURLPrefix string
	// StaticHandlerClass serves the static files: StaticFileHandler, or a handler that
	// embeds it. Its prototype needs no Path. The zero value is Class(StaticFileHandler{}).
	// Tornado: static_handler_class; static_handler_args are fields of the prototype.
	StaticHandlerClass HandlerClass
	// NoStaticHashCache computes the version of a file again for each request. Tornado:
	// static_hash_cache. Debug turns it on.
	NoStaticHashCache bool

	// TemplatePath is the directory of the templates that Render finds by their names.
	TemplatePath string
	// TemplateFS holds the templates instead of the file system, for example an embed.FS.
	// TemplatePath is the directory in it.
	TemplateFS fs.FS
	// TemplateLoader loads the templates if it is not nil: a [template.Loader] with its own
	// options, or template.FromHTML for templates of html/template.
	TemplateLoader template.BaseLoader
	// Autoescape names the function that escapes values in templates. "" means
	// xhtml_escape; template.NoAutoescape turns escaping off.
	Autoescape string
	// TemplateWhitespace is template.WhitespaceAll, WhitespaceSingle or WhitespaceOneline.
	// "" depends on the extension of the file.
	TemplateWhitespace string
	// NoCompiledTemplateCache reads and compiles templates again for each request. Tornado:
	// compiled_template_cache. Debug turns it on.
	NoCompiledTemplateCache bool
	// UIModules are the modules for {% module %}, in addition to linkify, xsrf_form_html
	// and Template:
	//
	//	map[string]web.UIModuleClass{"Entry": web.UIModuleOf(Entry{})}
	UIModules map[string]UIModuleClass
	// UIMethods are functions for all templates, by name. The first parameter is the
	// handler of the page: a [*RequestHandler], a [Handler], or another interface that all
	// handlers of the application have. The other parameters are the arguments in the
	// template.
	UIMethods map[string]any
	// Translations are the languages that Locale chooses from; nil means only en_US.
	Translations *locale.Translations

	// CompressResponse compresses responses with gzip. Tornado: compress_response, and
	// gzip.
	CompressResponse bool
	// Transforms change every response, in this order. If it is not nil, CompressResponse
	// has no effect. Tornado: transforms of Application.
	Transforms []TransformClass

	// WebSocketPingInterval is the time between pings of WebSockets; 0 means no pings.
	// Tornado: websocket_ping_interval.
	WebSocketPingInterval time.Duration
	// WebSocketPingTimeout is the limit for a pong after a ping; 0 means
	// WebSocketPingInterval, and a negative value disables the limit. Tornado:
	// websocket_ping_timeout.
	WebSocketPingTimeout time.Duration
	// WebSocketMaxMessageSize is the limit for a message in bytes; 0 means 10 MiB. Tornado:
	// websocket_max_message_size.
	WebSocketMaxMessageSize int
	// WebSocketAllowedOrigins are origins whose pages may open WebSockets, in addition to
	// pages of the same host: "https://example.com", "https://*.example.com" for all hosts
	// below it, or "*" for all. Tornado has no such setting.
	WebSocketAllowedOrigins []string

	// Loop is a running loop for the handlers of [Application.ServeHTTP]. nil means that
	// the application starts one.
	Loop *ioloop.IOLoop

	// Extra holds the application's own settings by name; see [Settings.Lookup].
	Extra map[string]any
}

// withDefaults returns the settings with the defaults filled in. Defaults are written
// nowhere else.
func (s Settings) withDefaults() Settings {
	s.ServeTraceback = s.ServeTraceback || s.Debug
	s.Autoreload = (s.Autoreload || s.Debug) && !s.NoAutoreload
	if s.DefaultHandlerClass.make == nil {
		s.DefaultHandlerClass = Class(ErrorHandler{StatusCode: 404})
	}
	if s.XSRFCookieVersion == 0 {
		s.XSRFCookieVersion = 2
	}
	if s.XSRFCookieName == "" {
		s.XSRFCookieName = "_xsrf"
	}
	s.NoStaticHashCache = s.NoStaticHashCache || s.Debug
	s.NoCompiledTemplateCache = s.NoCompiledTemplateCache || s.Debug
	if s.Translations == nil {
		s.Translations = locale.New(locale.Options{})
	}
	return s.withStatic()
}

// Lookup returns a setting of Extra, and whether it exists. In templates it is
// handler.settings["name"].
func (s *Settings) Lookup(name string) (value any, ok bool) {
	value, ok = s.Extra[name]
	return value, ok
}

// An Application routes requests to handlers, and an HTTP server serves it. Make it with
// NewApplication, and set it up before it serves. Tornado: web.Application.
type Application struct {
	settings   Settings
	transforms []TransformClass
	hosts      []hostGroup // groups that AddHandlers added; the last group is for every host
	router     *router
	exchanges  sync.Pool
	now        atomic.Pointer[dateText]
	shared     sharedLoop
	uiModules  map[string]UIModuleClass
	uiMethods  []uiMethod
	loaders    sync.Map // template.BaseLoader by template path
}

// NewApplication returns an application that serves specs on every host. The first match
// serves a request. NewApplication panics if a setting cannot work, and says which: static
// files without a directory, an invalid UI module or UI method, a version of XSRF tokens
// that does not exist.
func NewApplication(specs []URLSpec, s Settings) *Application {
	a := &Application{settings: s.withDefaults()}
	a.settings.checkXSRF()
	a.transforms = a.settings.settingsTransforms()
	a.uiModules, a.uiMethods = withUIModules(s.UIModules), newUIMethods(s.UIMethods)
	a.exchanges.New = func() any { return new(exchange) }
	a.hosts = []hostGroup{newHostGroup(".*", append(a.settings.staticSpecs(), specs...))}
	a.settings.checkStatic(specs)
	a.router = newRouter(a.hosts, a.settings.DefaultHost)
	a.settings.startAutoreload()
	return a
}

// Settings returns the settings of the application with their defaults. Do not change them:
// many were used when the application was made. Tornado: settings.
func (a *Application) Settings() *Settings { return &a.settings }

// AddHandlers serves specs on the hosts that hostPattern matches. hostPattern is a regular
// expression or a template such as {name}.example.com; an invalid one panics. Patterns are
// tried in the order in which they were added, before the handlers for every host. Call
// AddHandlers before the application serves. Tornado: add_handlers.
func (a *Application) AddHandlers(hostPattern string, specs []URLSpec) {
	last := len(a.hosts) - 1
	a.hosts = append(a.hosts[:last:last], newHostGroup(hostPattern, specs), a.hosts[last])
	a.settings.checkStatic(specs)
	a.router = newRouter(a.hosts, a.settings.DefaultHost)
}

// StartRequest implements [httputil.HTTPServerConnectionDelegate]: the server calls it
// for each request, on the loop of the connection.
func (a *Application) StartRequest(conn httputil.HTTPConnection) httputil.HTTPMessageDelegate {
	x := a.exchanges.Get().(*exchange)
	x.application, x.conn = a, conn
	return x
}

// findTarget returns the handler class that serves a request.
func (a *Application) findTarget(r *httputil.HTTPServerRequest) target {
	if t, ok := a.router.findTarget(r); ok {
		return t
	}
	return target{class: a.settings.DefaultHandlerClass}
}

// dateText is the text of the Date header for one second.
type dateText struct {
	second int64
	text   string
}

// date returns the text of the Date header. It formats the text once a second.
func (a *Application) date(now time.Time) string {
	second := now.Unix()
	if d := a.now.Load(); d != nil && d.second == second {
		return d.text
	}
	d := &dateText{second, httputil.FormatTimestamp(now)}
	a.now.Store(d)
	return d.text
}
