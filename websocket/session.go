package websocket

import (
	"errors"
	"time"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
)

const (
	closeTimeout = 5 * time.Second // time for the peer to send its close frame
	lingerTime   = time.Second     // time for the peer to read the close frame that names its fault
	lingerBytes  = 16 << 20        // bytes that the peer may send in that time
	refThreshold = 16 << 10        // bytes: larger data is not copied
	maxUnsent    = 1 << 20         // bytes of unsent output at which reading from the peer stops
	maxPongs     = 250             // number of pongs that a client sends while more than maxUnsent bytes are unsent
)

// A pauseReason says why the session reads nothing more from the peer. There may be several.
type pauseReason uint8

const (
	pausedByInbox  pauseReason = 1 << iota // too many messages wait for OnMessage
	pausedByOutput                         // the peer does not read the output
	pausedByReader                         // a client's message waits for ReadMessage
)

func isClosed(err error) bool {
	_, ok := errors.AsType[*WebSocketClosedError](err)
	return ok
}

// A session is the part of a connection that is the same for all versions of the protocol. It
// calls the handler's hooks one after another, stops reading from a peer that sends too fast,
// and ends once. The wsConnection that embeds it reads and writes frames.
type session struct {
	hooks        connectionHooks
	stream       *iostream.IOStream
	shared       *loopState
	limits       *SendLimits   // nil for none
	inbox        *inbox        // events that wait for OnMessage; nil if no message is being handled
	out          *outbox       // nil unless the peer has been slow
	closing      *closingState // nil until something ends the connection
	state        connectionState
	ignoresInput bool // the peer's close frame or a fault has arrived: later input is dropped
	pausedFor    pauseReason
	pongsAbove   uint8 // pongs that were sent while the output was above its limit
	isClient     bool  // this side is the client: its frames are masked
	flushPlanned bool  // Flush will be called
}

// A closingState holds what a session needs while its connection ends.
type closingState struct {
	limit *ioloop.Timeout // closes the stream if the peer does not
	err   error           // the error that ended the connection; nil after a normal close

	lingering bool // input is read and dropped
	dropped   int  // bytes, while lingering
}

// base returns s.
func (s *session) base() *session { return s }

// connection returns the wsConnection that embeds s, or nil after its end.
func (s *session) connection() wsConnection { return s.hooks.reference().connection }

// start calls Open, in a coroutine. The stream keeps all input until Open has returned.
func (s *session) start() { callThen(s.callOpen, s.afterOpen) }

// callOpen calls the hooks that run before the first message.
func (s *session) callOpen() error {
	if limits := s.hooks.SendLimits(); limits != (SendLimits{}) {
		s.limits = &limits
	}
	return s.hooks.callOpenHook()
}

// afterOpen starts to read after callOpen has returned err. It closes the stream if err is not
// nil.
func (s *session) afterOpen(err error) {
	if err != nil {
		s.hooks.dropConnection() // OnClose is not called for a socket that never opened
		s.to(stateLost)
		s.stream.Close()
		s.endOutbox() // Open may have started coroutines that wait for Drained
		s.logException(err)
		return
	}
	s.stream.SetConsumer(s.connection())
	if s.pausedFor != 0 { // Open has written more than maxUnsent
		s.stream.Pause()
	}
}

// deliver passes ev to the handler: now, or after OnMessage has returned for the events before
// it. ev owns its payload.
func (s *session) deliver(ev event) {
	if ev.opcode == opClose {
		s.ignoresInput = true
	}
	if s.inbox == nil {
		s.inbox = s.shared.inboxes.newInbox(s)
		s.inbox.putEvent(ev)
		s.stream.Loop().Spawn(s.inbox)
		return
	}
	s.inbox.putEvent(ev)
	if s.inbox.isFull() {
		s.pauseFor(pausedByInbox)
	}
}

// dispatch calls OnMessage for a message, and ends the closing handshake for a close frame.
func (s *session) dispatch(ev event) {
	if ev.opcode == opClose {
		s.connection().peerClosed(ev.payload)
		return
	}
	err := s.callOnMessage(Message{ev.payload, ev.opcode == opBinary})
	if err == nil || s.state != stateOpen && isClosed(err) {
		return // a reply that fails because the peer closes the connection is not a fault
	}
	s.failHook(err)
}

// readingPaused are the reasons for which no frame is read at all.
const readingPaused = pausedByInbox | pausedByReader

// readsFrames reports whether frames that have arrived may be read now. While reading is paused
// by unsent output, control frames are read but no new message is.
func (s *session) readsFrames() bool { return !s.ignoresInput && s.pausedFor&readingPaused == 0 }

// pauseFor stops reading from the peer until resumeFrom is called for the same reason.
func (s *session) pauseFor(why pauseReason) {
	if s.pausedFor == 0 {
		s.stream.Pause()
	}
	s.pausedFor |= why
}

// resumeFrom ends a reason to pause. Reading goes on when no reason is left.
func (s *session) resumeFrom(why pauseReason) {
	if s.pausedFor&why == 0 {
		return
	}
	if s.pausedFor &^= why; s.pausedFor == 0 {
		s.stream.Resume()
	}
}

// pauseIfUnread stops reading from a client that reads too slowly, so that responses to its
// messages do not pile up. It is called after each write. A client does not stop reading from
// its server: if both had much to send, each would wait for the other forever.
func (s *session) pauseIfUnread() {
	if !s.isClient && s.stream.Buffered() >= maxUnsent {
		s.pauseUntilFlushed()
	}
}

// pauseIfPongsUnread is called after each pong. It also makes a client stop reading from a
// server that sends pings without reading the pongs.
func (s *session) pauseIfPongsUnread() {
	switch {
	case s.stream.Buffered() < maxUnsent:
		s.pongsAbove = 0
	case s.pongsAbove < maxPongs:
		s.pongsAbove++
	default:
		s.pauseUntilFlushed()
	}
}

// pauseUntilFlushed stops reading until all output has reached the kernel.
func (s *session) pauseUntilFlushed() {
	if s.pausedFor&pausedByOutput != 0 {
		return
	}
	s.pauseFor(pausedByOutput)
	s.stream.Flushed(func(error) {
		s.resumeFrom(pausedByOutput)
		s.pauseIfUnread()
	})
}

// closeAfterFlush closes the stream after all output has been sent. err is the reason, nil for
// a normal close.
func (s *session) closeAfterFlush(err error) {
	if s.state >= stateEnding {
		return
	}
	s.recordEnd(err)
	s.startCloseTimeout() // a peer that does not read
	s.stream.CloseWhenFlushed()
}

// endLingering ends the connection of a peer that may still send data. It closes the writing
// side, and reads and drops input until the peer closes, for at most lingerTime and lingerBytes
// (RFC 6455, section 7.1.1). If input were left unread, the kernel would reset the connection,
// and the peer might lose the close frame.
func (s *session) endLingering(err error) {
	if s.state >= stateEnding {
		return
	}
	s.recordEnd(err)
	s.closing.lingering = true
	s.startCloseTimeout() // a peer that does not read
	s.resumeFrom(s.pausedFor)
	s.stream.CloseWrite()
	s.stream.Flushed(func(error) {
		if end := s.closing; end.limit != nil {
			s.stream.Loop().RemoveTimeout(end.limit)
			end.limit = s.stream.Loop().CallLater(lingerTime, func() { s.closeNow(err) })
		}
	})
}

// countIgnored counts n bytes of input that were dropped.
func (s *session) countIgnored(n int) {
	if end := s.closing; end != nil && end.lingering {
		if end.dropped += n; end.dropped > lingerBytes {
			s.closeNow(end.err)
		}
	}
}

// abort closes the stream immediately and drops the messages that wait for OnMessage.
func (s *session) abort(err error) {
	if s.inbox != nil {
		s.inbox.clear()
	}
	s.closeNow(err)
}

// closeNow closes the stream immediately. Messages that have arrived are still handled.
func (s *session) closeNow(err error) {
	if s.state < stateLost {
		s.recordEnd(err)
		s.stream.Close()
	}
}

// ensureClosing returns the closing state and allocates it on first use.
func (s *session) ensureClosing() *closingState {
	if s.closing == nil {
		s.closing = new(closingState)
	}
	return s.closing
}

// mustYield counts a frame that was handled. It reports whether the next frame has to wait for
// the next turn of the loop.
func (s *session) mustYield() bool {
	b := &s.shared.burst
	b.countFrame(s)
	if !b.exhausted(s) {
		return false
	}
	s.stream.Yield()
	return true
}

// recordEnd records that the connection ends, and the error that ends it or nil.
func (s *session) recordEnd(err error) {
	s.to(stateEnding)
	s.ignoresInput = true
	s.ensureClosing().err = err
}

// closeCause returns the error that ended the connection. It is nil if the connection has not
// ended, or was closed normally.
func (s *session) closeCause() error {
	if s.closing == nil {
		return nil
	}
	return s.closing.err
}

// startCloseTimeout closes the stream after closeTimeout if the peer has not done so.
func (s *session) startCloseTimeout() {
	if end := s.ensureClosing(); end.limit == nil {
		end.limit = s.stream.Loop().CallLater(closeTimeout, func() { s.closeNow(s.closeCause()) })
	}
}

// ConnectionLost is called when the stream has closed. The last hooks run after the last
// OnMessage.
func (s *session) ConnectionLost(err error) {
	if s.closeCause() == nil && err != nil {
		s.ensureClosing().err = err
	}
	s.to(stateLost)
	if s.closing != nil && s.closing.limit != nil {
		s.stream.Loop().RemoveTimeout(s.closing.limit)
		s.closing.limit = nil
	}
	s.endOutbox()
	s.shared.burst.forget(s)
	if s.inbox == nil {
		s.stream.Loop().SpawnFunc(s.callLastHooks)
	}
}

// callLastHooks calls the last hooks, once. It runs in a coroutine.
func (s *session) callLastHooks() {
	if s.hooks.reference().connection != nil {
		s.hooks.dropConnection()
		s.hooks.callEndHooks()
	}
}

func (s *session) setNodelay(on bool) { s.stream.SetNodelay(on) }
