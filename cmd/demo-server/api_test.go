package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// ask makes a request of the API and returns the answer, whose body is JSON or empty.
func ask(t *testing.T, s *testServer, method, path, body string) (*http.Response, map[string]any) {
	t.Helper()
	r, err := http.NewRequest(method, s.url(path), strings.NewReader(body))
	require.NoError(t, err)
	v := visit(t, s)
	answer, text := v.read(v.client.Do(r))
	var got map[string]any
	if text != "" {
		require.True(t, strings.HasPrefix(answer.Header.Get("Content-Type"), "application/json"), "%s", text)
		require.NoError(t, json.Unmarshal([]byte(text), &got), "%s", text)
	}
	return answer, got
}

func TestNotes(t *testing.T) {
	s := serve(t, 1)
	answer, got := ask(t, s, "POST", "/api/notes", `{"title": " Tea ", "text": "Buy some"}`)
	require.Equal(t, 201, answer.StatusCode)
	require.Equal(t, "/api/notes/1", answer.Header.Get("Location"))
	require.Equal(t, "Tea", got["title"])

	answer, same := ask(t, s, "GET", "/api/notes/1", "")
	require.Equal(t, 200, answer.StatusCode)
	require.Equal(t, got, same)
	_, list := ask(t, s, "GET", "/api/notes", "")
	require.Equal(t, map[string]any{"notes": []any{got}}, list)

	answer, _ = ask(t, s, "DELETE", "/api/notes/1", "")
	require.Equal(t, 204, answer.StatusCode)
	_, list = ask(t, s, "GET", "/api/notes", "")
	require.Equal(t, map[string]any{"notes": []any{}}, list)
	answer, _ = ask(t, s, "POST", "/api/notes", `{"title": "Milk"}`)
	require.Equal(t, "/api/notes/2", answer.Header.Get("Location"), "an id is used once")
}

func TestAPIErrorsAreJSON(t *testing.T) {
	s := serve(t, 1)
	for _, tt := range []struct {
		method, path, body string
		status             int
		says               string // a part of the error, as Go prints it
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
		answer, got := ask(t, s, tt.method, tt.path, tt.body)
		said := fmt.Sprint(got["error"])
		if answer.StatusCode != tt.status || !strings.Contains(said, tt.says) {
			t.Errorf("%s %s %s: got %d, %s; want %d, %s", tt.method, tt.path, tt.body, answer.StatusCode, said, tt.status, tt.says)
		}
	}
}

func TestNotesAreBounded(t *testing.T) {
	s := serve(t, 1)
	for range maxNotes {
		require.NotZero(t, s.notes.Add(note{Title: "x"}).ID)
	}
	answer, got := ask(t, s, "POST", "/api/notes", `{"title": "one more"}`)
	require.Equal(t, 507, answer.StatusCode)
	require.Contains(t, fmt.Sprint(got["error"]), "too many notes")
}

func TestBrowserNotes(t *testing.T) {
	b, s := openBrowser(t), serve(t, 1)
	b.open(s.url("/api"))
	b.waitFor(`document.querySelector("#status").textContent === "200 OK"`)
	b.click("#make .primary")
	b.waitFor(`document.querySelector("#title-error").textContent === "A note needs a title."`)
	b.screenshot("api-refused")
	b.write("#title", "<b>Tea</b>")
	b.write("#text", "Buy some")
	b.click("#make .primary")
	b.waitFor(`document.querySelector("#notes li bdi")?.textContent === "<b>Tea</b>" && document.querySelector("#title-error").hidden`)
	b.click("#missing")
	b.waitFor(`document.querySelector("#exchange").textContent.includes("There is no note 999999")`)
	b.screenshot("api")
	b.click("#notes button")
	b.waitFor(`document.querySelector("#notes").children.length === 0`)
	b.requireNoErrors("422 (Unprocessable Entity)", "/api/notes/999999 - Failed to load resource")
}
