package httpserver

import "github.com/gotornado/tornado/httputil"

// A guestBook is what the guests of a roster under one key tell it.
type guestBook struct{ roster *connectionTable }

// ShuttingDown reports whether Shutdown was called.
func (b guestBook) ShuttingDown() bool { return b.roster.draining }

// Left is to be called when the last guest has left.
func (b guestBook) Left() { b.roster.announceEmpty() }

// Guests has the server go on knowing of a connection that was detached, without keeping
// anything of it: the other protocol lists its connections itself, and the server talks
// to all of a loop at once. It returns the list of key, made by create at the first call,
// into which the connection must then be put. It is nil if the server counts connections
// (see Options.MaxConnections): then use Retain.
func (c *connection) Guests(key any, create func(httputil.GuestBook) httputil.Guests) httputil.Guests {
	c.Loop().CheckOwner("HTTPConnection.Guests")
	r := c.table
	if c.server().limiter != nil {
		return nil
	}
	g, ok := r.guests[key]
	if !ok {
		if r.guests == nil {
			r.guests = map[any]httputil.Guests{}
		}
		g = create(guestBook{r})
		r.guests[key] = g
	}
	return g
}

// noGuests reports whether none is left.
func (r *connectionTable) noGuests() bool {
	for _, g := range r.guests {
		if g.Len() > 0 {
			return false
		}
	}
	return true
}
