package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// save writes what was said in all rooms to a file, if it has a name. The hub's loop
// must have ended.
func (h *hub) save(file string) error {
	if file == "" {
		return nil
	}
	said := map[string][]json.RawMessage{}
	for name, r := range h.rooms {
		said[name] = r.history
	}
	text, err := json.Marshal(said)
	if err != nil {
		return err
	}
	// The file is replaced at once: who is interrupted has the old one still.
	if err := os.WriteFile(file+".new", text, 0o600); err != nil {
		return fmt.Errorf("history: %w", err)
	}
	return os.Rename(file+".new", file)
}

// load fills the rooms with what save wrote, if there is such a file. Nobody may be
// in them yet.
func (h *hub) load(file string) error {
	text, err := os.ReadFile(file)
	if file == "" || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var said map[string][]roomEvent
	if err == nil {
		err = json.Unmarshal(text, &said)
	}
	if err != nil {
		return fmt.Errorf("history: %s: %w", file, err)
	}
	for name, events := range said {
		if r := h.room(name); r != nil {
			r.restore(events)
		}
	}
	return nil
}

// restore makes events the history of a room.
func (r *room) restore(events []roomEvent) {
	for _, e := range events[max(0, len(events)-maxHistory):] {
		r.history = append(r.history, encode(e).Data)
		r.stamp = max(r.stamp, e.At)
	}
}
