package main

import (
	"embed"
	"html/template"
	"io/fs"

	"github.com/gotornado/tornado/web"
)

//go:embed pages static
var files embed.FS

var (
	pages = parsePages("index.html", "echo.html", "chat.html", "live.html", "song.html", "upload.html", "stream.html",
		"api.html", "gather.html", "login.html", "account.html", "errors.html", "error.html")
	static = subFolder("static")
)

// parsePages parses each page together with the common layout.
func parsePages(names ...string) map[string]*template.Template {
	all := map[string]*template.Template{}
	for _, name := range names {
		all[name] = template.Must(template.ParseFS(files, "pages/base.html", "pages/"+name))
	}
	return all
}

func subFolder(name string) fs.FS {
	sub, err := fs.Sub(files, name)
	if err != nil {
		panic(err) // name is not a valid path
	}
	return sub
}

// A page is the base of handlers that serve an embedded page, with errors as pages in the same
// layout.
type page struct{ web.RequestHandler }

// SetDefaultHeaders allows a page to load only resources of this server.
func (h *page) SetDefaultHeaders() {
	h.SetHeader("Content-Security-Policy",
		"default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
	h.SetHeader("X-Content-Type-Options", "nosniff")
}

// Head calls Get; the body is not sent.
func (h *page) Head(args ...string) error { return h.Self().Get(args...) }

func (h *page) render(name string, data any) error {
	return pages[name].ExecuteTemplate(h, "base.html", data)
}

// WriteError writes a friendly page, or in debug mode the error with its stack.
func (h *page) WriteError(status int, cause error) {
	if h.Settings().ServeTraceback && status >= 500 {
		h.RequestHandler.WriteError(status, cause)
		return
	}
	h.render("error.html", map[string]any{"Status": status, "Reason": h.GetReason(), "Path": h.Request().Path})
}

// notFound serves paths without a route.
type notFound struct{ page }

// CheckXSRFCookie accepts every request, so that a POST gets a 404 too.
func (h *notFound) CheckXSRFCookie() error { return nil }

// Prepare ends the request with 404, whatever its method.
func (h *notFound) Prepare() error { return web.NewHTTPError(404) }
