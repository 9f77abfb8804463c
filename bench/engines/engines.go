// Package engines renders the same two pages with several template engines, to compare their
// cost.
package engines

import (
	"errors"
	"fmt"
	"strings"
)

// The pages: a table of a hundred rows, and a page that inherits, includes and calls.
const (
	Table = "table"
	Page  = "page"
)

// Pages lists all pages.
func Pages() []string { return []string{Table, Page} }

// An Engine renders pages in this process.
type Engine struct {
	Name string
	// New compiles a page's template and returns a function that renders it once.
	New func(page string) (render func() ([]byte, error), err error)
}

// Python is the name of the engine that runs in a Python process; see Script.
const Python = "tornado-python"

// Names returns the names of all engines, this project's first.
func Names() []string { return []string{"tornado", Python, "html/template", "quicktemplate"} }

// Find returns the engine called name, except Python.
func Find(name string) (Engine, error) {
	for _, e := range []Engine{{"tornado", tornado}, {"html/template", html}, {"quicktemplate", quick}} {
		if e.Name == name {
			return e, nil
		}
	}
	return Engine{}, fmt.Errorf("no engine is called %q", name)
}

var errNoPage = errors.New("no such page")

// A Row is a row of the table.
type Row struct {
	ID    int
	Name  string
	Price float64
	Tags  []string
}

// A Post is an article of the page; a Link is an entry of its navigation.
type (
	Post struct {
		Title, Body string
		Comments    []string
	}
	Link struct{ Href, Caption string }
)

func entries() []Row {
	list := make([]Row, 100)
	for i := range list {
		list[i] = Row{i, "Item <" + strings.Repeat("x", i%10) + "> & co", float64(i) + 0.25, []string{"red", "green"}}
	}
	return list
}

// site holds the data of the page.
type site struct {
	Site, User, Title string
	Links             []Link
	Posts             []Post
}

func page() site {
	s := site{"Example", "Ben & Jerry", "News", []Link{{"/", "Home"}, {"/about", "About"}, {"/archive", "Old & new"}}, nil}
	for i := range 20 {
		s.Posts = append(s.Posts, Post{fmt.Sprintf("Post <%d>", i), strings.Repeat("Some text & more. ", 5), []string{"one", "two"}[:i%3]})
	}
	return s
}
