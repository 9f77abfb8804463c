package websocket

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"math/rand/v2"
	"unicode/utf8"

	"github.com/gotornado/tornado/iostream"
)

// protocol13 speaks RFC 6455 on a stream. It is the stream's consumer.
// Tornado: WebSocketProtocol13.
type protocol13 struct {
	session
	reader  frameReader
	deflate *deflation // nil unless permessage-deflate was agreed on
	pings   *keepAlive // nil unless the endpoint wants pings
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
	serverSide side = false // it requires masked frames and sends unmasked ones
	clientSide side = true  // it sends masked frames and requires unmasked ones (RFC 6455, section 5.1)
)

// newProtocol13 returns the protocol object for one side of a connection.
func newProtocol13(end side, hooks endpoint, s *iostream.IOStream, maxMessageSize int, agreed deflateAgreement) *protocol13 {
	shared := loopStateOf(s.Loop())
	p := &protocol13{
		session: session{hooks: hooks, stream: s, shared: shared, client: end == clientSide},
		reader:  frameReader{max: int32(min(maxMessageSize, math.MaxInt32)), masked: end == serverSide, buffers: &shared.buffers},
	}
	if agreed.level != 0 {
		p.reader.rsv = bitRSV1
		p.deflate = newDeflation(s.Loop(), agreed)
	}
	return p
}

// start runs Open in the coroutine of the request, and the hooks about pings in one of their
// own, so that runtime.Goexit in them ends the connection as their panic does.
func (p *protocol13) start() {
	p.session.start()
	p.stream.Loop().SpawnFunc(func() { p.callHook(p.startPings) })
}

// Consume reads frames. It leaves the beginning of a frame that is incomplete, the frames for
// which the peer is held back, and the frames that have to wait for the next turn.
func (p *protocol13) Consume(data []byte) (taken int) {
	for p.reading() {
		if p.held&holdOutput != 0 && p.reader.startsMessage(data[taken:]) {
			return taken // the message could ask for more output
		}
		ev, n, ok, err := p.reader.next(data[taken:])
		taken += n
		if err != nil {
			p.fail(err)
			break
		}
		if !ok {
			return taken
		}
		p.handle(ev)
		if p.yields() {
			break
		}
	}
	if p.deaf {
		p.drop(len(data) - taken)
		return len(data)
	}
	return taken
}

// Direct lets a large frame be read straight into its message.
func (p *protocol13) Direct() []byte {
	if p.deaf {
		return nil
	}
	return p.reader.direct()
}

// DirectFilled goes on behind what was read there.
func (p *protocol13) DirectFilled(n int) {
	p.reader.directFilled(n)
	p.Consume(nil)
}

func (p *protocol13) handle(ev event) {
	switch ev.opcode {
	case opContinuation: // a fragment, which the reader keeps
	case opPing:
		p.answerPing(bytes.Clone(ev.payload))
	case opPong:
		p.pongCame(bytes.Clone(ev.payload))
	case opClose:
		ev.payload = bytes.Clone(ev.payload)
		p.deliver(ev)
	default:
		if ev.rsv != 0 {
			if err := p.inflate(&ev); err != nil {
				p.fail(err)
				return
			}
		}
		p.deliver(ev)
	}
}

func (p *protocol13) answerPing(data []byte) {
	if p.state == stateOpen {
		p.send(0, opPong, data)
		p.limitPongs()
	}
	p.stream.Loop().SpawnFunc(func() {
		p.callHook(func() { p.hooks.OnPing(data) })
	})
}

func (p *protocol13) pongCame(data []byte) {
	if p.pings != nil {
		p.pings.schedule.ponged = true
	}
	p.stream.Loop().SpawnFunc(func() {
		p.callHook(func() { p.hooks.OnPong(data) })
	})
}

// inflate decompresses a message, and checks its text, which could not be done before.
func (p *protocol13) inflate(ev *event) (err error) {
	ev.payload, err = p.deflate.inflate(ev.payload, int(p.reader.max))
	if err == nil && ev.opcode == opText && !utf8.Valid(ev.payload) {
		err = &ProtocolError{CloseInvalidFramePayloadData, "message", errNotUTF8}
	}
	return err
}

// peerClosed answers a close frame, unless it is the answer to ours, and ends.
func (p *protocol13) peerClosed(payload []byte) {
	code, reason, err := parseClosePayload(payload)
	if err != nil {
		p.fail(err)
		return
	}
	p.hooks.linked().peerClosed(code, reason)
	if p.state == stateOpen {
		p.flushQueue()
		p.sendClose(code, "")
	}
	p.end(nil)
}

// fail tells the peer what it did wrong and ends (RFC 6455, section 7.1.7).
func (p *protocol13) fail(err error) {
	var violation *ProtocolError
	if errors.As(err, &violation) && p.state == stateOpen {
		p.sendClose(violation.Code, violation.Err.Error())
		p.endLingering(err)
		return
	}
	p.end(err)
}

// ConnectionLost gives back what the connection holds beside itself.
func (p *protocol13) ConnectionLost(err error) {
	if p.deflate != nil {
		p.deflate.forget()
	}
	if p.pings != nil {
		p.pings.stop()
	}
	p.session.ConnectionLost(err)
}

func (p *protocol13) write(q outgoing) error {
	if p.state != stateOpen {
		return &WebSocketClosedError{p.cause()}
	}
	if now, err := p.admit(q); !now {
		return err
	}
	p.transmit(q)
	return nil
}

// opcodeOf is that of the frame in which m goes out.
func opcodeOf(m Message) opcode {
	if m.Binary {
		return opBinary
	}
	return opText
}

func (p *protocol13) transmit(q outgoing) {
	if q.prepared != nil {
		p.transmitPrepared(q.prepared)
		return
	}
	if p.deflate == nil {
		p.send(0, opcodeOf(q.Message), q.Data)
		return
	}
	compressed := p.deflate.deflate(q.Data) // also if it is empty, or becomes longer
	if len(compressed) > refThreshold {
		compressed = bytes.Clone(compressed)
	}
	p.send(bitRSV1, opcodeOf(q.Message), compressed)
}

func (p *protocol13) transmitPrepared(m *Prepared) {
	f, rsv := p.prepared(m)
	if p.client {
		p.sendMasked(rsv, opcodeOf(m.message), f.payload)
		return
	}
	p.sendPrepared(f.bytes)
}

// send queues one frame. Frames are not fragmented, and a server's are not masked.
func (p *protocol13) send(rsv byte, op opcode, payload []byte) {
	if p.client {
		p.sendMasked(rsv, op, payload)
		return
	}
	p.watch()
	b := appendFrameHeader(p.stream.BeginWrite(), true, rsv, op, len(payload), nil)
	if len(payload) <= refThreshold {
		p.stream.EndWrite(append(b, payload...))
	} else {
		p.stream.EndWrite(b)
		p.stream.SendRef(payload)
		p.stream.Push()
	}
	p.limitOutput()
}

// sendMasked is a client's send: payload stays as it is, so that a large one is copied.
func (p *protocol13) sendMasked(rsv byte, op opcode, payload []byte) {
	p.watch()
	key := newKey()
	if len(payload) <= refThreshold {
		p.stream.EndWrite(appendFrame(p.stream.BeginWrite(), rsv, op, payload, &key))
	} else {
		p.stream.SendRef(appendFrame(make([]byte, 0, maxFrameHeader+len(payload)), rsv, op, payload, &key))
		p.stream.Push()
	}
	p.limitOutput()
}

// newKey returns the key of a frame. Whoever has the client send what he chose must not
// be able to foresee it (RFC 6455, section 10.3); math/rand/v2's own source is ChaCha8,
// seeded by the system.
func newKey() (key [4]byte) {
	binary.LittleEndian.PutUint32(key[:], rand.Uint32())
	return key
}

func (p *protocol13) ping(data []byte) error {
	if err := checkControlPayload(data); err != nil {
		return err
	}
	if p.state != stateOpen {
		return &WebSocketClosedError{p.cause()}
	}
	p.send(0, opPing, data)
	return nil
}

func (p *protocol13) sendClose(code int, reason string) {
	var key *[4]byte
	if p.client {
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
	p.limitClosing()
	p.release(holdReader) // a server's close frame stands behind what is unread
}
