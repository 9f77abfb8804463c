package web_test

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/stretchr/testify/suite"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/gotornado/tornado/locks"
	"github.com/gotornado/tornado/log"
	"github.com/gotornado/tornado/template"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/web/webtest"
)

// The suites of this file check facts that Tornado's own web_test.py checks, under the names
// of its classes and tests.

// A tornadoHandler calls a function for each request method.
type tornadoHandler struct {
	web.RequestHandler
	verb       func(h *tornadoHandler) error
	writeError func(h *tornadoHandler, status int, cause error)
}

func (h *tornadoHandler) Get(args ...string) error     { return h.verb(h) }
func (h *tornadoHandler) Post(args ...string) error    { return h.verb(h) }
func (h *tornadoHandler) Put(args ...string) error     { return h.verb(h) }
func (h *tornadoHandler) Delete(args ...string) error  { return h.verb(h) }
func (h *tornadoHandler) Options(args ...string) error { return h.verb(h) }

func (h *tornadoHandler) WriteError(status int, cause error) {
	if h.writeError != nil {
		h.writeError(h, status, cause)
		return
	}
	h.RequestHandler.WriteError(status, cause)
}

// route returns a route to a tornadoHandler.
func route(pattern string, verb func(h *tornadoHandler) error) web.URLSpec {
	return web.URL(pattern, tornadoHandler{verb: verb})
}

// serveTornado serves routes until the end of the test.
func serveTornado(t *testing.T, s web.Settings, specs ...web.URLSpec) *webtest.AppServer {
	t.Helper()
	t.Setenv("ASYNC_TEST_TIMEOUT", "30")
	return webtest.Serve(t, func(*ioloop.IOLoop) *web.Application { return web.NewApplication(specs, s) })
}

func sortedCookies(r *webtest.Response) []string {
	return slices.Sorted(slices.Values(r.Header["Set-Cookie"]))
}

func TestTornadoCookieTest(t *testing.T) {
	setting := func(set func(h *tornadoHandler)) func(*tornadoHandler) error {
		return func(h *tornadoHandler) error { set(h); return nil }
	}
	var refused []string
	server := serveTornado(t, web.Settings{},
		route("/set", setting(func(h *tornadoHandler) { h.SetCookie("str", "asdf"); h.SetCookie("unicode", "qwer") })),
		route("/get", func(h *tornadoHandler) error { return h.WriteString(h.GetCookie("foo", "default")) }),
		route("/set_domain", setting(func(h *tornadoHandler) {
			h.SetCookie("unicode_args", "blah", web.CookieOptions{Domain: "foo.com", Path: "/foo"})
		})),
		route("/special_char", setting(func(h *tornadoHandler) {
			h.SetCookie("equals", "a=b")
			h.SetCookie("semicolon", "a;b")
			h.SetCookie("quote", `a"b`)
		})),
		route("/forbidden_char/(.*)/(.*)", setting(func(h *tornadoHandler) {
			c := h.PathArgs()[1]
			switch h.PathArgs()[0] {
			case "name":
				h.SetCookie("foo"+c, "bar")
			case "domain":
				h.SetCookie("foo", "bar", web.CookieOptions{Domain: "example" + c + ".com"})
			case "path":
				h.SetCookie("foo", "bar", web.CookieOptions{Path: "/" + c})
			case "samesite":
				h.SetCookie("foo", "bar", web.CookieOptions{SameSite: "a" + c})
			}
		})),
		route("/set_overwrite", setting(func(h *tornadoHandler) {
			h.SetCookie("a", "b", web.CookieOptions{Domain: "example.com"})
			h.SetCookie("c", "d", web.CookieOptions{Domain: "example.com"})
			h.SetCookie("a", "e")
		})),
		route("/set_max_age", setting(func(h *tornadoHandler) { h.SetCookie("foo", "bar", web.CookieOptions{MaxAge: 10}) })),
		route("/set_expires_days", setting(func(h *tornadoHandler) { h.SetCookie("foo", "bar", web.CookieOptions{ExpiresDays: 10}) })),
		route("/set_falsy_flags", setting(func(h *tornadoHandler) {
			h.SetCookie("a", "1", web.CookieOptions{Secure: true})
			h.SetCookie("b", "1")
			h.SetCookie("c", "1", web.CookieOptions{HTTPOnly: true})
		})),
	)
	for path, want := range map[string][]string{
		"/set":             {"str=asdf; Path=/", "unicode=qwer; Path=/"},
		"/set_domain":      {"unicode_args=blah; Domain=foo.com; Path=/foo"},
		"/special_char":    {`equals="a=b"; Path=/`, `quote="a\"b"; Path=/`, `semicolon="a\073b"; Path=/`},
		"/set_overwrite":   {"a=e; Path=/", "c=d; Domain=example.com; Path=/"},
		"/set_max_age":     {"foo=bar; Max-Age=10; Path=/"},
		"/set_falsy_flags": {"a=1; Path=/; Secure", "b=1; Path=/", "c=1; HttpOnly; Path=/"},
	} {
		require.Equal(t, want, sortedCookies(server.Fetch(path)), path)
	}
	for header, want := range map[string]string{ // get_cookie, cookie_special_char
		"foo=bar": "bar", `foo="bar"`: "bar", "/=exception;": "default", "foo=a=b": "a=b", `foo="a=b"`: "a=b",
		`foo="a;b"`: `"a`, `foo=a\073b`: `a\073b`, `foo="a\073b"`: "a;b", `foo="a\"b"`: `a"b`,
	} {
		require.Equal(t, want, server.Fetch("/get", webtest.FetchOptions{Header: http.Header{"Cookie": {header}}}).Body, header)
	}
	webtest.ExpectLog(t, log.AppName, "^Uncaught exception", func() {
		for _, part := range []string{"name", "domain", "path", "samesite"} { // set_cookie_forbidden_char
			for _, c := range append([]string{"%7F", "%3B"}, controls()...) {
				if r := server.Fetch("/forbidden_char/" + part + "/" + c); r.StatusCode == 500 && r.Header.Get("Set-Cookie") == "" {
					refused = append(refused, part)
				}
			}
		}
	})
	require.Len(t, refused, 4*34)
	expires := regexp.MustCompile("^foo=bar; expires=(.+); Path=/$").FindStringSubmatch(server.Fetch("/set_expires_days").Header.Get("Set-Cookie"))
	require.Len(t, expires, 2)
	at, err := http.ParseTime(expires[1])
	require.NoError(t, err)
	require.WithinDuration(t, time.Now().Add(10*24*time.Hour), at, time.Minute)
}

// controls returns the control characters, percent-encoded.
func controls() (all []string) {
	for c := range 0x20 {
		all = append(all, fmt.Sprintf("%%%02X", c))
	}
	return all
}

type loginRequired struct {
	web.RequestHandler
	login string
}

func (h *loginRequired) GetLoginURL() string      { return h.login }
func (h *loginRequired) Get(args ...string) error { return h.Authenticated() }

func TestTornadoAuthRedirectTest(t *testing.T) {
	server := serveTornado(t, web.Settings{}, web.URL("/relative", loginRequired{login: "/login"}),
		web.URL("/absolute", loginRequired{login: "http://example.com/login"}))
	for path, want := range map[string]string{
		"/relative": "/login?next=%2Frelative",
		"/absolute": "http://example.com/login?next=http%3A%2F%2F127.0.0.1%3A" + fmt.Sprint(server.GetHTTPPort()) + "%2Fabsolute",
	} {
		r := server.Fetch(path, webtest.FetchOptions{NoRedirects: true})
		require.Equal(t, []any{302, want}, []any{r.StatusCode, r.Header.Get("Location")})
	}
}

// ConnectionCloseTest is a suite with a handler that hangs.
type ConnectionCloseTest struct {
	webtest.AsyncHTTPTestCase
	cleanup *locks.Event
	stream  *iostream.IOStream
}

func TestTornadoConnectionCloseTest(t *testing.T) {
	t.Setenv("ASYNC_TEST_TIMEOUT", "30")
	suite.Run(t, new(ConnectionCloseTest))
}

type hangingHandler struct {
	web.RequestHandler
	test *ConnectionCloseTest
}

func (h *hangingHandler) Get(args ...string) error {
	h.test.stream.Close()
	_, err := h.test.cleanup.Wait().Await()
	return err
}

func (h *hangingHandler) OnConnectionClose() { h.test.Stop("closed") }

func (s *ConnectionCloseTest) GetApp() *web.Application {
	s.cleanup = locks.NewEvent(s.Loop())
	return web.NewApplication([]web.URLSpec{web.URL("/", hangingHandler{test: s})}, web.Settings{})
}

func (s *ConnectionCloseTest) TestConnectionClose() {
	s.OnLoop(func() (err error) {
		if s.stream, err = iostream.Connect(s.Loop(), "tcp", s.Addr(), nil).Await(); err == nil {
			s.stream.Write([]byte("GET / HTTP/1.0\r\n\r\n"))
		}
		return err
	})
	s.Equal("closed", s.Wait())
	s.OnLoop(func() error { s.cleanup.Set(); return ioloop.Moment(s.Loop()) })
}

func TestTornadoRequestEncodingTest(t *testing.T) {
	echo := func(h *tornadoHandler) error {
		arguments, err := h.Request().Arguments()
		return errors.Join(err, h.WriteString(fmt.Sprintf("%s %q %q", h.Request().Path, h.PathArgs(), arguments)))
	}
	server := serveTornado(t, web.Settings{}, route("/group/(.*)", echo), route("/slashes/([^/]*)/([^/]*)", echo))
	for path, want := range map[string]string{
		"/group/%3F":                 `/group/%3F ["?"] map[]`,
		"/group/%3F?%3F=%3F":         `/group/%3F ["?"] map["?":["?"]]`,
		"/group/%C3%A9?arg=%C3%A9":   `/group/%C3%A9 ["é"] map["arg":["é"]]`,
		"/slashes/foo/bar":           `/slashes/foo/bar ["foo" "bar"] map[]`,
		"/slashes/a%2Fb/c%2Fd":       `/slashes/a%2Fb/c%2Fd ["a/b" "c/d"] map[]`,
		"/group/1%20+%201?foo=1+%2B": `/group/1%20+%201 ["1 + 1"] map["foo":["1 +"]]`, // decode_argument_plus
	} {
		require.Equal(t, want, server.Fetch(path).Body, path)
	}
	webtest.ExpectLog(t, log.GenName, "Invalid unicode", func() { // decode_argument_invalid_unicode
		require.Equal(t, 400, server.Fetch("/group/invalid%FF").StatusCode)
	})
}

func TestTornadoGetArgument(t *testing.T) { // WSGISafeWebTest: get_argument, get_query_arguments, get_body_arguments
	server := serveTornado(t, web.Settings{},
		route("/get_argument", func(h *tornadoHandler) error {
			get := h.GetArgument
			switch h.GetArgument("source", "") {
			case "query":
				get = h.GetQueryArgument
			case "body":
				get = h.GetBodyArgument
			}
			return h.WriteString(get("foo", "default"))
		}),
		route("/get_arguments", func(h *tornadoHandler) error {
			return h.WriteString(fmt.Sprint(h.GetArguments("foo"), h.GetQueryArguments("foo"), h.GetBodyArguments("foo")))
		}))
	for _, tt := range []struct{ path, body, want string }{
		{"/get_argument?foo=bar", "", "bar"},
		{"/get_argument?foo=", "", ""},
		{"/get_argument", "", "default"},
		{"/get_argument?foo=bar", "foo=hello", "hello"},
		{"/get_arguments?foo=bar", "foo=hello", "[bar hello] [bar] [hello]"},
		{"/get_argument?source=query&foo=bar", "foo=hello", "bar"},
		{"/get_argument?source=query&foo=", "foo=hello", ""},
		{"/get_argument?source=query", "foo=hello", "default"},
		{"/get_argument?source=body&foo=hello", "foo=bar", "bar"},
		{"/get_argument?source=body&foo=hello", "foo=", ""},
		{"/get_argument?source=body&foo=hello", "x=1", "default"},
	} {
		require.Equal(t, tt.want, server.Fetch(tt.path, webtest.FetchOptions{Body: tt.body}).Body, tt.path)
	}
}

func TestTornadoRedirects(t *testing.T) { // WSGISafeWebTest: redirect, web_redirect, web_redirect_double_slash
	server := serveTornado(t, web.Settings{},
		route("/redirect/([0-9]*)", func(h *tornadoHandler) error {
			if h.PathArgs()[0] == "" {
				return h.Redirect("/new")
			}
			status := map[string]int{"301": 301, "307": 307}[h.PathArgs()[0]]
			return h.Redirect("/new", status)
		}),
		web.URL("/permanent", web.RedirectHandler{URL: "/new"}),
		web.URL("/temporary", web.RedirectHandler{URL: "/new", Temporary: true}),
		web.URL("//double_slash", web.RedirectHandler{URL: "/new"}))
	for path, want := range map[string]int{"/redirect/": 302, "/redirect/301": 301, "/redirect/307": 307, "/permanent": 301, "/temporary": 302, "//double_slash": 301} {
		r := server.Fetch(server.GetURL(path), webtest.FetchOptions{NoRedirects: true})
		require.Equal(t, []any{want, "/new"}, []any{r.StatusCode, r.Header.Get("Location")}, path)
	}
}

func TestTornadoErrorResponseTest(t *testing.T) {
	fail := func(h *tornadoHandler) error {
		if status := h.GetArgument("status", ""); status != "" {
			code := map[string]int{"503": 503, "435": 435}[status]
			return web.NewHTTPError(code)
		}
		panic("division by zero")
	}
	own := tornadoHandler{
		verb: func(h *tornadoHandler) error {
			if h.GetArgument("status", "") != "" {
				h.SendError(503, nil)
				return nil
			}
			panic("division by zero")
		},
		writeError: func(h *tornadoHandler, status int, cause error) {
			h.SetHeader("Content-Type", "text/plain")
			if cause != nil {
				h.WriteString("Exception: " + cause.Error())
			} else {
				h.WriteString(fmt.Sprint("Status: ", status))
			}
		},
	}
	broken := tornadoHandler{verb: fail, writeError: func(*tornadoHandler, int, error) { panic("in write_error") }}
	server := serveTornado(t, web.Settings{}, route("/default", fail), web.URL("/write_error", own), web.URL("/failed_write_error", broken))
	for _, tt := range []struct {
		path   string
		status int
		body   string
		logs   bool
	}{
		{"/default", 500, "500: Internal Server Error", true},
		{"/default?status=503", 503, "503: Service Unavailable", false},
		{"/default?status=435", 435, "435: Unknown", false},
		{"/write_error", 500, "Exception: panic: division by zero", true},
		{"/write_error?status=503", 503, "Status: 503", false},
		{"/failed_write_error", 500, "", true},
	} {
		fetch := func() {
			r := server.Fetch(tt.path)
			require.Equal(t, tt.status, r.StatusCode, tt.path)
			require.Contains(t, r.Body, tt.body, tt.path)
		}
		if tt.logs {
			webtest.ExpectLog(t, log.AppName, "^Uncaught exception", fetch)
		} else {
			fetch()
		}
	}
}

func TestTornadoStatusReasonTest(t *testing.T) {
	codes := map[string]int{"200": 200, "304": 304, "400": 400, "682": 682}
	server := serveTornado(t, web.Settings{}, route("/", func(h *tornadoHandler) error {
		return &web.HTTPError{StatusCode: codes[h.GetArgument("code")], Reason: h.GetArgument("reason", "")}
	}))
	for _, tt := range []struct{ query, want string }{
		{"code=304", "304 Not Modified"}, {"code=304&reason=Foo", "304 Foo"}, {"code=682&reason=Bar", "682 Bar"}, {"code=682", "682 Unknown"},
	} {
		r := server.Fetch("/?" + tt.query)
		require.Equal(t, tt.want, fmt.Sprint(r.StatusCode, " ", r.Reason), tt.query)
	}
	for _, reason := range []string{"OK%0D%0AX-Injection:injected", "%3Cscript%3Ealert(1)%3C/script%3E"} { // header_injection, reason_xss
		r := server.Fetch("/?code=400&reason=" + reason)
		require.Empty(t, r.Header.Get("X-Injection"))
		require.NotContains(t, r.Body, "<script")
	}
	require.EqualError(t, &web.HTTPError{StatusCode: 682, Reason: "Foo"}, "HTTP 682: Foo") // RaiseWithReasonTest
	require.EqualError(t, web.NewHTTPError(682), "HTTP 682: Unknown")
}

func TestTornadoErrorHandlerXSRFTest(t *testing.T) {
	server := serveTornado(t, web.Settings{XSRFCookies: true}, web.URL("/error", web.ErrorHandler{StatusCode: 417}))
	for path, want := range map[string]int{"/error": 417, "/404": 404} {
		require.Equal(t, want, server.Fetch(path, webtest.FetchOptions{Method: "POST"}).StatusCode, path)
	}
}

func TestTornadoMethods(t *testing.T) { // UnimplementedHTTPMethodsTest, AllHTTPMethodsTest
	server := serveTornado(t, web.Settings{}, web.URL("/none", web.RequestHandler{}),
		route("/all", func(h *tornadoHandler) error { return h.WriteString(h.Request().Method) }))
	for _, method := range []string{"HEAD", "GET", "DELETE", "OPTIONS", "POST", "PUT", "PATCH", "OTHER"} {
		o := webtest.FetchOptions{Method: method}
		require.Equal(t, 405, server.Fetch("/none", o).StatusCode, method)
		if !slices.Contains([]string{"HEAD", "PATCH", "OTHER"}, method) {
			require.Equal(t, method, server.Fetch("/all", o).Body)
		}
	}
}

func TestTornadoDefaultHandlers(t *testing.T) { // Default404Test, Custom404Test, DefaultHandlerArgumentsTest
	custom := tornadoHandler{verb: func(h *tornadoHandler) error { h.SetStatus(404); return h.WriteString("custom 404 response") }}
	const page = "<html><title>%d: %s</title><body>%d: %s</body></html>"
	for _, tt := range []struct {
		settings web.Settings
		status   int
		body     string
	}{
		{web.Settings{}, 404, fmt.Sprintf(page, 404, "Not Found", 404, "Not Found")},
		{web.Settings{DefaultHandlerClass: web.Class(custom)}, 404, "custom 404 response"},
		{web.Settings{DefaultHandlerClass: web.Class(web.ErrorHandler{StatusCode: 403})}, 403, fmt.Sprintf(page, 403, "Forbidden", 403, "Forbidden")},
	} {
		r := serveTornado(t, tt.settings, web.URL("/foo", web.RequestHandler{})).Fetch("/")
		require.Equal(t, []any{tt.status, tt.body}, []any{r.StatusCode, r.Body})
	}
}

// A valued handler has a method that a UI method and a UI module call.
type valued struct{ web.RequestHandler }

func (h *valued) Get(args ...string) error { return h.Render("foo.html", nil) }
func (h *valued) value() string            { return h.GetArgument("value") }

type valueModule struct{ web.UIModule }

func (m *valueModule) Render(x int) string {
	return fmt.Sprintf("In MyModule(%d) with handler value %s.", x, m.Handler().Self().(*valued).value())
}

func TestTornadoUIMethodUIModuleTest(t *testing.T) {
	method := func(h web.Handler, x int) string {
		return fmt.Sprintf("In my_ui_method(%d) with handler value %s.", x, h.(*valued).value())
	}
	server := serveTornado(t, web.Settings{
		TemplateLoader: template.NewDictLoader(map[string]string{"foo.html": "{{ my_ui_method(42) }} {% module MyModule(123) %}"}, template.Options{}),
		UIMethods:      map[string]any{"my_ui_method": method},
		UIModules:      map[string]web.UIModuleClass{"MyModule": web.UIModuleOf(valueModule{})},
	}, web.URL("/", valued{}))
	require.Equal(t, "In my_ui_method(42) with handler value asdf. In MyModule(123) with handler value asdf.", server.Fetch("/?value=asdf").Body)
}

func TestTornadoHeaders(t *testing.T) { // ClearHeaderTest, Header204Test, Header304Test, DateHeaderTest, set_header
	server := serveTornado(t, web.Settings{},
		route("/clear", func(h *tornadoHandler) error {
			h.SetHeader("h1", "foo")
			h.SetHeader("h2", "bar")
			h.ClearHeader("h1")
			h.ClearHeader("nonexistent")
			return nil
		}),
		route("/204", func(h *tornadoHandler) error { h.SetStatus(204); return h.Finish() }),
		route("/304", func(h *tornadoHandler) error { h.SetHeader("Content-Language", "en_US"); return h.WriteString("hello") }),
		route("/unsafe", func(h *tornadoHandler) error { h.SetHeader("X-Foo", "foo\r\nX-Bar: baz"); return nil }),
		route("/empty", func(h *tornadoHandler) error { h.SetHeader("X-Foo", ""); return h.WriteString("ok") }),
	)
	r := server.Fetch("/clear")
	require.Equal(t, []any{"", "bar"}, []any{r.Header.Get("H1"), r.Header.Get("H2")})
	r = server.Fetch("/204")
	require.Equal(t, 204, r.StatusCode)
	require.NotContains(t, r.Header, "Content-Length")
	require.NotContains(t, r.Header, "Transfer-Encoding")
	full := server.Fetch("/304")
	require.Equal(t, []any{"5", "en_US"}, []any{full.Header.Get("Content-Length"), full.Header.Get("Content-Language")})
	r = server.Fetch("/304", webtest.FetchOptions{Header: http.Header{"If-None-Match": {full.Header.Get("Etag")}}})
	require.Equal(t, 304, r.StatusCode)
	for _, name := range []string{"Content-Length", "Content-Language", "Transfer-Encoding"} {
		require.NotContains(t, r.Header, name)
	}
	date, err := http.ParseTime(full.Header.Get("Date"))
	require.NoError(t, err)
	require.WithinDuration(t, time.Now(), date, time.Minute)
	require.Equal(t, "ok", server.Fetch("/empty").Body)
	webtest.ExpectLog(t, log.AppName, "^Uncaught exception.*unsafe header", func() {
		r = server.Fetch("/unsafe")
		require.Equal(t, 500, r.StatusCode)
		require.False(t, strings.Contains(fmt.Sprint(r.Header), "baz"))
	})
}
