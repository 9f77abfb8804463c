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

// A state is what of a server outlives its process.
type state struct {
	Secret string                 `json:"secret"` // signs cookies
	Said   map[string][]roomEvent `json:"said"`   // by room
	Blog   string                 `json:"blog"`   // the directory of a temporary blog; "" is none
}

// firstState is what a server begins with: what its predecessor handed it, else what a
// file has, else nothing.
func firstState(o options) (state, error) {
	switch {
	case len(o.inherited) > 0:
		return readState(o.inherited[0])
	case o.state == "":
		return state{Secret: rand.Text()}, nil
	}
	f, err := os.Open(o.state)
	if errors.Is(err, fs.ErrNotExist) {
		return state{Secret: rand.Text()}, nil
	}
	if err != nil {
		return state{}, err
	}
	return readState(f)
}

func readState(f *os.File) (s state, err error) {
	defer f.Close()
	if err = json.NewDecoder(f).Decode(&s); err == nil && s.Secret == "" {
		err = errors.New("it has no secret")
	}
	if err != nil {
		return state{}, fmt.Errorf("state: %s: %w", f.Name(), err)
	}
	return s, nil
}

// state is what there is now. It is for the hub's loop, or when that has ended.
func (d *demo) state() state {
	s := state{d.secret, map[string][]roomEvent{}, d.blog.temporary}
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

// save writes the state to a file. That is replaced at once: who is interrupted has
// the old one still.
func (s state) save(file string) error {
	f, err := os.OpenFile(file+".new", os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	if err := errors.Join(json.NewEncoder(f).Encode(s), f.Close()); err != nil {
		return err
	}
	return os.Rename(file+".new", file)
}

// file is a file without a name that has the state, to be read from its beginning.
func (s state) file() (*os.File, error) {
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

// restore fills the rooms, in which nobody may be yet.
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
