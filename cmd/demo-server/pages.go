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
		"api.html", "login.html", "account.html", "errors.html", "error.html")
	static = subFolder("static")
)

// parsePages gives each page the frame that they have in common.
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
		panic(err) // name is no path
	}
	return sub
}

// A page is the base of handlers that show one of the embedded pages, or an error as
// a page of that kind.
type page struct{ web.RequestHandler }

// SetDefaultHeaders lets a page load what this server has, and nothing else.
func (h *page) SetDefaultHeaders() {
	h.SetHeader("Content-Security-Policy",
		"default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
	h.SetHeader("X-Content-Type-Options", "nosniff")
}

// Head answers as the page itself, whose body is not sent then.
func (h *page) Head(args ...string) error { return h.Self().Get(args...) }

func (h *page) render(name string, data any) error {
	return pages[name].ExecuteTemplate(h, "base.html", data)
}

// WriteError is a friendly page; in debug mode it is the error and where it comes from.
func (h *page) WriteError(status int, cause error) {
	if h.Settings().ServeTraceback && status >= 500 {
		h.RequestHandler.WriteError(status, cause)
		return
	}
	h.render("error.html", map[string]any{"Status": status, "Reason": h.GetReason(), "Path": h.Request().Path})
}

// notFound serves what no route does.
type notFound struct{ page }

// CheckXSRFCookie lets a POST pass too, to be told that there is nothing.
func (h *notFound) CheckXSRFCookie() error { return nil }

// Prepare ends the request, whatever its method.
func (h *notFound) Prepare() error { return web.NewHTTPError(404) }
