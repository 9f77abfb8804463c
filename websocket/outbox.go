package websocket

import (
	"bytes"
	"errors"
	"time"

	"github.com/gotornado/tornado/ioloop"
)

// SendLimits bound the messages that wait for a peer that reads too slowly. The zero value does
// as Tornado does: messages wait without a limit.
type SendLimits struct {
	// MaxBuffered is the number of bytes that may wait to be sent; 0 means no limit. WhenFull
	// applies to a message that would exceed it, unless no other message waits.
	MaxBuffered int
	// WhenFull says what happens to a message that would exceed MaxBuffered.
	WhenFull SendPolicy
	// WriteTimeout ends the connection, with ErrWriteTimeout, if the peer reads nothing for
	// that time while output waits; 0 means never. From the loop's CoarseTick on, it is rounded
	// up to that.
	WriteTimeout time.Duration
}

// A SendPolicy chooses between a message that exceeds MaxBuffered and the messages before it.
type SendPolicy uint8

const (
	FailWhenFull  SendPolicy = iota // WriteMessage returns ErrSendQueueFull
	DropOldest                      // the messages that have waited longest are dropped
	CloseWhenFull                   // as FailWhenFull; in addition the connection is closed with 1013
)

var (
	// ErrSendQueueFull is the error of a message that would exceed the SendLimits, or that is
	// posted while too many posted bytes have not reached the loop. The message is not sent.
	ErrSendQueueFull = errors.New("websocket: too many bytes wait to be sent: the peer reads too slowly")
	// ErrWriteTimeout is the error that ends a connection whose peer read nothing for
	// SendLimits.WriteTimeout. Later writes return a *WebSocketClosedError that wraps it.
	ErrWriteTimeout = errors.New("websocket: the peer read nothing within the WriteTimeout")
)

// reasonQueueFull is the reason in the close frame of CloseWhenFull.
const reasonQueueFull = "send queue full"

// lowWater is the number of bytes that DropOldest passes to the stream, where they cannot be
// dropped any more.
const lowWater = 64 << 10

// An outgoing message is a message to send. prepared is nil, or the message encoded for many
// receivers.
type outgoing struct {
	Message
	prepared *Prepared
}

// An outbox is the output of a session that its stream does not have yet. A session has one
// while its peer reads too slowly.
type outbox struct {
	session        *session
	limits         SendLimits
	transmit       func(outgoing) // the function that passes a message to the stream; nil before the first message of queue
	queue          []outgoing     // messages that the stream does not have yet, with DropOldest
	bytes          int            // in queue
	drained        []*ioloop.Future[struct{}]
	flushRequested bool // the stream will call flushed

	deadline   ioloop.CoarseTimeout
	sent       uint64 // bytes that the stream had sent when the deadline was set
	progressed bool   // all output has been sent since then
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

// buffered returns the number of bytes that wait to be sent.
func (s *session) buffered() int {
	n := s.stream.Buffered()
	if s.out != nil {
		n += s.out.bytes
	}
	return n
}

// admit reports whether q is to be sent now. If not, q was queued and err is nil, or q was
// refused and err says why. q has passed the checks of the protocol.
func (s *session) admit(q outgoing) (now bool, err error) {
	limits := s.limits
	if limits == nil || limits.MaxBuffered <= 0 || s.out == nil && s.stream.Buffered() == 0 {
		return true, nil
	}
	if s.buffered()+len(q.Data) > limits.MaxBuffered {
		s.stream.Push() // the stream may hold only output of this turn, which Push sends now
	}
	waiting := s.buffered()
	switch full := waiting > 0 && waiting+len(q.Data) > limits.MaxBuffered; {
	case limits.WhenFull == DropOldest:
		low := min(lowWater, limits.MaxBuffered/2)
		if s.stream.Buffered() <= low && (s.out == nil || len(s.out.queue) == 0) {
			return true, nil
		}
		s.ensureOutbox().enqueue(q)
		return false, nil
	case !full:
		return true, nil
	case limits.WhenFull == CloseWhenFull:
		s.connection().close(CloseTryAgainLater, reasonQueueFull)
	}
	return false, ErrSendQueueFull
}

// enqueue queues q, and drops the oldest messages until the rest fits into MaxBuffered.
func (o *outbox) enqueue(q outgoing) {
	if q.prepared == nil && len(q.Data) <= refThreshold {
		q.Data = bytes.Clone(q.Data)
	}
	room := o.limits.MaxBuffered - o.session.stream.Buffered()
	for len(o.queue) > 0 && o.bytes+len(q.Data) > room {
		o.dequeue()
	}
	if o.transmit == nil {
		o.transmit = o.session.connection().transmit
	}
	o.queue = append(o.queue, q)
	o.bytes += len(q.Data)
	o.requestFlush()
}

// dequeue removes the message that has waited longest.
func (o *outbox) dequeue() outgoing {
	q := o.queue[0]
	o.queue[0] = outgoing{}
	o.bytes -= len(q.Data)
	if o.queue = o.queue[1:]; len(o.queue) == 0 {
		o.queue = nil
	}
	return q
}

// requestFlush makes the stream call flushed when its output has been sent.
func (o *outbox) requestFlush() {
	if !o.flushRequested {
		o.flushRequested = true
		o.session.stream.Flushed(o.flushed)
	}
}

// flushed passes queued messages to the stream.
func (o *outbox) flushed(err error) {
	o.flushRequested = false
	s := o.session
	if err != nil || s.state >= stateEnding {
		return // endOutbox resolves the futures
	}
	low := min(lowWater, o.limits.MaxBuffered/2)
	for len(o.queue) > 0 && s.stream.Buffered() <= low {
		o.transmit(o.dequeue())
	}
	switch {
	case s.buffered() > 0:
		o.requestFlush()
	default:
		o.resolveDrained(nil)
	}
}

// resolveDrained ends the futures of Drained.
func (o *outbox) resolveDrained(err error) {
	for _, f := range o.drained {
		if err != nil {
			f.SetError(err)
		} else {
			f.SetResult(struct{}{})
		}
	}
	o.drained = nil
}

// flushQueue passes all queued messages to the stream, because a close frame follows them.
func (s *session) flushQueue() {
	for s.out != nil && len(s.out.queue) > 0 {
		s.out.transmit(s.out.dequeue())
	}
}

// whenDrained returns a future that is done when no output waits.
func (s *session) whenDrained() *ioloop.Future[struct{}] {
	f := ioloop.NewFuture[struct{}](s.stream.Loop())
	switch {
	case s.state >= stateEnding:
		f.SetError(&WebSocketClosedError{s.closeCause()})
	case s.buffered() == 0:
		f.SetResult(struct{}{})
	default:
		o := s.ensureOutbox()
		o.drained = append(o.drained, f)
		o.requestFlush()
	}
	return f
}

// endOutbox drops the unsent output of a connection that has ended.
func (s *session) endOutbox() {
	if o := s.out; o != nil {
		s.out = nil
		o.queue, o.bytes = nil, 0
		s.stream.Loop().RemoveCoarseTimeout(&o.deadline)
		o.resolveDrained(&WebSocketClosedError{s.closeCause()})
	}
}

// watchWriteTimeout is called before a write. With a WriteTimeout, Flush then checks at the end
// of the turn whether all output was sent.
func (s *session) watchWriteTimeout() {
	if s.limits == nil || s.limits.WriteTimeout <= 0 {
		return
	}
	if s.out != nil && s.stream.Buffered() == 0 {
		s.out.progressed = true
	}
	if !s.flushPlanned {
		s.flushPlanned = true
		s.stream.Loop().FlushLater(s)
	}
}

// Flush starts the WriteTimeout if output is unsent at the end of a turn. The loop calls it
// after the stream's own Flush.
func (s *session) Flush() {
	s.flushPlanned = false
	if s.stream.Buffered() == 0 || s.state == stateLost {
		return
	}
	if o := s.ensureOutbox(); !o.deadline.Pending() {
		o.startWriteTimeout()
	}
}

// startWriteTimeout starts the WriteTimeout now.
func (o *outbox) startWriteTimeout() {
	o.sent, o.progressed = o.session.stream.Sent(), false
	o.session.stream.Loop().SetCoarseTimeout(&o.deadline, o.limits.WriteTimeout, o)
}

// HandleCoarseTimeout ends the connection if the peer has read nothing since the timeout began.
func (o *outbox) HandleCoarseTimeout(*ioloop.CoarseTimeout) {
	s := o.session
	switch {
	case s.stream.Buffered() == 0 || s.state == stateLost:
	case o.progressed || s.stream.Sent() != o.sent:
		o.startWriteTimeout()
	default:
		s.closeNow(ErrWriteTimeout)
	}
}
