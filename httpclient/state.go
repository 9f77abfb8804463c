package httpclient

import (
	"fmt"
	"slices"
)

// A serverState says how a connection handles the bytes that arrive.
type serverState uint8

const (
	connIdle         serverState = iota // none may arrive: the connection closes
	connAwaitingHead                    // they are the head of a response
	connReadingBody                     // they are the body of the response
	connClosed                          // they are discarded
)

// transitions lists the states that may follow each state. docs/architecture.md draws them.
var transitions = map[serverState][]serverState{
	connIdle:         {connAwaitingHead, connClosed},
	connAwaitingHead: {connReadingBody, connIdle, connClosed},
	connReadingBody:  {connIdle, connClosed},
	connClosed:       {},
}

var serverStateNames = [...]string{"connIdle", "connAwaitingHead", "connReadingBody", "connClosed"}

// String returns the name of the constant.
func (s serverState) String() string { return serverStateNames[s] }

// to changes the state of the connection. Changing to the current state does nothing. In
// debug mode, to panics if transitions does not list the change.
func (c *serverConnection) to(next serverState) {
	if next == c.state {
		return
	}
	if c.client.debug && !slices.Contains(transitions[c.state], next) {
		panic(fmt.Sprintf("httpclient: bug: a connection changed from %v to %v", c.state, next))
	}
	c.state = next
}
