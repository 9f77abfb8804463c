package main

import (
	"cmp"
	"embed"
	"errors"
	"io/fs"
	"strings"
	"unicode/utf8"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/locale"
	"github.com/gotornado/tornado/web"
)

//go:embed blog
var blogFiles embed.FS

const (
	languageCookie = "lang"
	frontPage      = 4 // entries
	inFeed         = 20
)

// snippet

// blogHome serves the front page. The query blocks, so it runs off the loop; this request waits
// while the loop serves others.
type blogHome struct{ blogHandler }

func (h *blogHome) Get(args ...string) error {
	entries, err := off(h.Loop(), func() ([]*article, error) { return h.Blog.Latest(frontPage) })
	if err != nil {
		return err
	}
	return h.Render("home.html", web.Namespace{"entries": entries})
}

// recentModule is {% module Recent(5) %}, a part of every page with a query of its own.
type recentModule struct {
	web.UIModule
	Blog *blog
}

func (m *recentModule) Render(count int) ([]byte, error) {
	entries, err := off(m.Handler().Loop(), func() ([]*article, error) { return m.Blog.Latest(count) })
	if err != nil {
		return nil, err
	}
	return m.RenderString("modules/recent.html", web.Namespace{"entries": entries})
}

// end snippet

// off runs a query on another goroutine and waits for the result.
func off[T any](loop *ioloop.IOLoop, query func() (T, error)) (T, error) {
	return ioloop.RunInExecutor(loop, query).Await()
}

// blogHandler is the base of the blog's pages: the current user, the language, and error pages.
type blogHandler struct {
	accountHandler
	Blog *blog
}

// Prepare stores the language if the request has an argument for it.
func (h *blogHandler) Prepare() error {
	if chosen := h.Settings().Translations.Lookup(h.GetQueryArgument("lang", "")); chosen != nil {
		h.SetLocale(chosen)
		h.SetCookie(languageCookie, chosen.Code, web.CookieOptions{ExpiresDays: 365, HTTPOnly: true, SameSite: "Lax"})
	}
	return nil
}

// GetUserLocale returns the chosen language, or nil for the browser's preference.
func (h *blogHandler) GetUserLocale() *locale.Locale {
	return h.Settings().Translations.Lookup(h.GetCookie(languageCookie))
}

// GetLoginURL returns the blog's own login page, in the user's language.
func (h *blogHandler) GetLoginURL() string { return "/blog/login" }

// WriteError writes an error page in the user's language, or in debug mode the error.
func (h *blogHandler) WriteError(status int, cause error) {
	if h.Settings().ServeTraceback && status >= 500 {
		h.RequestHandler.WriteError(status, cause)
		return
	}
	h.Render("error.html", web.Namespace{"status": status, "reason": h.GetReason()})
}

// blogSettings adds the template settings: the directory, UI modules and languages.
func blogSettings(s web.Settings, b *blog) (web.Settings, error) {
	templates, err := fs.Sub(blogFiles, "blog")
	if err != nil {
		return s, err
	}
	languages, err := fs.Sub(blogFiles, "blog/locale")
	if err != nil {
		return s, err
	}
	s.TemplateFS = templates
	s.UIModules = map[string]web.UIModuleClass{
		"Entry": web.UIModuleOf(entryModule{}), "Recent": web.UIModuleOf(recentModule{Blog: b}),
		"Languages": web.UIModuleOf(languagesModule{}),
	}
	s.Translations, err = locale.LoadTranslations(languages, locale.Options{})
	return s, err
}

func blogRoutes(b *blog) []web.URLSpec {
	base := blogHandler{Blog: b}
	return []web.URLSpec{
		web.URL(`/blog`, blogHome{base}, web.Name("blog")),
		web.URL(`/blog/archive`, blogArchive{base}, web.Name("archive")),
		web.URL(`/blog/feed\.xml`, blogFeed{base}, web.Name("feed")),
		web.URL(`/blog/entry/([a-z0-9-]+)`, blogEntry{base}, web.Name("entry")),
		web.URL(`/blog/compose`, blogCompose{base}, web.Name("compose")),
		web.URL(`/blog/delete`, blogDelete{base}, web.Name("delete")),
		web.URL(`/blog/login`, blogLogin{base}, web.Name("blog-login")),
		web.URL(`/blog/logout`, blogLogout{base}, web.Name("blog-logout")),
		web.URL(`/blog/.*`, blogNotFound{base}),
	}
}

type blogArchive struct{ blogHandler }

func (h *blogArchive) Get(args ...string) error {
	entries, err := off(h.Loop(), func() ([]*article, error) { return h.Blog.Latest(maxEntries) })
	if err != nil {
		return err
	}
	return h.Render("archive.html", web.Namespace{"entries": entries})
}

type blogFeed struct{ blogHandler }

func (h *blogFeed) Get(args ...string) error {
	entries, err := off(h.Loop(), func() ([]*article, error) { return h.Blog.Latest(inFeed) })
	if err != nil {
		return err
	}
	h.SetHeader("Content-Type", "application/atom+xml; charset=UTF-8")
	return h.Render("feed.xml", web.Namespace{"entries": entries, "site": h.Request().Protocol + "://" + h.Request().Host})
}

type blogEntry struct{ blogHandler }

func (h *blogEntry) Get(args ...string) error {
	e, err := off(h.Loop(), func() (*article, error) { return h.Blog.BySlug(args[0]) })
	if err != nil {
		return blogError(err)
	}
	return h.Render("entry.html", web.Namespace{"entry": e})
}

// blogError maps an error of the store to a response.
func blogError(err error) error {
	switch {
	case errors.Is(err, errNoEntry):
		return web.NewHTTPError(404)
	case errors.Is(err, errNotYours):
		return web.NewHTTPError(403)
	}
	return err
}

type blogNotFound struct{ blogHandler }

// CheckXSRFCookie accepts every request, so that a POST gets a 404 too.
func (h *blogNotFound) CheckXSRFCookie() error { return nil }

// Prepare ends the request with 404, whatever its method.
func (h *blogNotFound) Prepare() error { return web.NewHTTPError(404) }

// blogCompose writes an entry, or changes the entry with the argument id.
type blogCompose struct{ blogHandler }

func (h *blogCompose) Prepare() error {
	if err := h.blogHandler.Prepare(); err != nil {
		return err
	}
	return h.Authenticated()
}

func (h *blogCompose) Get(args ...string) error {
	e := &article{}
	if id := h.GetArgument("id", ""); id != "" {
		var err error
		if e, err = off(h.Loop(), func() (*article, error) { return h.Blog.OwnByID(id, h.user()) }); err != nil {
			return blogError(err)
		}
	}
	return h.renderForm(e, "")
}

func (h *blogCompose) Post(args ...string) error {
	e := &article{Title: cleanLine(h.GetBodyArgument("title", "")), Text: strings.TrimSpace(h.GetBodyArgument("text", "")), Author: h.user()}
	if complaint := e.complaint(); complaint != "" {
		h.SetStatus(400)
		return h.renderForm(e, complaint)
	}
	id := h.GetArgument("id", "")
	now := h.Loop().Time()
	slug, err := off(h.Loop(), func() (string, error) { return h.Blog.Save(id, e, now) })
	if errors.Is(err, errFull) {
		h.SetStatus(409)
		return h.renderForm(e, "The blog is full.")
	}
	if err != nil {
		return blogError(err)
	}
	url, err := h.ReverseURL("entry", slug)
	if err != nil {
		return err
	}
	return h.Redirect(url, 303)
}

// renderForm renders the form. The template translates the complaint.
func (h *blogCompose) renderForm(e *article, complaint string) error {
	h.SetHeader("Cache-Control", "no-store")
	return h.Render("compose.html", web.Namespace{
		"entry": e, "id": h.GetArgument("id", ""), "complaint": complaint, "max_title": maxHeadline, "max_text": maxEntryText,
	})
}

func (h *blogHandler) user() string { return h.CurrentUser().(string) }

// cleanLine returns text as one line.
func cleanLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// complaint returns the error text for an invalid entry, or "" if it is valid.
func (e *article) complaint() string {
	switch {
	case e.Title == "" || e.Text == "":
		return "An entry needs a title and a text."
	case utf8.RuneCountInString(e.Title) > maxHeadline:
		return "That title is too long."
	case utf8.RuneCountInString(e.Text) > maxEntryText:
		return "That text is too long."
	}
	return ""
}

type blogDelete struct{ blogHandler }

// Post deletes an entry of the current user.
func (h *blogDelete) Post(args ...string) error {
	if err := h.Authenticated(); err != nil {
		return err
	}
	id, user := h.GetBodyArgument("id"), h.user()
	_, err := off(h.Loop(), func() (struct{}, error) { return struct{}{}, h.Blog.Delete(id, user) })
	if err != nil {
		return blogError(err)
	}
	return h.Redirect("/blog", 303)
}

// blogLogin serves the login page in the user's language. It sets the same cookie as /login.
type blogLogin struct{ blogHandler }

func (h *blogLogin) Get(args ...string) error { return h.form("") }

func (h *blogLogin) Post(args ...string) error {
	name := cleanName(h.GetBodyArgument("name", ""))
	if name == "" {
		h.SetStatus(400)
		return h.form("Say who you are.")
	}
	h.SetSignedCookie(userCookie, name, web.CookieOptions{HTTPOnly: true, SameSite: "Lax"})
	return h.Redirect(localURL(cmp.Or(h.GetArgument("next", ""), "/blog")), 303)
}

func (h *blogLogin) form(complaint string) error {
	h.SetHeader("Cache-Control", "no-store")
	return h.Render("login.html", web.Namespace{"complaint": complaint, "next": h.GetArgument("next", ""), "max_name": maxName})
}

// blogLogout accepts only POST.
type blogLogout struct{ blogHandler }

func (h *blogLogout) Post(args ...string) error {
	h.ClearCookie(userCookie)
	return h.Redirect("/blog", 303)
}

// entryModule is {% module Entry(entry, brief=True) %}.
type entryModule struct{ web.UIModule }

func (m *entryModule) Render(e *article, o struct{ Brief bool }) ([]byte, error) {
	return m.RenderString("modules/entry.html", web.Namespace{"entry": e, "brief": o.Brief})
}

// CSSFiles returns the style sheets of every page with an entry; each page has them once.
func (m *entryModule) CSSFiles() []string { return []string{"/static/entry.css"} }

// languagesModule is {% module Languages() %}: links to the current page in other languages.
type languagesModule struct{ web.UIModule }

func (m *languagesModule) Render() ([]byte, error) {
	var languages []*locale.Locale
	translations := m.Handler().Settings().Translations
	for _, code := range translations.SupportedLocales() {
		languages = append(languages, translations.Lookup(code))
	}
	return m.RenderString("modules/languages.html", web.Namespace{"languages": languages})
}
