package main

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/gotornado/tornado/web"
)

// snippet

// A notesHandler serves /api/notes: what there is, and a place for more.
type notesHandler struct {
	apiHandler
	Notes *notes // on the prototype: all requests share it
}

func (h *notesHandler) Get(args ...string) error {
	return h.WriteJSON(map[string]any{"notes": h.Notes.List()})
}

func (h *notesHandler) Post(args ...string) error {
	var n note
	if err := h.ReadJSON(&n, web.JSONOptions{DisallowUnknownFields: true}); err != nil {
		return err
	}
	if err := n.validate(); err != nil {
		return err
	}
	if n = h.Notes.Add(n); n.ID == 0 {
		return &web.HTTPError{StatusCode: 507, Reason: "There are too many notes: delete some"}
	}
	where, err := h.ReverseURL("note", n.ID)
	h.SetHeader("Location", where)
	h.SetStatus(http.StatusCreated)
	return errors.Join(err, h.WriteJSON(n))
}

// end snippet

// A noteHandler serves /api/notes/7: one of them.
type noteHandler struct {
	apiHandler
	Notes *notes
}

func (h *noteHandler) Get(args ...string) error {
	n, ok := h.Notes.Find(noteID(args))
	if !ok {
		return noSuchNote(args)
	}
	return h.WriteJSON(n)
}

func (h *noteHandler) Delete(args ...string) error {
	if !h.Notes.Remove(noteID(args)) {
		return noSuchNote(args)
	}
	h.SetStatus(http.StatusNoContent)
	return nil
}

// noteID is the number in the path, 0 for one so large that no note has it.
func noteID(args []string) int {
	id, err := strconv.Atoi(args[0])
	if err != nil {
		return 0
	}
	return id
}

func noSuchNote(args []string) error {
	return &web.HTTPError{StatusCode: 404, Reason: "There is no note " + args[0]}
}

// An apiHandler is the base of those that speak JSON, of their errors too.
type apiHandler struct{ web.RequestHandler }

// CheckXSRFCookie lets everybody pass: the API looks at no cookie, so nothing can be
// done in anybody's name.
func (h *apiHandler) CheckXSRFCookie() error { return nil }

// WriteError says what was wrong, and of which field.
func (h *apiHandler) WriteError(status int, cause error) {
	answer := map[string]any{"status": status, "reason": h.GetReason()}
	if wrong, ok := errors.AsType[invalid](cause); ok {
		answer["fields"] = wrong
	}
	if h.Settings().ServeTraceback && cause != nil {
		answer["cause"] = cause.Error()
	}
	h.WriteJSON(map[string]any{"error": answer})
}

// apiNotFound serves what no route of the API does.
type apiNotFound struct{ apiHandler }

// Prepare ends the request, whatever its method.
func (h *apiNotFound) Prepare() error { return web.NewHTTPError(404) }

// invalid says what is wrong with fields, by their names.
type invalid map[string]string

func (i invalid) Error() string { return fmt.Sprintf("invalid: %v", map[string]string(i)) }

const (
	maxNotes = 100
	maxTitle = 80  // characters
	maxNote  = 500 // characters
)

// A note is what the API keeps.
type note struct {
	ID    int       `json:"id"`
	Title string    `json:"title"`
	Text  string    `json:"text"`
	Made  time.Time `json:"made"`
}

// validate tells everything that is wrong, not just the first.
func (n *note) validate() error {
	n.Title, n.Text = strings.TrimSpace(n.Title), strings.TrimSpace(n.Text)
	wrong := invalid{}
	switch length := utf8.RuneCountInString(n.Title); {
	case length == 0:
		wrong["title"] = "A note needs a title."
	case length > maxTitle:
		wrong["title"] = fmt.Sprintf("A title has %d characters at most, this one %d.", maxTitle, length)
	}
	if length := utf8.RuneCountInString(n.Text); length > maxNote {
		wrong["text"] = fmt.Sprintf("A note has %d characters at most, this one %d.", maxNote, length)
	}
	if n.ID != 0 || !n.Made.IsZero() {
		wrong["id"] = "The server chooses id and time."
	}
	if len(wrong) > 0 {
		return &web.HTTPError{StatusCode: http.StatusUnprocessableEntity, Err: wrong}
	}
	return nil
}

// notes are all that there are, oldest first. Handlers of one loop never run at the same
// time; the lock is for a server with several loops.
type notes struct {
	mu   sync.Mutex
	all  []note
	last int // id
}

// Add keeps n and returns it with its id, which is 0 if there is no room.
func (s *notes) Add(n note) note {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.all) >= maxNotes {
		return note{}
	}
	s.last++
	n.ID, n.Made = s.last, time.Now().UTC().Truncate(time.Second)
	s.all = append(s.all, n)
	return n
}

// List returns all notes.
func (s *notes) List() []note {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]note{}, s.all...)
}

// Find returns the note with that id.
func (s *notes) Find(id int) (note, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.index(id); i >= 0 {
		return s.all[i], true
	}
	return note{}, false
}

// Remove deletes the note with that id, and reports whether there was one.
func (s *notes) Remove(id int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := s.index(id)
	if i >= 0 {
		s.all = slices.Delete(s.all, i, i+1)
	}
	return i >= 0
}

func (s *notes) index(id int) int {
	return slices.IndexFunc(s.all, func(n note) bool { return n.ID == id })
}

// apiPage is a page that talks to the API.
type apiPage struct{ page }

func (h *apiPage) Get(args ...string) error {
	return h.render("api.html", map[string]any{"MaxTitle": maxTitle, "MaxNote": maxNote})
}
