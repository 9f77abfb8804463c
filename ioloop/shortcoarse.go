package ioloop

import "time"

// A coarse timeout that is shorter than a tick would be late by more than its length. So such
// timeouts do not go to the wheel: each has an exact timeout of the loop. They allocate, but
// they are rare, because a connection with very many siblings has longer timeouts.
//
// A short timeout is linked to itself, which a timeout of the wheel never is.

func (t *CoarseTimeout) isShort() bool { return t.next == t }

// setShort plans t for d from now, which is less than a tick.
func (l *IOLoop) setShort(t *CoarseTimeout, d time.Duration, h CoarseHandler) {
	if l.short == nil {
		l.short = map[*CoarseTimeout]*Timeout{}
	}
	t.next, t.prev, t.handler = t, t, h
	l.short[t] = l.timeouts.addPlainTimeout(l.after(d), func() {
		l.forgetShort(t)
		h.HandleCoarseTimeout(t)
	})
}

// cancelShort cancels t, which is short.
func (l *IOLoop) cancelShort(t *CoarseTimeout) {
	l.timeouts.cancelTimeout(l.short[t])
	l.forgetShort(t)
}

func (l *IOLoop) forgetShort(t *CoarseTimeout) {
	delete(l.short, t)
	t.next, t.prev, t.handler = nil, nil, nil
}
