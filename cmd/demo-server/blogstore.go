package main

import (
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite", without cgo
)

const (
	maxEntries   = 500
	maxHeadline  = 100    // characters
	maxEntryText = 10_000 // characters

	blogFile = "blog.db" // in a temporary directory
)

var (
	errNoEntry  = errors.New("demo-server: no such entry")
	errNotYours = errors.New("demo-server: the entry has another author")
	errFull     = errors.New("demo-server: the blog is full")
)

// An article is one entry of the blog.
type article struct {
	ID        int64
	Slug      string // part of its URL
	Title     string
	Text      string // plain text, in which an empty line ends a paragraph
	Author    string
	Published time.Time
	Updated   time.Time
}

// Paragraphs returns the paragraphs of the text.
func (e *article) Paragraphs() (list []string) {
	for paragraph := range strings.SplitSeq(strings.ReplaceAll(e.Text, "\r\n", "\n"), "\n\n") {
		if paragraph = strings.TrimSpace(paragraph); paragraph != "" {
			list = append(list, paragraph)
		}
	}
	return list
}

// Minutes returns the estimated reading time.
func (e *article) Minutes() int { return 1 + len(strings.Fields(e.Text))/200 }

// A blog stores entries in a SQLite database. Its methods block.
type blog struct {
	db        *sql.DB
	temporary string // directory to remove at the end
}

//go:embed blog/schema.sql
var blogSchema string

// openBlog opens the database in file, and creates it if needed. If file is "", the database is
// temporary.
func openBlog(file string) (*blog, error) {
	b := &blog{}
	if file == "" {
		dir, err := os.MkdirTemp("", "tornado-blog-")
		if err != nil {
			return nil, err
		}
		b.temporary, file = dir, filepath.Join(dir, blogFile)
	}
	where := url.URL{Scheme: "file", Opaque: url.PathEscape(file), RawQuery: url.Values{
		"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)"}, "_txlock": {"immediate"},
	}.Encode()}
	var err error
	if b.db, err = sql.Open("sqlite", where.String()); err == nil {
		b.db.SetMaxOpenConns(8)
		err = b.prepare(time.Now())
	}
	if err != nil {
		b.closeDatabase()
		return nil, fmt.Errorf("the blog's database %s: %w", file, err)
	}
	return b, nil
}

// closeDatabase closes the database.
func (b *blog) closeDatabase() error {
	var err error
	if b.db != nil {
		err = b.db.Close()
	}
	if b.temporary != "" {
		err = errors.Join(err, os.RemoveAll(b.temporary))
		b.temporary = ""
	}
	return err
}

// prepare creates the tables, and the first entries of an empty blog.
func (b *blog) prepare(now time.Time) error {
	if _, err := b.db.Exec(blogSchema); err != nil {
		return err
	}
	if n, err := b.count(b.db); n > 0 || err != nil {
		return err
	}
	for _, e := range firstEntries(now) {
		if _, err := b.Save("", e, e.Published); err != nil {
			return err
		}
	}
	return nil
}

// A querier is a database or a transaction.
type querier interface {
	QueryRow(query string, args ...any) *sql.Row
}

func (b *blog) count(q querier) (n int, err error) {
	err = q.QueryRow(`SELECT count(*) FROM entries`).Scan(&n)
	return n, err
}

const entryColumns = `SELECT id, slug, title, text, author, published, updated FROM entries `

// Latest returns the last n entries, newest first.
func (b *blog) Latest(n int) ([]*article, error) {
	rows, err := b.db.Query(entryColumns+`ORDER BY published DESC, id DESC LIMIT ?`, n)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	entries := []*article{}
	for rows.Next() {
		e, err := scanEntry(rows.Scan)
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, rows.Err()
}

// scanEntry reads a row with entryColumns. The error may be errNoEntry.
func scanEntry(scan func(...any) error) (*article, error) {
	var e article
	var published, updated int64
	err := scan(&e.ID, &e.Slug, &e.Title, &e.Text, &e.Author, &published, &updated)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errNoEntry
	}
	e.Published, e.Updated = time.Unix(published, 0).UTC(), time.Unix(updated, 0).UTC()
	return &e, err
}

// BySlug returns the entry with the given slug, or errNoEntry.
func (b *blog) BySlug(slug string) (*article, error) {
	return scanEntry(b.db.QueryRow(entryColumns+`WHERE slug = ?`, slug).Scan)
}

// OwnByID returns an entry of author, or errNoEntry, or errNotYours.
func (b *blog) OwnByID(id, author string) (*article, error) { return ownByID(b.db, id, author) }

func ownByID(q querier, id, author string) (*article, error) {
	e, err := scanEntry(q.QueryRow(entryColumns+`WHERE id = ?`, id).Scan)
	if err == nil && e.Author != author {
		return nil, errNotYours
	}
	return e, err
}

// Save stores a new entry. With an id, it changes the title and text of an entry of the same
// author. It returns the slug.
func (b *blog) Save(id string, e *article, now time.Time) (slug string, err error) {
	tx, err := b.db.Begin()
	if err != nil {
		return "", err
	}
	defer tx.Rollback()
	if id != "" {
		slug, err = b.update(tx, id, e, now)
	} else {
		slug, err = b.insert(tx, e, now)
	}
	if err != nil {
		return "", err
	}
	return slug, tx.Commit()
}

func (b *blog) update(tx *sql.Tx, id string, e *article, now time.Time) (string, error) {
	old, err := ownByID(tx, id, e.Author)
	if err != nil {
		return "", err
	}
	_, err = tx.Exec(`UPDATE entries SET title = ?, text = ?, updated = ? WHERE id = ?`, e.Title, e.Text, now.Unix(), old.ID)
	return old.Slug, err
}

func (b *blog) insert(tx *sql.Tx, e *article, now time.Time) (string, error) {
	if n, err := b.count(tx); err != nil {
		return "", err
	} else if n >= maxEntries {
		return "", errFull
	}
	base := slugOf(e.Title)
	slug := base
	for n := 2; ; n++ {
		var taken bool
		if err := tx.QueryRow(`SELECT EXISTS (SELECT 1 FROM entries WHERE slug = ?)`, slug).Scan(&taken); err != nil {
			return "", err
		}
		if !taken {
			break
		}
		slug = fmt.Sprintf("%s-%d", base, n)
	}
	_, err := tx.Exec(`INSERT INTO entries (slug, title, text, author, published, updated) VALUES (?, ?, ?, ?, ?, ?)`,
		slug, e.Title, e.Text, e.Author, now.Unix(), now.Unix())
	return slug, err
}

// Delete removes an entry of author.
func (b *blog) Delete(id, author string) error {
	if _, err := b.OwnByID(id, author); err != nil {
		return err
	}
	_, err := b.db.Exec(`DELETE FROM entries WHERE id = ? AND author = ?`, id, author)
	return err
}

// slugOf returns the Latin letters and digits of a title, for its URL.
func slugOf(title string) string {
	letters := strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss", "é", "e", "è", "e", "à", "a", "ñ", "n")
	words := strings.FieldsFunc(letters.Replace(strings.ToLower(title)), func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
	if len(words) == 0 {
		return "entry"
	}
	slug := strings.Join(words, "-")
	return strings.TrimRight(slug[:min(len(slug), 60)], "-")
}

// firstEntries returns the entries of a new blog.
func firstEntries(now time.Time) []*article {
	return []*article{
		{Author: "Ada", Title: "Eine Schleife für alle", Published: now.Add(-9 * 24 * time.Hour), Text: `Ein Server muss nicht für jeden Besucher eine eigene Tür haben. Eine Schleife genügt, die reihum fragt: Ist etwas für mich da?

Wer wartet, stört niemanden. Das gilt auch für diese Seite: Während die Datenbank sucht, bedient die Schleife alle anderen.`},
		{Author: "Grace", Title: "Templates that moved house", Published: now.Add(-2 * 24 * time.Hour), Text: `The pages of this blog are written in Tornado's template language: inheritance, blocks, modules, Python's expressions. The files would work in a Python application as they are.

The language of the page is the reader's. Try the links at the top, or send another Accept-Language header. Dates, plurals and numbers follow.`},
		{Author: "Ada", Title: "Waiting without blocking", Published: now.Add(-40 * time.Minute), Text: `Reading a row from SQLite blocks. So the handler hands the query to another goroutine, and parks. When the rows are there, it goes on at the next line, on its loop, where nothing else runs at the same time.

The list beside this text is a UI module. It makes a query of its own, in the middle of the template, and waits for it in the same way.

Log in with any name, write something, and read it in the feed. More about the idea at https://www.tornadoweb.org/en/stable/guide/async.html.`},
	}
}
