package websocket

import (
	"bytes"
	"errors"
	"math"
	"unicode/utf8"

	"github.com/gotornado/tornado/iostream"
)

// protocol13 speaks RFC 6455 on a stream, whose consumer it is. Tornado: WebSocketProtocol13.
type protocol13 struct {
	session
	reader  frameReader
	deflate *deflateState // nil without permessage-deflate
	pings   *keepAlive    // nil without PingInterval
}

func (h *handshake13) key() string      { return h.accept }
func (h *handshake13) number() uint8    { return uint8(h.version) }
func (h *handshake13) offers() []string { return h.offered }

func (h *handshake13) connect(hooks Handler, s *iostream.IOStream) wsConnection {
	return newProtocol13(serverSide, hooks, s, hooks.MaxMessageSize(), h.deflate)
}

// A side says which end of a connection a protocol object is.
type side bool

const (
	serverSide side = false // this side requires masked frames and sends unmasked ones
	clientSide side = true  // this side sends masked frames and requires unmasked ones (RFC 6455, section 5.1)
)

// newProtocol13 returns the protocol object for one side of a connection.
func newProtocol13(end side, hooks connectionHooks, s *iostream.IOStream, maxMessageSize int, agreed deflateAgreement) *protocol13 {
	shared := loopStateOf(s.Loop())
	p := &protocol13{
		session: session{hooks: hooks, stream: s, shared: shared, isClient: end == clientSide},
		reader:  frameReader{max: int32(min(maxMessageSize, math.MaxInt32)), masked: end == serverSide, buffers: &shared.buffers},
	}
	if agreed.level != 0 {
		p.reader.rsv = bitRSV1
		p.deflate = newDeflateState(s.Loop(), agreed)
	}
	return p
}

// start calls Open in the coroutine of the request. The hooks about pings get a coroutine of
// their own, so that runtime.Goexit in them ends the connection, as a panic does.
func (p *protocol13) start() {
	p.session.start()
	p.stream.Loop().SpawnFunc(func() { p.callHook(p.startPings) })
}

// Consume reads frames. It leaves three things in the stream: an incomplete frame header or
// control frame, frames that arrive while reading is paused, and frames that have to wait for
// the next turn.
func (p *protocol13) Consume(data []byte) (taken int) {
	for p.readsFrames() {
		if p.pausedFor&pausedByOutput != 0 && p.reader.startsMessage(data[taken:]) {
			return taken // the message could ask for more output
		}
		ev, n, ok, err := p.reader.readFrame(data[taken:])
		taken += n
		if err != nil {
			p.failConnection(err)
			break
		}
		if !ok {
			return taken
		}
		p.handle(ev)
		if p.mustYield() {
			break
		}
	}
	if p.ignoresInput {
		p.countIgnored(len(data) - taken)
		return len(data)
	}
	return taken
}

// Direct returns the memory of the message that is being read, so that a large frame is read
// without a copy.
func (p *protocol13) Direct() []byte {
	if p.ignoresInput {
		return nil
	}
	return p.reader.direct()
}

// DirectFilled continues after n bytes were read into the memory of Direct.
func (p *protocol13) DirectFilled(n int) {
	p.reader.directFilled(n)
	p.Consume(nil)
}

// handle processes one frame or message.
func (p *protocol13) handle(ev event) {
	switch ev.opcode {
	case opContinuation: // a fragment, which the reader has kept
	case opPing:
		p.sendPong(bytes.Clone(ev.payload))
	case opPong:
		p.receivePong(bytes.Clone(ev.payload))
	case opClose:
		ev.payload = bytes.Clone(ev.payload)
		p.deliver(ev)
	default:
		if ev.rsv != 0 {
			if err := p.inflate(&ev); err != nil {
				p.failConnection(err)
				return
			}
		}
		p.deliver(ev)
	}
}

// sendPong answers a ping and calls OnPing.
func (p *protocol13) sendPong(data []byte) {
	if p.state == stateOpen {
		p.send(0, opPong, data)
		p.pauseIfPongsUnread()
	}
	p.stream.Loop().SpawnFunc(func() {
		p.callHook(func() { p.hooks.OnPing(data) })
	})
}

// receivePong records a pong and calls OnPong.
func (p *protocol13) receivePong(data []byte) {
	if p.pings != nil {
		p.pings.schedule.ponged = true
	}
	p.stream.Loop().SpawnFunc(func() {
		p.callHook(func() { p.hooks.OnPong(data) })
	})
}

// inflate decompresses a message. Its text is checked afterwards.
func (p *protocol13) inflate(ev *event) (err error) {
	ev.payload, err = p.deflate.inflate(ev.payload, int(p.reader.max))
	if err == nil && ev.opcode == opText && !utf8.Valid(ev.payload) {
		err = &ProtocolError{CloseInvalidFramePayloadData, "message", errNotUTF8}
	}
	return err
}

// peerClosed sends a close frame, unless this side has sent one already, and closes the
// connection.
func (p *protocol13) peerClosed(payload []byte) {
	code, reason, err := parseClosePayload(payload)
	if err != nil {
		p.failConnection(err)
		return
	}
	p.hooks.reference().peerClosed(code, reason)
	if p.state == stateOpen {
		p.flushQueue()
		p.sendClose(code, "")
	}
	p.closeAfterFlush(nil)
}

// failConnection tells the peer its fault in a close frame and closes the connection (RFC 6455,
// section 7.1.7).
func (p *protocol13) failConnection(err error) {
	var violation *ProtocolError
	if errors.As(err, &violation) && p.state == stateOpen {
		p.sendClose(violation.Code, violation.Err.Error())
		p.endLingering(err)
		return
	}
	p.closeAfterFlush(err)
}

// ConnectionLost releases the timers and compression contexts of the connection.
func (p *protocol13) ConnectionLost(err error) {
	if p.deflate != nil {
		p.deflate.dropContext()
	}
	if p.pings != nil {
		p.pings.stop()
	}
	p.session.ConnectionLost(err)
}

func (p *protocol13) write(q outgoing) error {
	if p.state != stateOpen {
		return &WebSocketClosedError{p.closeCause()}
	}
	if now, err := p.admit(q); !now {
		return err
	}
	p.transmit(q)
	return nil
}

// transmit passes q to the stream as one frame.
func (p *protocol13) transmit(q outgoing) {
	op, rsv, payload := opText, byte(0), q.Data
	if q.Binary {
		op = opBinary
	}
	if p.deflate != nil {
		rsv, payload = bitRSV1, p.compress(q)
	}
	p.send(rsv, op, payload)
}

// compress returns the compressed data of q, even if q is empty or the data is longer than q. The
// result is valid until the next call on the same loop. Data above refThreshold, to which send
// refers without a copy, stays valid.
func (p *protocol13) compress(q outgoing) []byte {
	if q.prepared != nil {
		return q.prepared.compressedFor(p.deflate)
	}
	data := p.deflate.deflate(q.Data)
	if len(data) > refThreshold {
		return bytes.Clone(data)
	}
	return data
}

func (p *protocol13) ping(data []byte) error {
	if err := checkControlPayload(data); err != nil {
		return err
	}
	if p.state != stateOpen {
		return &WebSocketClosedError{p.closeCause()}
	}
	p.send(0, opPing, data)
	return nil
}

func (p *protocol13) sendClose(code int, reason string) {
	var key *[4]byte
	if p.isClient {
		k := newKey()
		key = &k
	}
	p.stream.EndWrite(appendCloseFrame(p.stream.BeginWrite(), code, reason, key))
}

func (p *protocol13) close(code int, reason string) {
	if p.state != stateOpen {
		return
	}
	p.flushQueue()
	p.sendClose(code, reason)
	p.to(stateCloseSent)
	p.startCloseTimeout()
	p.resumeFrom(pausedByReader) // the server's close frame follows messages that the program has not read
}
