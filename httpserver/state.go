package httpserver

import (
	"fmt"
	"slices"
)

// An h1State says what a connection does with the bytes that arrive.
type h1State uint8

const (
	readingHead        h1State = iota // the bytes are the head of the next request
	readingBody                       // the bytes are the body of the current request
	responding                        // the bytes stay in the stream until the response is complete
	switchingProtocols                // a 101 was sent, and the bytes stay in the stream until Detach
	closing                           // they are discarded
	detached                          // they belong to another protocol
)

// transitions lists the states that may follow each state. docs/architecture.md draws them.
var transitions = map[h1State][]h1State{
	readingHead:        {readingBody, responding, closing},
	readingBody:        {responding, closing, detached},
	responding:         {readingHead, switchingProtocols, closing, detached},
	switchingProtocols: {closing, detached},
	closing:            {},
	detached:           {},
}

var stateNames = [...]string{"readingHead", "readingBody", "responding", "switchingProtocols", "closing", "detached"}

// String returns the name of the constant.
func (s h1State) String() string { return stateNames[s] }

// to changes the state of the connection. Changing to the current state does nothing. In
// debug mode, to panics if transitions does not list the change.
func (c *connection) to(next h1State) {
	if next == c.state {
		return
	}
	if c.table.debug && !slices.Contains(transitions[c.state], next) {
		panic(fmt.Sprintf("httpserver: bug: a connection changed from %v to %v", c.state, next))
	}
	c.state = next
}
