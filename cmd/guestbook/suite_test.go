package main

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/stretchr/testify/suite"

	"github.com/gotornado/tornado/internal/peers"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/web/webtest"
	"github.com/gotornado/tornado/websocket"
)

// guestbookSuite is the port of guestbook_test.py: see docs/guide.md.
type guestbookSuite struct {
	webtest.AsyncHTTPTestCase
	book *Book
}

func TestGuestbook(t *testing.T) { suite.Run(t, new(guestbookSuite)) }

func (s *guestbookSuite) GetApp() *web.Application {
	book, err := newBook(filepath.Join(s.T().TempDir(), "guestbook.json"))
	s.Require().NoError(err)
	s.book = book
	app, err := newApp(book, "secret", nil)
	s.Require().NoError(err)
	return app
}

func (s *guestbookSuite) SetupTest() {
	s.AsyncHTTPTestCase.SetupTest()
	s.sign("Ann", "Hello")
}

// sign adds an entry on the loop, to which the book belongs.
func (s *guestbookSuite) sign(author, text string) {
	s.OnLoop(func() error {
		_, err := s.book.add(author, text)
		return err
	})
}

func (s *guestbookSuite) TestStrangersAreSentToTheLogin() {
	response := s.Fetch("/", webtest.FetchOptions{NoRedirects: true})
	s.Equal(302, response.StatusCode)
	s.Equal("/login?next=%2F", response.Header.Get("Location"))
}

func (s *guestbookSuite) TestEntries() {
	s.Equal(`{"id": 1, "author": "Ann", "text": "Hello"}`, s.Fetch("/api/entries/1").Body)
	s.ExpectLog("tornado.access", "404 GET /api/entries/2", func() {
		s.Equal(404, s.Fetch("/api/entries/2").StatusCode)
	})
}

func (s *guestbookSuite) TestFormsNeedAToken() {
	s.ExpectLog("tornado.general", ".*'_xsrf' argument missing", func() {
		s.Equal(403, s.Fetch("/login", webtest.FetchOptions{Body: "name=Ann"}).StatusCode)
	})
}

func (s *guestbookSuite) TestWatchersAreTold() {
	watcher, err := webtest.Await(s, func() (*websocket.ClientConnection, error) {
		return websocket.Connect(s.Loop(), s.WebSocketURL("/live"), websocket.ConnectOptions{}).Await()
	})
	s.Require().NoError(err)
	read := func() string {
		message, err := webtest.Await(s, func() (websocket.Message, error) { return watcher.ReadMessage().Await() })
		s.NoError(err)
		return message.String()
	}
	s.Equal("1 entries", read())
	s.sign("Ben", "Hi")
	s.Equal(`{"id": 2, "author": "Ben", "text": "Hi"}`, read())
}

// The original test suite passes with guestbook.py.
func TestTheTestsBefore(t *testing.T) {
	python := peers.Python(t, "tornado.web")
	out, err := exec.Command(python, "-B", "guestbook_test.py").CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "Ran 4 tests")
}
