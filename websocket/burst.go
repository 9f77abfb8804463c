package websocket

import (
	"time"

	"github.com/gotornado/tornado/ioloop"
)

// maxBurst is the number of frames of one connection that are handled before the other
// connections of the loop get their turn.
const maxBurst = 64

// A frameBurst counts the frames that one connection handles in a turn of the loop. The loop
// serves one connection after another, so one frameBurst for each loop is enough.
type frameBurst struct {
	session *session
	turn    time.Time // the loop's time, which changes with each turn
	frames  int
}

// countFrame counts a frame of s.
func (b *frameBurst) countFrame(s *session) {
	if now := s.stream.Loop().Time(); b.session != s || b.turn != now {
		*b = frameBurst{session: s, turn: now}
	}
	b.frames++
}

// exhausted reports whether s has handled maxBurst frames in this turn. It then begins a
// new burst, which s uses when it is offered its bytes again.
func (b *frameBurst) exhausted(s *session) bool {
	if b.frames < maxBurst || b.session != s || b.turn != s.stream.Loop().Time() {
		return false
	}
	*b = frameBurst{}
	return true
}

// forget drops the reference to s, whose connection has ended.
func (b *frameBurst) forget(s *session) {
	if b.session == s {
		*b = frameBurst{}
	}
}

// A loopState holds what all connections of one loop share.
type loopState struct {
	buffers messagePool
	inboxes inboxPool
	burst   frameBurst
	debug   bool // the loop is in debug mode
}

type loopStateKey struct{}

// loopStateOf returns the loopState of l and allocates it on first use.
func loopStateOf(l *ioloop.IOLoop) *loopState {
	return l.Local(loopStateKey{}, func() any {
		debug := l.Options().Debug
		return &loopState{buffers: messagePool{overwrite: debug}, debug: debug}
	}).(*loopState)
}
