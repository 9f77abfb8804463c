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

// A notesHandler serves /api/notes: it lists notes and creates them.
type notesHandler struct {
	apiHandler
	Notes *notes // set on the prototype, so that all requests share it
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

// A noteHandler serves one note, such as /api/notes/7.
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

// noteID returns the number in the path, or 0 if it is too large for any note.
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

// An apiHandler is the base of handlers whose responses and errors are JSON.
type apiHandler struct{ web.RequestHandler }

// CheckXSRFCookie accepts every request: the API ignores cookies, so a forged request has no
// user's rights.
func (h *apiHandler) CheckXSRFCookie() error { return nil }

// WriteError writes the status, and the invalid fields with their errors.
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

// apiNotFound serves API paths without a route.
type apiNotFound struct{ apiHandler }

// Prepare ends the request with 404, whatever its method.
func (h *apiNotFound) Prepare() error { return web.NewHTTPError(404) }

// invalid is the error for invalid fields. It maps the name of a field to a text.
type invalid map[string]string

func (i invalid) Error() string { return fmt.Sprintf("invalid: %v", map[string]string(i)) }

const (
	maxNotes = 100
	maxTitle = 80  // characters
	maxNote  = 500 // characters
)

// A note is one entry of the API.
type note struct {
	ID    int       `json:"id"`
	Title string    `json:"title"`
	Text  string    `json:"text"`
	Made  time.Time `json:"made"`
}

// validate returns all errors of a note, not only the first.
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

// notes holds all notes, oldest first. Handlers of one loop never run at the same time; the
// lock is for servers with several loops.
type notes struct {
	mu   sync.Mutex
	all  []note
	last int // the latest id
}

// Add stores n and returns it with its id. The id is 0 if there is no room.
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

// Find returns the note with the given id.
func (s *notes) Find(id int) (note, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.index(id); i >= 0 {
		return s.all[i], true
	}
	return note{}, false
}

// Remove deletes the note with the given id, and reports whether it existed.
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

// apiPage serves the page that calls the API.
type apiPage struct{ page }

func (h *apiPage) Get(args ...string) error {
	return h.render("api.html", map[string]any{"MaxTitle": maxTitle, "MaxNote": maxNote})
}
