package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/gotornado/tornado/internal/webdriver"
	"github.com/gotornado/tornado/web/webtest"
)

// ask sends a request to the API and returns the response; its body is JSON or empty.
func (s *demoSuite) ask(method, path, body string) (answer *webtest.Response, got map[string]any) {
	answer = s.Fetch(path, webtest.FetchOptions{Method: method, Body: body, NoRedirects: true})
	if answer.Body != "" {
		s.True(strings.HasPrefix(answer.Header.Get("Content-Type"), "application/json"), answer.Body)
		s.NoError(json.Unmarshal([]byte(answer.Body), &got), answer.Body)
	}
	return answer, got
}

func (s *demoSuite) TestNotes() {
	answer, got := s.ask("POST", "/api/notes", `{"title": " Tea ", "text": "Buy some"}`)
	s.Equal(201, answer.StatusCode)
	s.Equal("/api/notes/1", answer.Header.Get("Location"))
	s.Equal("Tea", got["title"])

	answer, same := s.ask("GET", "/api/notes/1", "")
	s.Equal(200, answer.StatusCode)
	s.Equal(got, same)
	_, list := s.ask("GET", "/api/notes", "")
	s.Equal(map[string]any{"notes": []any{got}}, list)

	answer, _ = s.ask("DELETE", "/api/notes/1", "")
	s.Equal(204, answer.StatusCode)
	_, list = s.ask("GET", "/api/notes", "")
	s.Equal(map[string]any{"notes": []any{}}, list)
	answer, _ = s.ask("POST", "/api/notes", `{"title": "Milk"}`)
	s.Equal("/api/notes/2", answer.Header.Get("Location"), "an id is not reused")
}

func (s *demoSuite) TestAPIErrorsAreJSON() {
	for _, tt := range []struct {
		method, path, body string
		status             int
		says               string // a part of the error's text in the response
	}{
		{"GET", "/api/notes/7", "", 404, "reason:There is no note 7"},
		{"DELETE", "/api/notes/7", "", 404, "reason:There is no note 7"},
		{"GET", "/api/notes/99999999999999999999", "", 404, "There is no note 99999999999999999999"},
		{"GET", "/api/notes/seven", "", 404, "reason:Not Found"},
		{"GET", "/api/nothing", "", 404, "reason:Not Found"},
		{"PUT", "/api/notes/7", "{}", 405, "reason:Method Not Allowed"},
		{"POST", "/api/notes", "", 400, "reason:Bad Request"},
		{"POST", "/api/notes", "{", 400, "reason:Bad Request"},
		{"POST", "/api/notes", `{"title": 7}`, 400, "title"},
		{"POST", "/api/notes", `{"titel": "x"}`, 400, "titel"},
		{"POST", "/api/notes", `{}`, 422, "fields:map[title:A note needs a title.]"},
		{"POST", "/api/notes", `{"title": "x", "id": 3}`, 422, "fields:map[id:The server chooses id and time.]"},
		{"POST", "/api/notes", fmt.Sprintf(`{"title": %q, "text": %q}`, strings.Repeat("é", 81), strings.Repeat("é", 501)), 422,
			"fields:map[text:A note has 500 characters at most, this one 501. title:A title has 80 characters at most, this one 81.]"},
	} {
		answer, got := s.ask(tt.method, tt.path, tt.body)
		said := fmt.Sprint(got["error"])
		s.Equal(tt.status, answer.StatusCode, tt)
		s.Contains(said, tt.says, tt)
	}
}

func (s *demoSuite) TestNotesAreBounded() {
	for range maxNotes {
		s.NotZero(s.demo.notes.Add(note{Title: "x"}).ID)
	}
	answer, got := s.ask("POST", "/api/notes", `{"title": "one more"}`)
	s.Equal(507, answer.StatusCode)
	s.Contains(fmt.Sprint(got["error"]), "too many notes")
}

func TestBrowserNotes(t *testing.T) {
	b, s := webdriver.OpenBrowser(t), serve(t, 1)
	b.Open(s.url("/api"))
	b.WaitFor(`document.querySelector("#status").textContent === "200 OK"`)
	b.Click("#make .primary")
	b.WaitFor(`document.querySelector("#title-error").textContent === "A note needs a title."`)
	b.Screenshot("api-refused")
	b.Write("#title", "<b>Tea</b>")
	b.Write("#text", "Buy some")
	b.Click("#make .primary")
	b.WaitFor(`document.querySelector("#notes li bdi")?.textContent === "<b>Tea</b>" && document.querySelector("#title-error").hidden`)
	b.Click("#missing")
	b.WaitFor(`document.querySelector("#exchange").textContent.includes("There is no note 999999")`)
	b.Screenshot("api")
	b.Click("#notes button")
	b.WaitFor(`document.querySelector("#notes").children.length === 0`)
	b.RequireNoErrors("422 (Unprocessable Entity)", "/api/notes/999999 - Failed to load resource")
}
