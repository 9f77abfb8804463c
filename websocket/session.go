package websocket

import (
	"errors"
	"time"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
)

const (
	closeTimeout = 5 * time.Second // for the peer's answer to a close frame
	lingerTime   = time.Second     // for the peer to read a close frame that says what it did wrong
	lingerBytes  = 16 << 20        // that the peer may send in that time
	refThreshold = 16 << 10        // bytes from where on data is held instead of copied
	maxUnsent    = 1 << 20         // bytes from where on a peer that does not read is not read either
	maxPongs     = 250             // that a client puts behind so many bytes
)

// A holdReason is why the peer is held back: nothing more is read while there is one.
type holdReason uint8

const (
	holdInbox  holdReason = 1 << iota // too many messages wait for OnMessage
	holdOutput                        // the peer does not read what it is sent
	holdReader                        // a client's message waits for ReadMessage
)

func isClosed(err error) bool {
	_, ok := errors.AsType[*WebSocketClosedError](err)
	return ok
}

// A session is what all versions of the protocol do in the same way: it runs the
// handler's hooks, one message after another, holds back a peer that is too fast, and
// ends once. The wsConnection that embeds it reads, writes and knows how to close.
type session struct {
	hooks   endpoint
	stream  *iostream.IOStream
	shared  *loopState
	limits  *SendLimits // nil for none
	inbox   *inbox      // what comes while a message is handled; nil when none is
	out     *outbox     // nil unless the peer has been slow
	ending  *ending     // nil while nothing ends it
	state   connectionState
	deaf    bool // the peer's close frame came, or a fault: what follows is not read
	held    holdReason
	pongs   uint8 // sent while the output was above its limit
	client  bool  // this is the client's end: what it sends is masked
	watched bool  // Flush will be called
}

// An ending is what a session has when it comes to its end.
type ending struct {
	limit *ioloop.Timeout // until the stream is closed, whatever the peer does
	err   error           // what ended the connection; nil in good order

	lingering bool // input is read and dropped
	dropped   int  // bytes, while lingering
}

// base is the part of a wsConnection that is the same for all.
func (s *session) base() *session { return s }

// connection is the wsConnection that embeds s; nil when the life of s is over.
func (s *session) connection() wsConnection { return s.hooks.linked().connection }

// start runs Open, in a coroutine. The stream keeps what comes until Open has returned.
func (s *session) start() { callThen(s.open, s.opened) }

// open calls the hooks that run before the first message.
func (s *session) open() error {
	if limits := s.hooks.SendLimits(); limits != (SendLimits{}) {
		s.limits = &limits
	}
	return s.hooks.opened()
}

// opened begins to read after open has returned err, which closes the stream unless it is
// nil.
func (s *session) opened(err error) {
	if err != nil {
		s.hooks.unlink() // OnClose is not called for a socket that never opened
		s.to(stateLost)
		s.stream.Close()
		s.endOutbox() // Open may have others wait for Drained
		s.logException(err)
		return
	}
	s.stream.SetConsumer(s.connection())
	if s.held != 0 { // Open wrote that much
		s.stream.Pause()
	}
}

// deliver hands ev, which owns its payload, to the handler, now or when OnMessage has
// returned from what came before it.
func (s *session) deliver(ev event) {
	if ev.opcode == opClose {
		s.deaf = true
	}
	if s.inbox == nil {
		s.inbox = s.shared.inboxes.newInbox(s)
		s.inbox.put(ev)
		s.stream.Loop().Spawn(s.inbox)
		return
	}
	s.inbox.put(ev)
	if s.inbox.full() {
		s.hold(holdInbox)
	}
}

func (s *session) dispatch(ev event) {
	if ev.opcode == opClose {
		s.connection().peerClosed(ev.payload)
		return
	}
	err := s.callOnMessage(Message{ev.payload, ev.opcode == opBinary})
	if err == nil || s.state != stateOpen && isClosed(err) {
		return // a reply to a peer that is leaving is no fault
	}
	s.failHook(err)
}

// unread are the reasons for which frames that came are not looked at.
const unread = holdInbox | holdReader

// reading reports whether the frames that have come are to be read. While the peer is held
// back for its output, control frames are read and no new message is.
func (s *session) reading() bool { return !s.deaf && s.held&unread == 0 }

func (s *session) hold(why holdReason) {
	if s.held == 0 {
		s.stream.Pause()
	}
	s.held |= why
}

func (s *session) release(why holdReason) {
	if s.held&why == 0 {
		return
	}
	if s.held &^= why; s.held == 0 {
		s.stream.Resume()
	}
}

// limitOutput holds back a client that sends without reading, so that its answers don't
// pile up. It is called after each write. A client does not hold back its server: when both
// have much to send, each would wait for the other to read, for ever.
func (s *session) limitOutput() {
	if !s.client && s.stream.Buffered() >= maxUnsent {
		s.holdUntilFlushed()
	}
}

// limitPongs is for the answers that no program writes, so that a server that pings
// without reading is held back as well.
func (s *session) limitPongs() {
	switch {
	case s.stream.Buffered() < maxUnsent:
		s.pongs = 0
	case s.pongs < maxPongs:
		s.pongs++
	default:
		s.holdUntilFlushed()
	}
}

func (s *session) holdUntilFlushed() {
	if s.held&holdOutput != 0 {
		return
	}
	s.hold(holdOutput)
	s.stream.Flushed(func(error) {
		s.release(holdOutput)
		s.limitOutput()
	})
}

// end closes the stream when what was written is out.
func (s *session) end(err error) {
	if s.state >= stateEnding {
		return
	}
	s.endFor(err)
	s.limitClosing() // a peer that does not read
	s.stream.CloseWhenFlushed()
}

// endLingering ends the connection of a peer that may still be sending. It closes the
// writing side, then reads and drops what comes until the peer closes, for lingerTime at
// most (RFC 6455, section 7.1.1). If bytes were left unread, the kernel would reset the
// connection, and the peer might not see the close frame. The peer is cut after lingerBytes.
func (s *session) endLingering(err error) {
	if s.state >= stateEnding {
		return
	}
	s.endFor(err)
	s.ending.lingering = true
	s.limitClosing() // a peer that does not read
	s.release(s.held)
	s.stream.CloseWrite()
	s.stream.Flushed(func(error) {
		if end := s.ending; end.limit != nil {
			s.stream.Loop().RemoveTimeout(end.limit)
			end.limit = s.stream.Loop().CallLater(lingerTime, func() { s.cut(err) })
		}
	})
}

// drop counts n bytes of input that are not looked at.
func (s *session) drop(n int) {
	if end := s.ending; end != nil && end.lingering {
		if end.dropped += n; end.dropped > lingerBytes {
			s.cut(end.err)
		}
	}
}

// abort closes the stream at once, and what waits for OnMessage is dropped.
func (s *session) abort(err error) {
	if s.inbox != nil {
		s.inbox.clear()
	}
	s.cut(err)
}

// cut closes the stream at once. What came before is still handled.
func (s *session) cut(err error) {
	if s.state < stateLost {
		s.endFor(err)
		s.stream.Close()
	}
}

// itsEnd is for changes.
func (s *session) itsEnd() *ending {
	if s.ending == nil {
		s.ending = new(ending)
	}
	return s.ending
}

// yields counts a frame that was handled, and reports whether the next one has to wait for
// the next turn of the loop.
func (s *session) yields() bool {
	b := &s.shared.burst
	b.countFrame(s)
	if !b.exhausted(s) {
		return false
	}
	s.stream.Yield()
	return true
}

// endFor notes that err, or nothing, ends the connection.
func (s *session) endFor(err error) {
	s.to(stateEnding)
	s.deaf = true
	s.itsEnd().err = err
}

// cause is what ended the connection, nil if nothing has or it ended in good order.
func (s *session) cause() error {
	if s.ending == nil {
		return nil
	}
	return s.ending.err
}

func (s *session) limitClosing() {
	if end := s.itsEnd(); end.limit == nil {
		end.limit = s.stream.Loop().CallLater(closeTimeout, func() { s.cut(s.cause()) })
	}
}

// ConnectionLost ends the life of the connection, after the last OnMessage.
func (s *session) ConnectionLost(err error) {
	if s.cause() == nil && err != nil {
		s.itsEnd().err = err
	}
	s.to(stateLost)
	if s.ending != nil && s.ending.limit != nil {
		s.stream.Loop().RemoveTimeout(s.ending.limit)
		s.ending.limit = nil
	}
	s.endOutbox()
	s.shared.burst.forget(s)
	if s.inbox == nil {
		s.stream.Loop().SpawnFunc(s.ended)
	}
}

// ended calls the last hooks; it runs in a coroutine, once.
func (s *session) ended() {
	if s.hooks.linked().connection != nil {
		s.hooks.unlink()
		s.hooks.ended()
	}
}

func (s *session) setNodelay(on bool) { s.stream.SetNodelay(on) }
