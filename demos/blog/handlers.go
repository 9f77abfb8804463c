package main

import (
	"database/sql"
	"errors"
	"strconv"
	"strings"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
)

// BaseHandler is the base of all handlers of the blog.
type BaseHandler struct {
	web.RequestHandler
	Store *Store
}

// await runs fn, which may block, in a goroutine, and returns its result. The loop serves other
// requests meanwhile.
func await[T any](h *BaseHandler, fn func() (T, error)) (T, error) {
	return ioloop.RunInExecutor(h.Loop(), fn).Await()
}

// awaitRow is await for a row that the URL names. If there is no such row, the response is a 404.
func awaitRow[T any](h *BaseHandler, fn func() (T, error)) (T, error) {
	row, err := await(h, fn)
	if errors.Is(err, sql.ErrNoRows) {
		err = web.NewHTTPError(404)
	}
	return row, err
}

// Prepare loads the author who is signed in. GetCurrentUser cannot do it, because it returns no
// error.
func (h *BaseHandler) Prepare() error {
	id, err := strconv.ParseInt(string(h.GetSignedCookie("blogdemo_user")), 10, 64)
	if err != nil {
		return nil // no cookie, or an invalid one
	}
	author, err := await(h, func() (*Author, error) { return h.Store.Author(id) })
	switch {
	case errors.Is(err, sql.ErrNoRows): // the cookie of another database
		return nil
	case err != nil:
		return err
	}
	h.SetCurrentUser(author)
	return nil
}

// redirectToNext redirects to the argument "next", which must be a page of this site.
func (h *BaseHandler) redirectToNext() error {
	next := h.GetArgument("next", "/")
	// Browsers read a backslash as a slash, and ignore tabs and line ends.
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\t\r\n") {
		return web.HTTPErrorf(400, "%q is not a page of this site", next)
	}
	return h.Redirect(next)
}

// HomeHandler serves the five newest entries.
type HomeHandler struct{ BaseHandler }

func (h *HomeHandler) Get(args ...string) error {
	entries, err := await(&h.BaseHandler, func() ([]*Entry, error) { return h.Store.Entries(5) })
	if err != nil {
		return err
	}
	if len(entries) == 0 {
		return h.Redirect("/compose")
	}
	return h.Render("home.html", web.Namespace{"entries": entries})
}

// EntryHandler serves one entry.
type EntryHandler struct{ BaseHandler }

func (h *EntryHandler) Get(args ...string) error {
	entry, err := awaitRow(&h.BaseHandler, func() (*Entry, error) { return h.Store.EntryBySlug(args[0]) })
	if err != nil {
		return err
	}
	return h.Render("entry.html", web.Namespace{"entry": entry})
}

// ArchiveHandler serves the titles of all entries.
type ArchiveHandler struct{ BaseHandler }

func (h *ArchiveHandler) Get(args ...string) error {
	entries, err := await(&h.BaseHandler, func() ([]*Entry, error) { return h.Store.Entries(-1) })
	if err != nil {
		return err
	}
	return h.Render("archive.html", web.Namespace{"entries": entries})
}

// FeedHandler serves the ten newest entries as an Atom feed.
type FeedHandler struct{ BaseHandler }

func (h *FeedHandler) Get(args ...string) error {
	entries, err := await(&h.BaseHandler, func() ([]*Entry, error) { return h.Store.Entries(10) })
	if err != nil {
		return err
	}
	h.SetHeader("Content-Type", "application/atom+xml")
	return h.Render("feed.xml", web.Namespace{"entries": entries})
}

// ComposeHandler serves the form for a new entry, or for the one with the argument "id".
type ComposeHandler struct{ BaseHandler }

// entryID returns the argument "id". 0 means a new entry.
func (h *ComposeHandler) entryID() (int64, error) {
	text := h.GetArgument("id", "")
	if text == "" {
		return 0, nil
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0, web.HTTPErrorf(400, "id: %q is not a number", text)
	}
	return id, nil
}

func (h *ComposeHandler) Get(args ...string) error {
	if err := h.Authenticated(); err != nil {
		return err
	}
	id, err := h.entryID()
	if err != nil {
		return err
	}
	var entry *Entry // None in the template
	if id != 0 {
		entry, err = awaitRow(&h.BaseHandler, func() (*Entry, error) { return h.Store.Entry(id) })
		if err != nil {
			return err
		}
	}
	return h.Render("compose.html", web.Namespace{"entry": entry})
}

func (h *ComposeHandler) Post(args ...string) error {
	if err := h.Authenticated(); err != nil {
		return err
	}
	id, err := h.entryID()
	if err != nil {
		return err
	}
	title, text, author := h.GetArgument("title"), h.GetArgument("markdown"), h.CurrentUser().(*Author)
	slug, err := awaitRow(&h.BaseHandler, func() (string, error) {
		html, err := markdownToHTML(text)
		switch {
		case err != nil:
			return "", err
		case id != 0:
			return h.Store.UpdateEntry(id, title, text, html)
		}
		return h.Store.CreateEntry(author.ID, title, text, html)
	})
	if err != nil {
		return err
	}
	return h.Redirect("/entry/" + slug)
}

// EntryModule shows an entry: {% module Entry(entry) %}.
type EntryModule struct{ web.UIModule }

func (m *EntryModule) Render(entry *Entry) ([]byte, error) {
	return m.RenderString("modules/entry.html", web.Namespace{"entry": entry})
}
