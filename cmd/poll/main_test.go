package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/suite"

	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/web/webtest"
	"github.com/gotornado/tornado/websocket"
)

type pollSuite struct {
	webtest.AsyncHTTPTestCase
	path string
}

func TestPoll(t *testing.T) { suite.Run(t, new(pollSuite)) }

func (s *pollSuite) GetApp() *web.Application {
	s.path = filepath.Join(s.T().TempDir(), "poll.json")
	return newApp(newPoll("Tea or coffee?", "tea", "coffee"), s.path)
}

func (s *pollSuite) TestThePageShowsTheQuestion() {
	s.Contains(s.Fetch("/").Body, "<h1>Tea or coffee?</h1>")
}

func (s *pollSuite) TestAVoteCounts() {
	s.Fetch("/vote", webtest.FetchOptions{Body: "choice=tea"})
	s.Equal(`{"question": "Tea or coffee?", "choices": [{"name": "tea", "votes": 1}, {"name": "coffee", "votes": 0}]}`,
		s.Fetch("/result").Body)
}

func (s *pollSuite) TestAnUnknownChoiceIsRefused() {
	s.ExpectLog("tornado.general", `"juice" is not a choice`, func() {
		s.Equal(400, s.Fetch("/vote", webtest.FetchOptions{Body: "choice=juice"}).StatusCode)
	})
}

func (s *pollSuite) TestOpenPagesSeeAVote() {
	page, err := webtest.Await(s, func() (*websocket.ClientConnection, error) {
		return websocket.Connect(s.Loop(), s.WebSocketURL("/live"), websocket.ConnectOptions{}).Await()
	})
	s.Require().NoError(err)
	read := func() string {
		message, err := webtest.Await(s, func() (websocket.Message, error) { return page.ReadMessage().Await() })
		s.NoError(err)
		return message.String()
	}
	s.Contains(read(), `{"name": "coffee", "votes": 0}`)
	s.Fetch("/vote", webtest.FetchOptions{Body: "choice=coffee"})
	s.Contains(read(), `{"name": "coffee", "votes": 1}`)
}

func (s *pollSuite) TestSaveWritesTheFile() {
	s.Equal("saved\n", s.Fetch("/save", webtest.FetchOptions{Method: "POST"}).Body)
	text, err := os.ReadFile(s.path)
	s.NoError(err)
	s.Contains(string(text), "Tea or coffee?")
}
