package httpclient

import (
	"time"

	"github.com/gotornado/tornado/ioloop"
)

// maxExact is the longest time for which a fetch has an exact timer. For longer times it uses a
// coarse timeout of the loop, which costs less and may be up to a tick, about a second, late.
const maxExact = 5 * time.Second

// A fetchTimer ends a fetch that takes too long.
type fetchTimer struct {
	fetch  *fetch
	coarse ioloop.CoarseTimeout
	exact  *ioloop.Timeout
	ends   time.Time // the deadline of the whole fetch; zero without one
}

// limitQueue limits the time in the queue.
func (t *fetchTimer) limitQueue() {
	t.setTimer(t.fetch.plan.connectLimit())
}

// startRequest sets the deadline of the whole fetch, which leaves the queue now.
func (t *fetchTimer) startRequest() {
	if d := t.fetch.plan.settings.RequestTimeout; d > 0 {
		t.ends = t.fetch.started.Add(d)
	}
	t.limitRequest()
}

// limitConnect limits the time for a new connection.
func (t *fetchTimer) limitConnect() {
	t.setTimer(shorter(t.fetch.plan.settings.ConnectTimeout, t.remaining()))
}

// limitRequest limits the rest of the fetch.
func (t *fetchTimer) limitRequest() { t.setTimer(t.remaining()) }

// remaining returns the time that the fetch may still take, or 0 for no limit.
func (t *fetchTimer) remaining() time.Duration {
	if t.ends.IsZero() {
		return 0
	}
	return max(1, t.ends.Sub(t.fetch.client.loop.Time()))
}

// shorter returns the shorter of two limits. A limit of 0 or less is none.
func shorter(a, b time.Duration) time.Duration {
	if a <= 0 || b > 0 && b < a {
		return b
	}
	return a
}

// setTimer makes the fetch end after d. It replaces the earlier limit. A d of 0 or less means no
// limit.
func (t *fetchTimer) setTimer(d time.Duration) {
	loop := t.fetch.client.loop
	if t.exact != nil || d <= 0 || d <= maxExact {
		t.clearTimer()
	}
	switch {
	case d <= 0:
	case d <= maxExact:
		t.exact = loop.CallLater(d, t.fetch.timedOut)
	default:
		loop.SetCoarseTimeout(&t.coarse, d, t)
	}
}

// clearTimer removes the limit.
func (t *fetchTimer) clearTimer() {
	loop := t.fetch.client.loop
	loop.RemoveCoarseTimeout(&t.coarse)
	if t.exact != nil {
		loop.RemoveTimeout(t.exact)
		t.exact = nil
	}
}

// HandleCoarseTimeout implements ioloop.CoarseHandler.
func (t *fetchTimer) HandleCoarseTimeout(*ioloop.CoarseTimeout) { t.fetch.timedOut() }
