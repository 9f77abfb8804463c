package websocket

import (
	"bytes"
	"errors"
	"time"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
)

const (
	closeTimeout = 5 * time.Second // for the peer's answer to a close frame
	maxInbox     = 16              // messages that wait while OnMessage does, before the peer is held back
	refThreshold = 16 << 10        // bytes from where on data is held instead of copied
	maxUnsent    = 1 << 20         // bytes from where on a peer that does not read is not read either
)

// protocol13 speaks RFC 6455 on a stream. It is the stream's consumer, and the task
// of the coroutine in which a handler's messages are handled.
type protocol13 struct {
	hooks   Handler
	stream  stream
	reader  frameReader
	inbox   []event         // messages, and the peer's close frame, that wait for OnMessage to return
	current event           // what the coroutine begins with
	closing *ioloop.Timeout // until the stream is closed, whatever the peer does
	err     error           // what ended the connection
	state   connectionState
	deaf    bool // the peer's close frame came, or a fault: what follows is not read
	busy    bool // a coroutine handles messages
	held    holdReason
}

// A holdReason is why the peer is held back: nothing more is read while there is one.
type holdReason uint8

const (
	holdInbox  holdReason = 1 << iota // too many messages wait for OnMessage
	holdOutput                        // the peer does not read what it is sent
)

// A connectionState goes only downwards.
type connectionState uint8

const (
	stateOpen      connectionState = iota
	stateCloseSent                 // our close frame is out, the peer's is awaited
	stateEnding                    // nothing is read or written any more; the stream closes
	stateLost                      // the stream is closed
)

func (h handshake13) key() string      { return h.accept }
func (h handshake13) offers() []string { return h.offered }

func (h handshake13) connect(hooks Handler, s stream) wsConnection {
	return &protocol13{hooks: hooks, stream: s, reader: frameReader{max: hooks.MaxMessageSize(), masked: true}}
}

// start runs Open in the coroutine of the request. The stream keeps what comes until
// Open has returned.
func (p *protocol13) start() {
	if err := p.open(); err != nil {
		p.hooks.socket().connection = nil // OnClose is not called for a socket that never opened
		p.state = stateLost
		p.stream.Close()
		p.logException(err)
		return
	}
	p.stream.SetConsumer(p)
}

// open runs the hook; a panic in it is an error, as in onMessage.
func (p *protocol13) open() (err error) {
	defer recoverTo(&err)
	return p.hooks.Open(p.hooks.socket().PathArgs()...)
}

func (p *protocol13) onMessage(m Message) (err error) {
	defer recoverTo(&err)
	return p.hooks.OnMessage(m)
}

func recoverTo(err *error) {
	if r := recover(); r != nil {
		*err = web.Raised(r)
	}
}

// Consume reads frames. What it does not take is the beginning of one.
func (p *protocol13) Consume(data []byte) (taken int) {
	for !p.deaf && p.held&holdInbox == 0 {
		ev, n, err := p.reader.next(data[taken:])
		taken += n
		if err != nil {
			p.fail(err)
			break
		}
		if ev.opcode == opContinuation {
			return taken
		}
		p.handle(ev)
	}
	if p.held&holdInbox != 0 {
		return taken
	}
	return len(data)
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
	case opPing:
		p.answerPing(bytes.Clone(ev.payload))
	case opPong:
		data := bytes.Clone(ev.payload)
		p.stream.Loop().SpawnFunc(func() { p.hooks.OnPong(data) })
	case opClose:
		p.deaf = true
		ev.payload = bytes.Clone(ev.payload)
		p.deliver(ev)
	default:
		p.deliver(ev)
	}
}

func (p *protocol13) answerPing(data []byte) {
	if p.state == stateOpen {
		p.send(opPong, data)
	}
	p.stream.Loop().SpawnFunc(func() { p.hooks.OnPing(data) })
}

// deliver hands ev to the handler, now or when OnMessage has returned from what came
// before it.
func (p *protocol13) deliver(ev event) {
	if !p.busy {
		p.current = ev
		p.stream.Loop().Spawn(p)
		return
	}
	p.inbox = append(p.inbox, ev)
	if len(p.inbox) >= maxInbox {
		p.hold(holdInbox)
	}
}

// Run handles messages until none waits.
func (p *protocol13) Run() {
	p.busy = true
	ev := p.current
	p.current = event{}
	for {
		p.dispatch(ev)
		if len(p.inbox) == 0 {
			break
		}
		ev = p.inbox[0]
		p.inbox[0] = event{}
		p.inbox = p.inbox[1:]
		if len(p.inbox) < maxInbox/2 {
			p.release(holdInbox)
		}
	}
	p.inbox = nil
	p.busy = false
	if p.state == stateLost {
		p.ended()
	}
}

func (p *protocol13) hold(why holdReason) {
	if p.held == 0 {
		p.stream.Pause()
	}
	p.held |= why
}

func (p *protocol13) release(why holdReason) {
	if p.held&why == 0 {
		return
	}
	if p.held &^= why; p.held == 0 {
		p.stream.Resume()
	}
}

// limitOutput holds back a peer that sends without reading, so that its answers don't
// pile up.
func (p *protocol13) limitOutput() {
	if p.held&holdOutput != 0 || p.stream.Buffered() < maxUnsent {
		return
	}
	p.hold(holdOutput)
	p.stream.Flushed(func(error) {
		p.release(holdOutput)
		p.limitOutput()
	})
}

func (p *protocol13) dispatch(ev event) {
	if ev.opcode == opClose {
		p.peerClosed(ev.payload)
		return
	}
	m := Message{ev.payload, ev.opcode == opBinary}
	err := p.onMessage(m)
	if err == nil || p.state != stateOpen && isClosed(err) {
		return // a reply to a peer that is leaving is no fault
	}
	p.inbox = nil
	p.abort(err)
	p.logException(err)
}

func isClosed(err error) bool {
	_, ok := errors.AsType[*WebSocketClosedError](err)
	return ok
}

// logException runs the hook beside the messages: it may panic, and OnClose is to come.
func (p *protocol13) logException(err error) {
	p.stream.Loop().SpawnFunc(func() { p.hooks.LogException(err) })
}

// peerClosed answers a close frame, unless it is the answer to ours, and ends.
func (p *protocol13) peerClosed(payload []byte) {
	code, reason, err := parseClosePayload(payload)
	if err != nil {
		p.fail(err)
		return
	}
	h := p.hooks.socket()
	h.closeCode, h.closeReason = code, reason
	if p.state == stateOpen {
		p.sendClose(code, "")
	}
	p.end(nil)
}

// fail tells the peer what it did wrong and ends (RFC 6455, section 7.1.7).
func (p *protocol13) fail(err error) {
	var violation *ProtocolError
	if errors.As(err, &violation) && p.state == stateOpen {
		p.sendClose(violation.Code, violation.Err.Error())
	}
	p.end(err)
}

// end closes the stream when what was written is out.
func (p *protocol13) end(err error) {
	if p.state >= stateEnding {
		return
	}
	p.state, p.err, p.deaf = stateEnding, err, true
	p.limitClosing() // a peer that does not read
	p.stream.CloseWhenFlushed()
}

// abort closes the stream at once.
func (p *protocol13) abort(err error) {
	if p.state < stateLost {
		p.state, p.err, p.deaf = stateEnding, err, true
		p.stream.Close()
	}
}

// ConnectionLost ends the life of the connection, after the last OnMessage.
func (p *protocol13) ConnectionLost(err error) {
	if p.err == nil {
		p.err = err
	}
	p.state = stateLost
	if p.closing != nil {
		p.stream.Loop().RemoveTimeout(p.closing)
		p.closing = nil
	}
	if !p.busy {
		p.stream.Loop().SpawnFunc(p.ended)
	}
}

// ended calls the last hooks; it runs in a coroutine, once.
func (p *protocol13) ended() {
	h := p.hooks.socket()
	if h.connection == nil {
		return
	}
	h.connection = nil
	defer p.hooks.OnClose() // even if the other hook panics
	p.hooks.OnConnectionClose()
}

func (p *protocol13) write(m Message) error {
	if p.state != stateOpen {
		return &WebSocketClosedError{p.err}
	}
	op := opText
	if m.Binary {
		op = opBinary
	}
	p.send(op, m.Data)
	return nil
}

// send queues one frame. A server's frames are not masked and not fragmented.
func (p *protocol13) send(op opcode, payload []byte) {
	b := appendFrameHeader(p.stream.BeginWrite(), true, 0, op, len(payload), nil)
	if len(payload) <= refThreshold {
		p.stream.EndWrite(append(b, payload...))
	} else {
		p.stream.EndWrite(b)
		p.stream.SendRef(payload)
	}
	p.limitOutput()
}

func (p *protocol13) ping(data []byte) error {
	if err := checkControlPayload(data); err != nil {
		return err
	}
	if p.state != stateOpen {
		return &WebSocketClosedError{p.err}
	}
	p.send(opPing, data)
	return nil
}

func (p *protocol13) sendClose(code int, reason string) {
	p.stream.EndWrite(appendCloseFrame(p.stream.BeginWrite(), code, reason, nil))
}

func (p *protocol13) close(code int, reason string) {
	if p.state != stateOpen {
		return
	}
	p.sendClose(code, reason)
	p.state = stateCloseSent
	p.limitClosing()
}

func (p *protocol13) limitClosing() {
	if p.closing == nil {
		p.closing = p.stream.Loop().CallLater(closeTimeout, func() { p.abort(nil) })
	}
}

func (p *protocol13) setNodelay(on bool) { p.stream.SetNodelay(on) }
