package main

import (
	"strconv"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
)

// BaseHandler is the base of all handlers of the blog.
type BaseHandler struct {
	web.RequestHandler
	DB *Connection
}

// query, get and execute call the methods of the connection in a goroutine. The loop serves other
// requests meanwhile.
func (h *BaseHandler) query(query string, args ...any) ([]Row, error) {
	return ioloop.RunInExecutor(h.Loop(), func() ([]Row, error) { return h.DB.Query(query, args...) }).Await()
}

func (h *BaseHandler) get(query string, args ...any) (Row, error) {
	return ioloop.RunInExecutor(h.Loop(), func() (Row, error) { return h.DB.Get(query, args...) }).Await()
}

func (h *BaseHandler) execute(query string, args ...any) (int64, error) {
	return ioloop.RunInExecutor(h.Loop(), func() (int64, error) { return h.DB.Execute(query, args...) }).Await()
}

// Prepare loads the author who is signed in.
func (h *BaseHandler) Prepare() error {
	id, err := strconv.ParseInt(string(h.GetSecureCookie("user")), 10, 64)
	if err != nil {
		return nil // no cookie, or an invalid one
	}
	author, err := h.get("SELECT * FROM authors WHERE id = ?", id)
	if err != nil {
		return err
	}
	if author != nil {
		h.SetCurrentUser(author)
	}
	return nil
}

// renderEntries shows the entries of a query in a template.
func (h *BaseHandler) renderEntries(name, query string) error {
	entries, err := h.query(query)
	if err != nil {
		return err
	}
	return h.Render(name, web.Namespace{"entries": entries})
}

// HomeHandler serves the five newest entries.
type HomeHandler struct{ BaseHandler }

func (h *HomeHandler) Get(args ...string) error {
	entries, err := h.query("SELECT * FROM entries ORDER BY published DESC, id DESC LIMIT 5")
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
	entry, err := h.get("SELECT * FROM entries WHERE slug = ?", args[0])
	if err != nil {
		return err
	}
	if entry == nil {
		return web.NewHTTPError(404)
	}
	return h.Render("entry.html", web.Namespace{"entry": entry})
}

// ArchiveHandler serves the titles of all entries.
type ArchiveHandler struct{ BaseHandler }

func (h *ArchiveHandler) Get(args ...string) error {
	return h.renderEntries("archive.html", "SELECT * FROM entries ORDER BY published DESC, id DESC")
}

// FeedHandler serves the ten newest entries as an Atom feed.
type FeedHandler struct{ BaseHandler }

func (h *FeedHandler) Get(args ...string) error {
	h.SetHeader("Content-Type", "application/atom+xml")
	return h.renderEntries("feed.xml", "SELECT * FROM entries ORDER BY published DESC, id DESC LIMIT 10")
}

// ComposeHandler serves the form for a new entry, or for the one with the argument "id".
type ComposeHandler struct{ BaseHandler }

// entry returns the entry that the argument "id" names, or nil without the argument.
func (h *ComposeHandler) entry() (Row, error) {
	text := h.GetArgument("id", "")
	if text == "" {
		return nil, nil
	}
	id, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return nil, web.HTTPErrorf(400, "id: %q is not a number", text)
	}
	entry, err := h.get("SELECT * FROM entries WHERE id = ?", id)
	if err == nil && entry == nil {
		err = web.NewHTTPError(404)
	}
	return entry, err
}

func (h *ComposeHandler) Get(args ...string) error {
	if err := h.Authenticated(); err != nil {
		return err
	}
	entry, err := h.entry()
	if err != nil {
		return err
	}
	return h.Render("compose.html", web.Namespace{"entry": entry})
}

func (h *ComposeHandler) Post(args ...string) error {
	if err := h.Authenticated(); err != nil {
		return err
	}
	entry, err := h.entry()
	if err != nil {
		return err
	}
	title, text := h.GetArgument("title"), h.GetArgument("markdown")
	html, err := markdownToHTML(text)
	if err != nil {
		return err
	}
	if entry != nil {
		_, err := h.execute("UPDATE entries SET title = ?, markdown = ?, html = ?, updated = CURRENT_TIMESTAMP WHERE id = ?",
			title, text, html, entry["id"])
		if err != nil {
			return err
		}
		return h.Redirect("/entry/" + entry["slug"].(string))
	}
	author := h.CurrentUser().(Row)
	for slug := slugOf(title); ; slug += "-2" { // until no other entry has the slug
		inserted, err := h.get(`INSERT INTO entries (author_id, title, slug, markdown, html, published, updated)
			VALUES (?, ?, ?, ?, ?, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP) ON CONFLICT (slug) DO NOTHING RETURNING id`,
			author["id"], title, slug, text, html)
		if err != nil {
			return err
		}
		if inserted != nil {
			return h.Redirect("/entry/" + slug)
		}
	}
}

// EntryModule shows an entry: {{ modules.Entry(entry) }}.
type EntryModule struct{ web.UIModule }

func (m *EntryModule) Render(entry Row) ([]byte, error) {
	return m.RenderString("modules/entry.html", web.Namespace{"entry": entry})
}
