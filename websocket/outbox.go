package websocket

import (
	"bytes"
	"errors"
	"time"

	"github.com/gotornado/tornado/ioloop"
)

// SendLimits say what becomes of messages that the peer does not take as fast as they
// are written. The zero value does what Tornado does: they wait, however many.
type SendLimits struct {
	// MaxBuffered is how many bytes may wait to be sent; 0 means no limit. A message that
	// would exceed it is treated as WhenFull says, unless nothing waits in front of it.
	MaxBuffered int
	// WhenFull chooses what gives way; 0 is FailWhenFull.
	WhenFull SendPolicy
	// WriteTimeout ends the connection, with ErrWriteTimeout, of a peer that takes
	// nothing for that long while something waits for it; 0 means never. It is rounded
	// up to the loop's CoarseTick.
	WriteTimeout time.Duration
}

// A SendPolicy says what becomes of a message for which there is no room.
type SendPolicy uint8

const (
	FailWhenFull  SendPolicy = iota // WriteMessage returns ErrSendQueueFull
	DropOldest                      // the messages that wait longest are dropped for it
	CloseWhenFull                   // as FailWhenFull, and the connection is closed with 1013
)

var (
	// ErrSendQueueFull is the error of a message that SendLimits leave no room for, or that
	// is posted while too much of that has not reached the loop. It is not sent.
	ErrSendQueueFull = errors.New("websocket: too many bytes wait to be sent")
	// ErrWriteTimeout is why a connection ended whose peer took nothing for as long as
	// SendLimits.WriteTimeout. Writes fail with a *WebSocketClosedError around it.
	ErrWriteTimeout = errors.New("websocket: the peer took nothing within the WriteTimeout")
)

// reasonQueueFull is in the close frame of CloseWhenFull.
const reasonQueueFull = "send queue full"

// lowWater is how much DropOldest lets wait where nothing can be dropped any more.
const lowWater = 64 << 10

// An outgoing message is one to be sent, prepared for many receivers or not.
type outgoing struct {
	Message
	prepared *Prepared
}

// An outbox is what a session has, beside its stream, while its peer reads too slowly.
type outbox struct {
	session *session
	limits  SendLimits
	queue   []outgoing // of DropOldest: not yet in the stream
	bytes   int        // in queue
	drained []*ioloop.Future[struct{}]
	pumping bool // flushed will be called

	deadline ioloop.CoarseTimeout
	sent     uint64 // what the stream had sent when the deadline was set
	moved    bool   // nothing was unsent since then
}

// ensureOutbox returns the outbox of s and allocates it on first use.
func (s *session) ensureOutbox() *outbox {
	if s.out == nil {
		s.out = &outbox{session: s}
		if s.limits != nil {
			s.out.limits = *s.limits
		}
	}
	return s.out
}

// buffered is how many bytes wait to be sent.
func (s *session) buffered() int {
	n := s.stream.Buffered()
	if s.out != nil {
		n += s.out.bytes
	}
	return n
}

// admit reports whether q is to be sent now. If not, the SendLimits have it queued, which
// returns no error, or refused. q has passed the checks of the protocol.
func (s *session) admit(q outgoing) (now bool, err error) {
	limits := s.limits
	if limits == nil || limits.MaxBuffered <= 0 || s.out == nil && s.stream.Buffered() == 0 {
		return true, nil
	}
	if s.buffered()+len(q.Data) > limits.MaxBuffered {
		s.stream.Push() // most of the output may be of this turn only
	}
	waiting := s.buffered()
	switch full := waiting > 0 && waiting+len(q.Data) > limits.MaxBuffered; {
	case limits.WhenFull == DropOldest:
		low := min(lowWater, limits.MaxBuffered/2)
		if s.stream.Buffered() <= low && (s.out == nil || len(s.out.queue) == 0) {
			return true, nil
		}
		s.ensureOutbox().put(q)
		return false, nil
	case !full:
		return true, nil
	case limits.WhenFull == CloseWhenFull:
		s.connection().close(CloseTryAgainLater, reasonQueueFull)
	}
	return false, ErrSendQueueFull
}

// put queues q, dropping what gives way to it.
func (o *outbox) put(q outgoing) {
	if q.prepared == nil && len(q.Data) <= refThreshold {
		q.Data = bytes.Clone(q.Data)
	}
	room := o.limits.MaxBuffered - o.session.stream.Buffered()
	for len(o.queue) > 0 && o.bytes+len(q.Data) > room {
		o.take()
	}
	o.queue = append(o.queue, q)
	o.bytes += len(q.Data)
	o.pump()
}

func (o *outbox) take() outgoing {
	q := o.queue[0]
	o.queue[0] = outgoing{}
	o.bytes -= len(q.Data)
	if o.queue = o.queue[1:]; len(o.queue) == 0 {
		o.queue = nil
	}
	return q
}

// pump asks to be told when the stream has room.
func (o *outbox) pump() {
	if !o.pumping {
		o.pumping = true
		o.session.stream.Flushed(o.flushed)
	}
}

func (o *outbox) flushed(err error) {
	o.pumping = false
	s := o.session
	if err != nil || s.state >= stateEnding {
		return // end tells those who wait
	}
	low := min(lowWater, o.limits.MaxBuffered/2)
	for len(o.queue) > 0 && s.stream.Buffered() <= low {
		s.connection().transmit(o.take())
	}
	switch {
	case s.buffered() > 0:
		o.pump()
	default:
		o.resolve(nil)
	}
}

func (o *outbox) resolve(err error) {
	for _, f := range o.drained {
		if err != nil {
			f.SetError(err)
		} else {
			f.SetResult(struct{}{})
		}
	}
	o.drained = nil
}

// flushQueue puts what is queued into the stream: a close frame is to follow it.
func (s *session) flushQueue() {
	for s.out != nil && len(s.out.queue) > 0 {
		s.connection().transmit(s.out.take())
	}
}

// whenDrained is the future of nothing waiting to be sent.
func (s *session) whenDrained() *ioloop.Future[struct{}] {
	f := ioloop.NewFuture[struct{}](s.stream.Loop())
	switch {
	case s.state >= stateEnding:
		f.SetError(&WebSocketClosedError{s.cause()})
	case s.buffered() == 0:
		f.SetResult(struct{}{})
	default:
		o := s.ensureOutbox()
		o.drained = append(o.drained, f)
		o.pump()
	}
	return f
}

// endOutbox drops what is unsent when the connection has ended.
func (s *session) endOutbox() {
	if o := s.out; o != nil {
		s.out = nil
		o.queue, o.bytes = nil, 0
		s.stream.Loop().RemoveCoarseTimeout(&o.deadline)
		o.resolve(&WebSocketClosedError{s.cause()})
	}
}

// watch is called before something is sent: if the endpoint has a WriteTimeout, it has
// the end of the turn look whether all of it went out.
func (s *session) watch() {
	if s.limits == nil || s.limits.WriteTimeout <= 0 {
		return
	}
	if s.out != nil && s.stream.Buffered() == 0 {
		s.out.moved = true
	}
	if !s.watched {
		s.watched = true
		s.stream.Loop().FlushLater(s)
	}
}

// Flush is for the loop alone; it comes behind the stream's own.
func (s *session) Flush() {
	s.watched = false
	if s.stream.Buffered() == 0 || s.state == stateLost {
		return
	}
	if o := s.ensureOutbox(); !o.deadline.Pending() {
		o.plan()
	}
}

// plan gives the peer its time from now on.
func (o *outbox) plan() {
	o.sent, o.moved = o.session.stream.Sent(), false
	o.session.stream.Loop().SetCoarseTimeout(&o.deadline, o.limits.WriteTimeout, o)
}

// HandleCoarseTimeout ends the connection of a peer that took nothing.
func (o *outbox) HandleCoarseTimeout(*ioloop.CoarseTimeout) {
	s := o.session
	switch {
	case s.stream.Buffered() == 0 || s.state == stateLost:
	case o.moved || s.stream.Sent() != o.sent:
		o.plan()
	default:
		s.cut(ErrWriteTimeout)
	}
}
