package web_test

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"time"

	"github.com/gotornado/tornado/httpclient"
	"github.com/gotornado/tornado/web"
)

// show sends requests to an application, and prints status and body of each response. A request
// has the form "METHOD path body". An absolute URL in place of the path names the host.
func show(app *web.Application, contentType string, requests ...string) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	base, stop := serve(app)
	defer stop()
	for _, line := range requests {
		parts := append(strings.SplitN(line, " ", 3), "")
		target, err := url.Parse(parts[1])
		if err != nil {
			panic(err)
		}
		request, err := http.NewRequest(parts[0], base+target.RequestURI(), strings.NewReader(parts[2]))
		if err != nil {
			panic(err)
		}
		request.Host = target.Host
		request.Header.Set("Content-Type", contentType)
		response, err := http.DefaultTransport.RoundTrip(request) // follows no redirects
		if err != nil {
			panic(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		fmt.Println(response.StatusCode, response.Header.Get("Location")+string(body), err)
	}
}

// FormHandler shows a form, and receives it.
type FormHandler struct{ web.RequestHandler }

func (h *FormHandler) Get(args ...string) error {
	return h.WriteString(`<form method="post"><input name="message"></form>`)
}

func (h *FormHandler) Post(args ...string) error {
	h.SetHeader("Content-Type", "text/plain")
	return h.WriteString("You wrote " + h.GetBodyArgument("message"))
}

// A form. Without the argument, the response is a 400.
func ExampleRequestHandler_GetBodyArgument() {
	app := web.NewApplication([]web.URLSpec{web.URL(`/form`, FormHandler{})}, web.Settings{})
	show(app, "application/x-www-form-urlencoded", "POST /form message=hello+there")
	// Output: 200 You wrote hello there <nil>
}

// JSONHandler reads the body of each request before the verb runs.
type JSONHandler struct {
	web.RequestHandler
	args struct {
		Name string
	}
}

func (h *JSONHandler) Prepare() error {
	if h.Request().Headers.Get("Content-Type") != "application/json" {
		return nil
	}
	return h.ReadJSON(&h.args)
}

func (h *JSONHandler) Post(args ...string) error {
	return h.WriteJSON(map[string]string{"hello": h.args.Name})
}

func ExampleRequestHandler_ReadJSON() {
	app := web.NewApplication([]web.URLSpec{web.URL(`/`, JSONHandler{})}, web.Settings{})
	show(app, "application/json", `POST / {"name": "Ann"}`)
	// Output: 200 {"hello": "Ann"} <nil>
}

// ErrorPageHandler has the error pages of a site; other handlers embed it.
type ErrorPageHandler struct{ web.RequestHandler }

func (h *ErrorPageHandler) WriteError(status int, cause error) {
	h.WriteString(fmt.Sprintf("Sorry: %s (%d)", h.GetReason(), status))
}

// NotFoundHandler serves every path and method that no other handler serves.
type NotFoundHandler struct{ ErrorPageHandler }

func (h *NotFoundHandler) SupportsMethod(method string) bool { return true }

func (h *NotFoundHandler) Prepare() error { return web.NewHTTPError(404) }

// LimitHandler ends a request early with a response of its own.
type LimitHandler struct{ ErrorPageHandler }

func (h *LimitHandler) Get(args ...string) error {
	h.SetStatus(503)
	h.WriteString("come back later")
	return web.Finish{} // no error page
}

// Error pages. Tornado: write_error, default_handler_class, Finish.
func ExampleSettings_errorPages() {
	app := web.NewApplication([]web.URLSpec{
		web.URL(`/limit`, LimitHandler{}),
	}, web.Settings{DefaultHandlerClass: web.Class(NotFoundHandler{})})
	show(app, "", "GET /limit", "POST /limit", "GET /none", "PROPFIND /none")
	// Output:
	// 503 come back later <nil>
	// 405 Sorry: Method Not Allowed (405) <nil>
	// 404 Sorry: Not Found (404) <nil>
	// 404 Sorry: Not Found (404) <nil>
}

// CountHandler asks another service. If that one fails or is slow, the response is a 502.
type CountHandler struct {
	web.RequestHandler
	Service string
}

func (h *CountHandler) Get(args ...string) error {
	response, err := h.HTTPClient().Fetch(&httpclient.HTTPRequest{
		URL:            h.Service + "/entries/" + args[0],
		RequestTimeout: 5 * time.Second,
	}).Await() // the loop serves other requests meanwhile
	if err != nil {
		return web.HTTPErrorf(502, "entries: %v", err)
	}
	return h.WriteString(fmt.Sprintf("fetched %d bytes", len(response.Body)))
}

func ExampleRequestHandler_HTTPClient() {
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/entries/1" {
			http.Error(w, "out of order", 500)
			return
		}
		io.WriteString(w, `["a", "b"]`)
	}))
	defer service.Close()
	app := web.NewApplication([]web.URLSpec{web.URL(`/count/([0-9]+)`, CountHandler{Service: service.URL})}, web.Settings{})
	show(app, "", "GET /count/1", "GET /count/2")
	// Output:
	// 200 fetched 10 bytes <nil>
	// 502 <html><title>502: Bad Gateway</title><body>502: Bad Gateway</body></html> <nil>
}

// SiteHandler serves the pages of the site's own host name.
type SiteHandler struct{ web.RequestHandler }

func (h *SiteHandler) Get(args ...string) error { return h.WriteString("the site") }

// An application that serves only its own host names. Otherwise a page of another site could read
// this one: its name may be made to lead to the address of this server ("DNS rebinding").
func ExampleApplication_AddHandlers() {
	app := web.NewApplication(nil, web.Settings{})
	app.AddHandlers(`(localhost|127\.0\.0\.1)`, []web.URLSpec{web.URL(`/`, SiteHandler{})})
	nested := web.NewApplication([]web.URLSpec{
		web.Rule(web.HostMatches(`(localhost|127\.0\.0\.1)`), web.URL(`/`, SiteHandler{})), // the same
	}, web.Settings{})
	show(app, "", "GET http://localhost/")
	show(nested, "", "GET http://localhost/", "GET http://evil.example/")
	// Output:
	// 200 the site <nil>
	// 200 the site <nil>
	// 404 <html><title>404: Not Found</title><body>404: Not Found</body></html> <nil>
}

// LoginHandler logs a user in by name.
type LoginHandler struct{ UserHandler }

func (h *LoginHandler) Get(args ...string) error {
	return h.WriteString(`<form method="post"><input name="name"></form>`)
}

func (h *LoginHandler) Post(args ...string) error {
	h.SetSignedCookie("user", h.GetArgument("name"))
	return h.Redirect("/")
}

// UserHandler finds the user in a signed cookie. The pages of a site embed it.
type UserHandler struct{ web.RequestHandler }

func (h *UserHandler) GetCurrentUser() any {
	if name := h.GetSignedCookie("user"); name != nil {
		return string(name)
	}
	return nil
}

// HomeHandler serves a page for users who are logged in. Others are sent to the login page.
type HomeHandler struct{ UserHandler }

func (h *HomeHandler) Get(args ...string) error {
	if err := h.Authenticated(); err != nil {
		return err
	}
	return h.WriteString(fmt.Sprint("Hello, ", h.CurrentUser()))
}

func ExampleRequestHandler_Authenticated() {
	app := web.NewApplication([]web.URLSpec{
		web.URL(`/`, HomeHandler{}),
		web.URL(`/login`, LoginHandler{}),
	}, web.Settings{CookieSecret: "a long random text", LoginURL: "/login"})
	show(app, "application/x-www-form-urlencoded", "GET /", "POST /login name=Ann")
	// Output:
	// 302 /login?next=%2F <nil>
	// 302 / <nil>
}
