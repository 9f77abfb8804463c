package main

import (
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"slices"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/websocket"
)

// An Entry is one signature in the book. Templates see its fields under their JSON names.
type Entry struct {
	ID     int    `json:"id"`
	Author string `json:"author"`
	Text   string `json:"text"`
}

// A Book holds the entries and the WebSockets that watch them. It belongs to the loop.
type Book struct {
	path     string
	entries  []*Entry
	watchers websocket.Group
	changed  bool
}

// newBook reads the entries of a file, if the file exists.
func newBook(path string) (*Book, error) {
	b := &Book{path: path, entries: []*Entry{}}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return b, nil
	}
	if err != nil {
		return nil, err
	}
	return b, json.Unmarshal(text, &b.entries)
}

func (b *Book) add(author, text string) (*Entry, error) {
	number := 1
	if n := len(b.entries); n > 0 {
		number = b.entries[n-1].ID + 1
	}
	entry := &Entry{ID: number, Author: author, Text: text}
	b.entries = append(b.entries, entry)
	b.changed = true
	message, err := websocket.JSON(entry)
	if err != nil {
		return nil, err
	}
	b.watchers.Broadcast(message)
	return entry, nil
}

func (b *Book) find(number int) (*Entry, error) {
	for _, entry := range b.entries {
		if entry.ID == number {
			return entry, nil
		}
	}
	return nil, web.NewHTTPError(404)
}

func (b *Book) remove(entry *Entry) {
	b.entries = slices.DeleteFunc(b.entries, func(e *Entry) bool { return e == entry })
	b.changed = true
}

// save writes the file if entries have changed, while the loop goes on.
func (b *Book) save(loop *ioloop.IOLoop) {
	if !b.changed {
		return
	}
	b.changed = false
	text, err := json.Marshal(b.entries)
	if err == nil {
		_, err = ioloop.RunInExecutor(loop, func() (struct{}, error) {
			return struct{}{}, os.WriteFile(b.path, text, 0o644)
		}).Await()
	}
	if err != nil {
		slog.Error("guestbook: not saved", "error", err)
	}
}
