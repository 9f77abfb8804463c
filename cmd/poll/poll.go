package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/websocket"
)

// A Choice is one line of the poll.
type Choice struct {
	Name  string `json:"name"`
	Votes int    `json:"votes"`
}

// A Poll counts votes. It belongs to one loop, so it needs no lock.
type Poll struct {
	Question string   `json:"question"`
	Choices  []Choice `json:"choices"`

	watchers websocket.Group
}

func newPoll(question string, names ...string) *Poll {
	p := &Poll{Question: question}
	for _, name := range names {
		p.Choices = append(p.Choices, Choice{Name: name})
	}
	return p
}

// vote counts a vote and sends the new result to every open page.
func (p *Poll) vote(name string) error {
	i := slices.IndexFunc(p.Choices, func(c Choice) bool { return c.Name == name })
	if i < 0 {
		return web.HTTPErrorf(400, "%q is not a choice", name)
	}
	p.Choices[i].Votes++
	result, err := websocket.JSON(p)
	if err != nil {
		return err
	}
	p.watchers.Broadcast(result)
	return nil
}

// save writes the result to a file. A goroutine of the executor does it, so the loop
// serves other requests meanwhile. The caller waits, without blocking the loop.
func (p *Poll) save(loop *ioloop.IOLoop, path string) error {
	text, err := json.Marshal(p) // this runs on the loop, so the poll does not change during the line
	if err != nil {
		return err
	}
	_, err = ioloop.RunInExecutor(loop, func() (struct{}, error) {
		return struct{}{}, replaceFile(path, text)
	}).Await()
	return err
}

// replaceFile writes a new file beside the old one and renames it, so that a reader
// never sees a part of it.
func replaceFile(path string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
