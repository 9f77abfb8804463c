package main

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
)

// A savedState is the data that outlives a server's process.
type savedState struct {
	Secret string                 `json:"secret"` // signs cookies
	Said   map[string][]roomEvent `json:"said"`   // by room
	Blog   string                 `json:"blog"`   // the directory of a temporary blog; "" means none
}

// firstState returns the initial state: from the previous process if there is one, else from
// the file, else a new one.
func firstState(o demoConfig) (savedState, error) {
	switch {
	case len(o.inherited) > 0:
		return readState(o.inherited[0])
	case o.state == "":
		return savedState{Secret: rand.Text()}, nil
	}
	f, err := os.Open(o.state)
	if errors.Is(err, fs.ErrNotExist) {
		return savedState{Secret: rand.Text()}, nil
	}
	if err != nil {
		return savedState{}, err
	}
	return readState(f)
}

func readState(f *os.File) (s savedState, err error) {
	defer f.Close()
	if err = json.NewDecoder(f).Decode(&s); err == nil && s.Secret == "" {
		err = errors.New("it has no secret")
	}
	if err != nil {
		return savedState{}, fmt.Errorf("state: %s: %w", f.Name(), err)
	}
	return s, nil
}

// state returns the current state. Call it on the hub's loop, or after that has ended.
func (d *demo) state() savedState {
	s := savedState{d.secret, map[string][]roomEvent{}, d.blog.temporary}
	for name, r := range d.hub.rooms {
		for _, said := range r.history {
			var e roomEvent
			if json.Unmarshal(said, &e) == nil { // it was made by encode
				s.Said[name] = append(s.Said[name], e)
			}
		}
	}
	return s
}

// save writes the state to a file. The file is replaced atomically, so an interruption leaves
// the old one.
func (s savedState) save(file string) error {
	f, err := os.OpenFile(file+".new", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(json.NewEncoder(f).Encode(s), f.Close()); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}

// file returns an unnamed file with the state, positioned at its beginning.
func (s savedState) file() (*os.File, error) {
	f, err := os.CreateTemp("", "demo-server-state-")
	if err != nil {
		return nil, err
	}
	os.Remove(f.Name())
	err = json.NewEncoder(f).Encode(s)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// restore fills the rooms' histories. The rooms must be empty.
func (h *hub) restore(said map[string][]roomEvent) {
	for name, events := range said {
		r := h.room(name)
		if r == nil {
			return
		}
		for _, e := range events[max(0, len(events)-maxHistory):] {
			r.history = append(r.history, encode(e).Data)
			r.stamp = max(r.stamp, e.At)
		}
	}
}
