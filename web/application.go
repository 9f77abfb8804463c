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

// Version is this project's, as the Server header shows it.
const Version = "0.1.0"

const serverName = "TornadoServer/" + Version

// Settings tune an application. The zero value does what Tornado does without any.
type Settings struct {
	// Debug is for development: it turns on ServeTraceback,
	// NoStaticHashCache and NoCompiledTemplateCache.
	Debug bool
	// ServeTraceback shows errors and their stacks to clients.
	ServeTraceback bool

	// DefaultHost is taken for the host of requests that no host pattern serves,
	// unless they came through a proxy (X-Real-Ip).
	DefaultHost string
	// DefaultHandlerClass serves what no pattern matches. The zero value answers 404.
	DefaultHandlerClass HandlerClass
	// LogFunction is called on the loop at the end of each request, in place of the access
	// log. nil means the access log, which goes to [slog.Default].
	LogFunction func(h *RequestHandler)
	// Observe is told of each request that has ended, for metrics. It runs on the loop
	// of the request, several at once if there are several loops, and must not wait.
	Observe func(r RequestRecord)

	// CookieSecret signs and verifies signed cookies: a long, random text. Without it, and
	// without CookieSecrets, what needs one panics.
	CookieSecret string
	// CookieSecrets are the secrets by key version, in place of CookieSecret: that of
	// KeyVersion signs, all verify, so that a secret can be replaced while cookies that
	// were signed with the one before it are about. Tornado: cookie_secret, a dict.
	CookieSecrets map[int]string
	// KeyVersion says which of CookieSecrets signs. Tornado: key_version.
	KeyVersion int
	// LoginURL is where [RequestHandler.Authenticated] sends who is not logged in.
	LoginURL string

	// XSRFCookies has every request but GET, HEAD and OPTIONS checked for a token that
	// only pages of this site can know. See [RequestHandler.CheckXSRFCookie] and
	// [RequestHandler.XSRFFormHTML].
	XSRFCookies bool
	// XSRFCookieVersion is the version of the tokens that are made, 1 or 2; 0 means 2.
	// Both are accepted from clients.
	XSRFCookieVersion int
	// XSRFCookieKwargs are the attributes of the cookie that holds the token.
	XSRFCookieKwargs CookieOptions
	// XSRFCookieName is the name of that cookie; "" means "_xsrf".
	XSRFCookieName string

	// StaticPath is a directory to serve below StaticURLPrefix; its favicon.ico and
	// robots.txt are served at the root too. With neither it nor StaticFS, no files are.
	StaticPath string
	// StaticFS is served in place of StaticPath if it is not nil.
	StaticFS fs.FS
	// StaticURLPrefix is what the URLs of static files begin with; "" means "/static/".
	StaticURLPrefix string
	// StaticHandlerClass serves the static files: StaticFileHandler, or one that embeds
	// it. Its prototype needs no Path. The zero value is Class(StaticFileHandler{}).
	// Tornado: static_handler_class, and as fields of the prototype static_handler_args.
	StaticHandlerClass HandlerClass
	// NoStaticHashCache has the version of a file worked out for each request. Tornado:
	// static_hash_cache. Debug turns it on.
	NoStaticHashCache bool

	// TemplatePath is the directory of the templates that Render finds by their names.
	TemplatePath string
	// TemplateFS holds the templates in place of the file system, in the directory
	// TemplatePath: an embed.FS, say.
	TemplateFS fs.FS
	// TemplateLoader finds the templates, if it is not nil: a [template.Loader] with
	// options of its own, or template.FromHTML for those of html/template.
	TemplateLoader template.BaseLoader
	// Autoescape names the function that templates escape with; "" is xhtml_escape,
	// template.NoAutoescape turns it off.
	Autoescape string
	// TemplateWhitespace is template.WhitespaceAll, WhitespaceSingle or WhitespaceOneline;
	// "" goes by the name of the file.
	TemplateWhitespace string
	// NoCompiledTemplateCache has templates read and compiled anew for each request.
	// Tornado: compiled_template_cache. Debug turns it on.
	NoCompiledTemplateCache bool
	// UIModules are what {% module %} finds, beside linkify, xsrf_form_html and Template:
	//
	//	map[string]web.UIModuleClass{"Entry": web.UIModuleOf(Entry{})}
	UIModules map[string]UIModuleClass
	// UIMethods are functions for all templates, by name. Their first parameter is the
	// handler whose page it is, as a [*RequestHandler], a [Handler] or another interface
	// that all handlers here have; the others are the template's.
	UIMethods map[string]any
	// Translations are the languages that Locale chooses from; nil is en_US alone.
	Translations *locale.Translations

	// CompressResponse compresses answers with gzip. Tornado: compress_response, and gzip.
	CompressResponse bool
	// Transforms are what every answer passes through, in this order. If it is not nil,
	// CompressResponse is not looked at. Tornado: transforms of Application.
	Transforms []TransformClass

	// WebSocketPingInterval is the time between pings of WebSockets; 0 means none.
	// Tornado: websocket_ping_interval, as for the two that follow.
	WebSocketPingInterval time.Duration
	// WebSocketPingTimeout is how long after a ping its answer may come; 0 means
	// WebSocketPingInterval, below 0 that none is asked for.
	WebSocketPingTimeout time.Duration
	// WebSocketMaxMessageSize is the most bytes that a message may have; 0 means 10 MiB.
	WebSocketMaxMessageSize int
	// WebSocketAllowedOrigins are origins whose pages may open WebSockets beside those of
	// the same host: "https://example.com", "https://*.example.com" for all below that,
	// or "*" for all. Tornado has none.
	WebSocketAllowedOrigins []string

	// Loop is what [Application.ServeHTTP] runs handlers on, which must be running. nil
	// means one that the application starts for it.
	Loop *ioloop.IOLoop

	// Extra holds settings of the application's own, by name; see [Settings.Lookup].
	Extra map[string]any
}

// withDefaults is the only place a default is written.
func (s Settings) withDefaults() Settings {
	s.ServeTraceback = s.ServeTraceback || s.Debug
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

// Lookup returns a setting of Extra, and whether it is there; templates find it as
// handler.settings["name"].
func (s *Settings) Lookup(name string) (value any, ok bool) {
	value, ok = s.Extra[name]
	return value, ok
}

// An Application routes requests to handlers. It is what an HTTP server serves: make it
// with NewApplication, and set it up before it serves. Tornado: web.Application.
type Application struct {
	settings   Settings
	transforms []TransformClass
	hosts      []hostGroup // of AddHandlers; the last one is for every host
	router     *router
	exchanges  sync.Pool
	now        atomic.Pointer[dateText]
	shared     sharedLoop
	uiModules  map[string]UIModuleClass
	uiMethods  []uiMethod
	loaders    sync.Map // template.BaseLoader by template path
}

// NewApplication returns an application that serves specs on every host; the first
// match counts. Settings that cannot work panic, and say which: static files without a
// directory, a UI module or UI method that is none, a version of XSRF tokens that does
// not exist.
func NewApplication(specs []URLSpec, s Settings) *Application {
	a := &Application{settings: s.withDefaults()}
	a.settings.checkXSRF()
	a.transforms = a.settings.settingsTransforms()
	a.uiModules, a.uiMethods = withUIModules(s.UIModules), newUIMethods(s.UIMethods)
	a.exchanges.New = func() any { return new(exchange) }
	a.hosts = []hostGroup{newHostGroup(".*", append(a.settings.staticSpecs(), specs...))}
	a.settings.checkStatic(specs)
	a.router = newRouter(a.hosts, a.settings.DefaultHost)
	return a
}

// Settings are the application's settings, with their defaults. They are not for
// changing: much of them was used when the application was made. Tornado: settings.
func (a *Application) Settings() *Settings { return &a.settings }

// AddHandlers serves specs on the hosts that hostPattern matches: a regular expression,
// or a template such as {name}.example.com. Patterns are tried in the order they were
// added, before the handlers for every host; one that cannot be understood panics. It
// is for the time before the application serves. Tornado: add_handlers.
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

// find returns what serves a request.
func (a *Application) findTarget(r *httputil.HTTPServerRequest) target {
	if t, ok := a.router.findTarget(r); ok {
		return t
	}
	return target{class: a.settings.DefaultHandlerClass}
}

// dateText is the Date header of one second.
type dateText struct {
	second int64
	text   string
}

// date is the text of a Date header, made once a second.
func (a *Application) date(now time.Time) string {
	second := now.Unix()
	if d := a.now.Load(); d != nil && d.second == second {
		return d.text
	}
	d := &dateText{second, httputil.FormatTimestamp(now)}
	a.now.Store(d)
	return d.text
}
