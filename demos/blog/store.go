package main

import (
	"database/sql"
	_ "embed"
	"fmt"
	"net/url"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// An Author may sign in and write entries.
type Author struct {
	ID             int64
	Email          string
	Name           string
	HashedPassword string
}

// An Entry is one post of the blog. Markdown is its source, and HTML the text for the page.
type Entry struct {
	ID                          int64
	AuthorID                    int64
	Slug, Title, Markdown, HTML string
	Published, Updated          time.Time
}

//go:embed schema.sql
var schema string

// A Store is the database of the blog. Its methods block, so handlers call them through
// BaseHandler.await. They return sql.ErrNoRows if there is no such row.
type Store struct{ db *sql.DB }

// OpenStore opens the SQLite database in a file, and creates the file and the tables if they are
// missing.
func OpenStore(file string) (*Store, error) {
	source := url.URL{Scheme: "file", Opaque: url.PathEscape(file), RawQuery: url.Values{
		"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "foreign_keys(1)"},
		"_txlock": {"immediate"}, // a writer waits for its turn instead of failing
	}.Encode()}
	db, err := sql.Open("sqlite", source.String())
	if err != nil {
		return nil, err
	}
	if _, err := db.Exec(schema); err != nil {
		db.Close()
		return nil, fmt.Errorf("database %s: %w", file, err)
	}
	return &Store{db}, nil
}

// Close closes the database.
func (s *Store) Close() error { return s.db.Close() }

// AnyAuthorExists reports whether the blog has an author.
func (s *Store) AnyAuthorExists() (exists bool, err error) {
	err = s.db.QueryRow("SELECT EXISTS (SELECT * FROM authors)").Scan(&exists)
	return exists, err
}

// CreateFirstAuthor adds an author and returns the author's ID. If there is one already, it
// returns sql.ErrNoRows. One statement does both, so two requests at once cannot create two.
func (s *Store) CreateFirstAuthor(email, name, hashedPassword string) (id int64, err error) {
	err = s.db.QueryRow(`INSERT INTO authors (email, name, hashed_password)
		SELECT ?, ?, ? WHERE NOT EXISTS (SELECT * FROM authors) RETURNING id`, email, name, hashedPassword).Scan(&id)
	return id, err
}

// Author returns an author by ID.
func (s *Store) Author(id int64) (*Author, error) { return s.author("id = ?", id) }

// AuthorByEmail returns an author by email address.
func (s *Store) AuthorByEmail(email string) (*Author, error) { return s.author("email = ?", email) }

func (s *Store) author(where string, arg any) (*Author, error) {
	a := new(Author)
	row := s.db.QueryRow("SELECT id, email, name, hashed_password FROM authors WHERE "+where, arg)
	err := row.Scan(&a.ID, &a.Email, &a.Name, &a.HashedPassword)
	return a, err
}

// Entries returns the newest entries, at most limit of them; -1 means all.
func (s *Store) Entries(limit int) (entries []*Entry, err error) {
	rows, err := s.db.Query(selectEntry+"ORDER BY published DESC, id DESC LIMIT ?", limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		entry, err := scanEntry(rows)
		if err != nil {
			return nil, err
		}
		entries = append(entries, entry)
	}
	return entries, rows.Err()
}

// Entry returns an entry by ID.
func (s *Store) Entry(id int64) (*Entry, error) {
	return scanEntry(s.db.QueryRow(selectEntry+"WHERE id = ?", id))
}

// EntryBySlug returns an entry by slug.
func (s *Store) EntryBySlug(slug string) (*Entry, error) {
	return scanEntry(s.db.QueryRow(selectEntry+"WHERE slug = ?", slug))
}

const selectEntry = "SELECT id, author_id, slug, title, markdown, html, published, updated FROM entries "

// scanEntry reads the columns of selectEntry from a *sql.Row or a *sql.Rows.
func scanEntry(row interface{ Scan(...any) error }) (*Entry, error) {
	e := new(Entry)
	err := row.Scan(&e.ID, &e.AuthorID, &e.Slug, &e.Title, &e.Markdown, &e.HTML, &e.Published, &e.Updated)
	return e, err
}

// UpdateEntry replaces the text of the entry with an ID, and returns its slug.
func (s *Store) UpdateEntry(id int64, title, markdown, html string) (slug string, err error) {
	err = s.db.QueryRow(`UPDATE entries SET title = ?, markdown = ?, html = ?, updated = CURRENT_TIMESTAMP
		WHERE id = ? RETURNING slug`, title, markdown, html, id).Scan(&slug)
	return slug, err
}

// CreateEntry adds an entry and returns its slug: that of the title, with "-2" at the end as often
// as another entry has it already.
func (s *Store) CreateEntry(authorID int64, title, markdown, html string) (string, error) {
	tx, err := s.db.Begin()
	if err != nil {
		return "", err
	}
	defer tx.Rollback() // does nothing after Commit
	slug := slugOf(title)
	for taken := true; ; slug += "-2" {
		err := tx.QueryRow("SELECT EXISTS (SELECT * FROM entries WHERE slug = ?)", slug).Scan(&taken)
		if err != nil {
			return "", err
		}
		if !taken {
			break
		}
	}
	_, err = tx.Exec(`INSERT INTO entries (author_id, title, slug, markdown, html, published, updated)
		VALUES (?, ?, ?, ?, ?, CURRENT_TIMESTAMP, CURRENT_TIMESTAMP)`, authorID, title, slug, markdown, html)
	if err != nil {
		return "", err
	}
	return slug, tx.Commit()
}
