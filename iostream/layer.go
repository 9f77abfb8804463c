package iostream

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/log"
)

// A layer is what a stream has that is more, or not yet, a connected plain socket:
// its opening while it connects or shakes hands, and its TLS connection.
type layer struct {
	stream  *IOStream
	opening *opening  // nil once the stream carries bytes
	conn    *tls.Conn // nil on a plain stream; its net.Conn is the layer itself

	out    *writeBuffer // ciphertext that is unsent; nil when there is none
	sealed int          // how many bytes of the stream's output that stands for
	unread []byte       // ciphertext in the loop's buffer, during one event only
	ended  bool         // the socket's end of file was seen
	more   bool         // conn may hold bytes that it was not asked for yet
}

// An opening is the state of connecting and of the TLS handshake.
type opening struct {
	cancel  context.CancelFunc            // of dialing
	result  *ioloop.Future[*IOStream]     // of Connect or StartTLS
	shaken  *ioloop.Future[*IOStream]     // of WaitForHandshake
	event   *ioloop.Future[ioloop.Events] // what the handshake waits for
	timeout ioloop.CoarseTimeout          // of the handshake
	started bool                          // its coroutine runs
}

// ErrNotIdle is the error of StartTLS on a stream that is reading, writing,
// connecting, or holds bytes that nobody has read.
var ErrNotIdle = errors.New("iostream: stream is not idle; cannot convert to TLS")

// ErrAlreadyWaiting is the error of a second WaitForHandshake while one waits.
var ErrAlreadyWaiting = errors.New("iostream: already waiting for the handshake")

var (
	errNotTLS           = errors.New("iostream: not a TLS stream")
	errHandshakeTimeout = errors.New("iostream: TLS handshake timed out")
	errEarlyBytes       = errors.New("iostream: bytes in front of the TLS handshake")
)

func (t *layer) isOpening() bool { return t != nil && t.opening != nil }

// WaitForHandshake returns the future of the TLS handshake's end: the stream, or a
// *StreamClosedError that tells why there was none; ErrAlreadyWaiting if somebody
// waits, and another error on a plain stream. Reads and writes need not wait for it.
// Tornado: SSLIOStream.wait_for_handshake.
func (s *IOStream) WaitForHandshake() *ioloop.Future[*IOStream] {
	s.loop.CheckOwner("IOStream.WaitForHandshake")
	f := ioloop.NewFuture[*IOStream](s.loop)
	switch {
	case s.layer == nil || s.layer.conn == nil:
		f.SetError(errNotTLS)
	case s.closed:
		f.SetError(s.closedError())
	case s.layer.opening == nil:
		f.SetResult(s)
	case s.layer.opening.shaken != nil:
		f.SetError(ErrAlreadyWaiting)
	default:
		s.layer.opening.shaken = f
	}
	return f
}

// StartTLS makes an idle plain stream a TLS stream, on which the handshake then
// runs; its future is the same stream again. The stream keeps its consumer, its
// close callback and its limits. A client's config names the server in ServerName, or sets
// InsecureSkipVerify. If the stream is not idle, the error is ErrNotIdle and nothing has
// changed; if the handshake fails, it is a *StreamClosedError and the stream is closed.
// Tornado: start_tls.
func (s *IOStream) StartTLS(server bool, config *tls.Config) *ioloop.Future[*IOStream] {
	s.loop.CheckOwner("IOStream.StartTLS")
	f := ioloop.NewFuture[*IOStream](s.loop)
	switch {
	case s.closed || s.eof:
		f.SetError(s.closedError())
		return f
	case s.pending != nil || s.out != nil || s.in != nil || s.layer != nil || s.ending != sends:
		f.SetError(ErrNotIdle)
		return f
	}
	kind := tls.Client
	if server {
		kind = tls.Server
	}
	s.startLayer(kind, config)
	s.layer.opening.result = f
	s.layer.limit()
	if server {
		s.watchReading()
	} else {
		s.layer.start()
	}
	return f
}

// ConnectionState tells what the TLS handshake agreed on: protocol (ALPN), server
// name, peer certificates. It is nil on a plain stream and before the handshake's
// end. Tornado: get_ssl_certificate, on the request.
func (s *IOStream) ConnectionState() *tls.ConnectionState {
	s.loop.CheckOwner("IOStream.ConnectionState")
	if s.layer == nil || s.layer.conn == nil || s.layer.opening != nil {
		return nil
	}
	state := s.layer.conn.ConnectionState()
	return &state
}

// startLayer puts TLS, tls.Client or tls.Server, on the stream.
func (s *IOStream) startLayer(kind func(net.Conn, *tls.Config) *tls.Conn, config *tls.Config) {
	t := &layer{stream: s, opening: &opening{}}
	t.conn = kind(t, withoutRenegotiation(config))
	s.layer = t
}

// withoutRenegotiation is config without handshakes within a read, which could not wait.
func withoutRenegotiation(config *tls.Config) *tls.Config {
	if config.Renegotiation != tls.RenegotiateNever {
		config = config.Clone()
		config.Renegotiation = tls.RenegotiateNever
	}
	return config
}

// limit bounds the time of the handshake from now on.
func (t *layer) limit() {
	s := t.stream
	d := s.limits.HandshakeTimeout
	if d == 0 {
		d = defaultHandshakeTimeout
	}
	if d > 0 {
		s.loop.SetCoarseTimeout(&t.opening.timeout, d, t)
	}
}

// HandleCoarseTimeout is for the loop alone: the handshake took too long.
func (t *layer) HandleCoarseTimeout(*ioloop.CoarseTimeout) { t.stream.closeWith(errHandshakeTimeout) }

// handleEvents is HandleEvents while the stream opens. A server's handshake starts
// with the first byte, so that a silent connection costs no coroutine.
func (t *layer) handleEvents(ioloop.Events) {
	o := t.opening
	switch {
	case !o.started:
		t.start()
	case o.event != nil:
		f := o.event
		o.event = nil
		f.SetResult(ioloop.None)
	default:
		t.stream.unwatch() // it waits for something else, in a callback of the user's
	}
}

// start runs the handshake in a coroutine.
func (t *layer) start() {
	t.opening.started = true
	t.stream.loop.SpawnFunc(func() {
		defer t.stream.closeOnPanic()
		t.finish(t.conn.Handshake())
	})
}

// wait parks the handshake until the descriptor is ready or the stream is closed.
func (t *layer) wait() {
	s := t.stream
	events := ioloop.Read
	if t.out != nil {
		events |= ioloop.Write
	}
	s.watch(events)
	if s.closed {
		return
	}
	f := ioloop.NewFuture[ioloop.Events](s.loop)
	t.opening.event = f
	f.Await()
}

// finish ends the handshake, in its coroutine.
func (t *layer) finish(err error) {
	s := t.stream
	if s.closed {
		return
	}
	if err == nil {
		if err = t.flush(); err == errAgain {
			err = nil
		}
	}
	if err != nil {
		if !isDisconnect(err) {
			log.Gen().Warn(fmt.Sprintf("SSL Error on %d %s: %v", s.fd, s.peerName(), err))
		}
		s.closeWith(err)
		return
	}
	t.more = true // bytes may have come behind the handshake
	t.opened()
}

// opened lets the stream carry bytes. What waited for that is done in the next turn.
func (t *layer) opened() {
	s, o := t.stream, t.opening
	t.opening = nil
	s.loop.RemoveCoarseTimeout(&o.timeout)
	for _, f := range []*ioloop.Future[*IOStream]{o.result, o.shaken} {
		if f != nil {
			f.SetResult(s)
		}
	}
	events := ioloop.Read
	if t.out != nil {
		events |= ioloop.Write
	}
	s.watch(events)
	if t.conn == nil {
		s.layer = nil
	}
	s.loop.CallSoon(func() {
		defer s.closeOnPanic()
		s.flushOutput()
		if s.out == nil && !s.closed {
			s.ended()
		}
		if !s.closed {
			s.handleRead()
		}
	})
}

// fail tells those who wait for the opening that the stream was closed.
func (o *opening) fail(err error) {
	if o.cancel != nil {
		o.cancel()
	}
	for _, f := range []*ioloop.Future[*IOStream]{o.result, o.shaken} {
		if f != nil {
			f.SetError(err)
		}
	}
	if o.event != nil {
		o.event.SetResult(ioloop.Error)
	}
}
