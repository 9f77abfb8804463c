package websocket

import (
	"fmt"
	"slices"
)

// A connectionState says which part of its life a connection is in.
type connectionState uint8

const (
	stateOpen      connectionState = iota // it reads and writes messages
	stateCloseSent                        // this side has sent its close frame, and reads until the peer's close frame arrives
	stateEnding                           // the connection neither reads nor writes; its stream closes
	stateLost                             // the stream is closed
)

// transitions lists the states that may follow each state. docs/architecture.md draws them.
var transitions = map[connectionState][]connectionState{
	stateOpen:      {stateCloseSent, stateEnding, stateLost},
	stateCloseSent: {stateEnding, stateLost},
	stateEnding:    {stateLost},
	stateLost:      {},
}

var stateNames = [...]string{"stateOpen", "stateCloseSent", "stateEnding", "stateLost"}

// String returns the name of the constant.
func (s connectionState) String() string { return stateNames[s] }

// to changes the state of the connection. Changing to the current state does nothing. In
// debug mode, to panics if transitions does not list the change.
func (s *session) to(next connectionState) {
	if next == s.state {
		return
	}
	if s.shared.debug && !slices.Contains(transitions[s.state], next) {
		panic(fmt.Sprintf("websocket: bug: a connection changed from %v to %v", s.state, next))
	}
	s.state = next
}
