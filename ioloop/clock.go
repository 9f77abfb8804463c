package ioloop

import "time"

// A Clock tells loops the time of their timeouts. Tests implement it, to let hours pass in no
// time. See [Options].
type Clock interface {
	// Now returns the time. Any goroutine may call it. The time must never go back.
	Now() time.Time
	// OnChange is called by each new loop. The clock must call changed after each change of
	// its time, from any goroutine, so that the loop runs the timeouts that have become due.
	OnChange(changed func())
}
