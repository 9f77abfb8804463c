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

// A tlsLayer holds a stream's TLS connection. While the stream connects or the handshake runs,
// the tlsLayer also holds their state. A plain stream has a tlsLayer only until it is connected.
type tlsLayer struct {
	stream  *IOStream
	opening *openingState // state of connecting and of the handshake; nil when the stream is ready for data
	conn    *tls.Conn     // the TLS connection, which reads and writes through the tlsLayer; nil on a plain stream

	out          *writeBuffer // unsent ciphertext; nil if there is none
	encrypted    int          // bytes of the stream's output that were encrypted and are not sent yet
	unread       []byte       // ciphertext in the loop's buffer; it is set only during an event
	sawEOF       bool         // the socket is at its end of file
	mayHaveInput bool         // conn may hold input that readDecrypted has not returned
}

// An openingState is the state of connecting and of the TLS handshake.
type openingState struct {
	cancel     context.CancelFunc            // of dialing
	result     *ioloop.Future[*IOStream]     // of Connect or StartTLS
	handshaken *ioloop.Future[*IOStream]     // of WaitForHandshake
	event      *ioloop.Future[ioloop.Events] // completed when the descriptor is ready; nil while the handshake does not wait
	timeout    ioloop.CoarseTimeout          // of the handshake
	started    bool                          // the coroutine of the handshake was started
}

// ErrNotIdle is the error of StartTLS on a stream that is reading, writing or connecting,
// or that holds unread bytes.
var ErrNotIdle = errors.New("iostream: the stream is not idle: read all input and wait for the writes before StartTLS")

// ErrAlreadyWaiting is the error of a second WaitForHandshake before the handshake has
// ended.
var ErrAlreadyWaiting = errors.New("iostream: already waiting for the handshake: use the first future")

var (
	errNotTLS           = errors.New("iostream: not a TLS stream: set Options.TLS or call StartTLS first")
	errHandshakeTimeout = errors.New("iostream: TLS handshake timed out")
	errEarlyBytes       = errors.New("iostream: the peer sent plain bytes before the TLS handshake")
)

func (t *tlsLayer) isOpening() bool { return t != nil && t.opening != nil }

// WaitForHandshake returns a future that completes at the end of the TLS handshake with the
// stream, or with a *StreamClosedError around the reason of the failure. A second call
// during the handshake fails with ErrAlreadyWaiting; a call on a plain stream also fails.
// Reads and writes need not wait for the handshake. Tornado:
// SSLIOStream.wait_for_handshake.
func (s *IOStream) WaitForHandshake() *ioloop.Future[*IOStream] {
	s.loop.CheckOwner("IOStream.WaitForHandshake")
	f := ioloop.NewFuture[*IOStream](s.loop)
	switch {
	case s.tls == nil || s.tls.conn == nil:
		f.SetError(errNotTLS)
	case s.closed:
		f.SetError(s.closedError())
	case s.tls.opening == nil:
		f.SetResult(s)
	case s.tls.opening.handshaken != nil:
		f.SetError(ErrAlreadyWaiting)
	default:
		s.tls.opening.handshaken = f
	}
	return f
}

// StartTLS makes an idle plain stream a TLS stream and runs the handshake. The future
// completes with the same stream, which keeps its consumer, its close callback and its
// limits. The config of a client sets ServerName or InsecureSkipVerify.
//
// If the stream is not idle, the error is ErrNotIdle and the stream is unchanged. If the
// handshake fails, the error is a *StreamClosedError and the stream is closed. Tornado:
// start_tls.
func (s *IOStream) StartTLS(server bool, config *tls.Config) *ioloop.Future[*IOStream] {
	s.loop.CheckOwner("IOStream.StartTLS")
	f := ioloop.NewFuture[*IOStream](s.loop)
	switch {
	case s.closed || s.eof:
		f.SetError(s.closedError())
		return f
	case s.pending != nil || s.out != nil || s.in != nil || s.tls != nil || s.closeState != sendOpen:
		f.SetError(ErrNotIdle)
		return f
	}
	kind := tls.Client
	if server {
		kind = tls.Server
	}
	s.startTLSLayer(kind, config)
	s.tls.opening.result = f
	s.tls.startTimeout()
	if server {
		s.watchReading()
	} else {
		s.tls.startHandshake()
	}
	return f
}

// ConnectionState returns the results of the TLS handshake: protocol (ALPN), server name,
// peer certificates. It returns nil on a plain stream and before the handshake has ended.
// Tornado: get_ssl_certificate, on the request.
func (s *IOStream) ConnectionState() *tls.ConnectionState {
	s.loop.CheckOwner("IOStream.ConnectionState")
	if s.tls == nil || s.tls.conn == nil || s.tls.opening != nil {
		return nil
	}
	state := s.tls.conn.ConnectionState()
	return &state
}

// startTLSLayer puts TLS on the stream. kind is tls.Client or tls.Server.
func (s *IOStream) startTLSLayer(kind func(net.Conn, *tls.Config) *tls.Conn, config *tls.Config) {
	t := &tlsLayer{stream: s, opening: &openingState{}}
	t.conn = kind(t, withoutRenegotiation(config))
	s.tls = t
}

// withoutRenegotiation returns config with renegotiation disabled: a handshake within a
// read cannot wait for the socket.
func withoutRenegotiation(config *tls.Config) *tls.Config {
	if config.Renegotiation != tls.RenegotiateNever {
		config = config.Clone()
		config.Renegotiation = tls.RenegotiateNever
	}
	return config
}

// startTimeout starts the timeout of the handshake.
func (t *tlsLayer) startTimeout() {
	s := t.stream
	d := s.limits.HandshakeTimeout
	if d == 0 {
		d = defaultHandshakeTimeout
	}
	if d > 0 {
		s.loop.SetCoarseTimeout(&t.opening.timeout, d, t)
	}
}

// HandleCoarseTimeout implements [ioloop.CoarseHandler]: the handshake took too
// long.
func (t *tlsLayer) HandleCoarseTimeout(*ioloop.CoarseTimeout) {
	t.stream.closeWith(errHandshakeTimeout)
}

// handleEvents handles the events of a stream that is opening. A server starts the
// handshake at the first byte, so that a silent connection needs no coroutine.
func (t *tlsLayer) handleEvents(ioloop.Events) {
	o := t.opening
	switch {
	case !o.started:
		t.startHandshake()
	case o.event != nil:
		f := o.event
		o.event = nil
		f.SetResult(ioloop.None)
	default:
		t.stream.unwatch() // a callback of the user's tls.Config runs
	}
}

// startHandshake runs the handshake in a coroutine.
func (t *tlsLayer) startHandshake() {
	t.opening.started = true
	t.stream.loop.SpawnFunc(func() {
		defer t.stream.closeOnPanic()
		t.finishHandshake(t.conn.Handshake())
	})
}

// waitReady blocks the handshake's coroutine until the descriptor is ready or the stream is
// closed.
func (t *tlsLayer) waitReady() {
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

// finishHandshake opens the stream, or closes it with the error of the handshake. It runs
// in the handshake's coroutine.
func (t *tlsLayer) finishHandshake(err error) {
	s := t.stream
	if s.closed {
		return
	}
	if err == nil {
		if err = t.flushCiphertext(); err == errAgain {
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
	t.mayHaveInput = true // the socket may have delivered data together with the end of the handshake
	t.finishOpening()
}

// finishOpening makes the stream ready for data. In the next turn it sends the output that
// was queued before, and reads.
func (t *tlsLayer) finishOpening() {
	s, o := t.stream, t.opening
	t.opening = nil
	s.loop.RemoveCoarseTimeout(&o.timeout)
	for _, f := range []*ioloop.Future[*IOStream]{o.result, o.handshaken} {
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
		s.tls = nil
	}
	s.loop.CallSoon(func() {
		defer s.closeOnPanic()
		s.flushOutput()
		if s.out == nil && !s.closed {
			s.finishClosing()
		}
		if !s.closed {
			s.handleRead()
		}
	})
}

// failWaiters stops connecting, and completes the futures of the opening with the error of
// a closed stream.
func (o *openingState) failWaiters(err error) {
	if o.cancel != nil {
		o.cancel()
	}
	for _, f := range []*ioloop.Future[*IOStream]{o.result, o.handshaken} {
		if f != nil {
			f.SetError(err)
		}
	}
	if o.event != nil {
		o.event.SetResult(ioloop.Error)
	}
}
