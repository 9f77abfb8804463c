package websocket

import (
	"time"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
)

// challengeTimeout is the time that a client has to send the 8 bytes of its challenge.
const challengeTimeout = 5 * time.Second

func (h handshake76) number() uint8 { return 76 }

func (h handshake76) offers() []string {
	if h.protocol == "" {
		return nil
	}
	return []string{h.protocol}
}

// answer returns what draft 76 wants in the head (section 5.2). It goes out before the
// challenge has come, since proxies wait for it; the response to the challenge follows it.
func (h handshake76) answer(hooks Handler) (reason string, headers []httputil.Field) {
	headers = []httputil.Field{
		{Name: "Upgrade", Value: "WebSocket"},
		{Name: "Connection", Value: "Upgrade"},
		{Name: "Sec-Websocket-Origin", Value: h.origin},
		{Name: "Sec-Websocket-Location", Value: h.location(hooks.GetWebSocketScheme())},
	}
	if name := hooks.socket().subprotocol; name != "" {
		headers = append(headers, httputil.Field{Name: "Sec-Websocket-Protocol", Value: name})
	}
	return "WebSocket Protocol Handshake", headers
}

func (h handshake76) connect(hooks Handler, s *iostream.IOStream) wsConnection {
	p := &protocol76{
		session: session{hooks: hooks, stream: s, shared: loopStateOf(s.Loop())},
		reader:  frameReader76{max: hooks.MaxMessageSize()},
	}
	p.challenge = &challenge76{connection: p, handshake: h}
	return p
}

// protocol76 speaks draft 76 on a stream: text frames, and a closing handshake without
// code or reason. Tornado 2.2: WebSocketProtocol76.
type protocol76 struct {
	session
	reader    frameReader76
	challenge *challenge76 // nil when the handshake is done
}

// A challenge76 is the stream's consumer until the client's challenge has come and the
// handshake is done.
type challenge76 struct {
	connection *protocol76
	handshake  handshake76
	timeout    *ioloop.Timeout
}

// start waits for the challenge; Open runs when it was answered.
func (p *protocol76) start() {
	p.challenge.timeout = p.stream.Loop().CallLater(challengeTimeout, p.stream.Close)
	p.stream.SetConsumer(p.challenge)
}

// Consume takes the challenge and no more. What follows it stays with the stream until
// Open has returned.
func (c *challenge76) Consume(data []byte) (taken int) {
	if len(data) < challengeSize {
		return 0
	}
	p := c.connection
	response, ok := c.handshake.response([challengeSize]byte(data))
	if !ok {
		p.stream.Close()
		return len(data)
	}
	c.end()
	p.stream.SetConsumer(nil)
	p.stream.EndWrite(append(p.stream.BeginWrite(), response[:]...))
	p.stream.Loop().SpawnFunc(p.session.start)
	return challengeSize
}

// Direct has no place of its own for 8 bytes.
func (c *challenge76) Direct() []byte { return nil }

// DirectFilled is not called.
func (c *challenge76) DirectFilled(int) {}

// ConnectionLost ends a connection that never opened: no hook runs.
func (c *challenge76) ConnectionLost(err error) {
	c.end()
	p := c.connection
	p.to(stateLost)
	p.itsEnd().err = err
	p.hooks.unlink()
}

func (c *challenge76) end() {
	c.connection.challenge = nil
	c.connection.stream.Loop().RemoveTimeout(c.timeout)
}

// Consume reads frames. It leaves the first byte of a closing frame, the frames for which
// the peer is held back, and the frames that have to wait for the next turn.
func (p *protocol76) Consume(data []byte) (taken int) {
	for p.reading() {
		if p.held&holdOutput != 0 && p.reader.startsMessage(data[taken:]) {
			return taken // the message could ask for more output
		}
		ev, n, ok, err := p.reader.next(data[taken:])
		taken += n
		if err != nil {
			p.end(err) // without a close frame, so that the peer knows of the fault
			break
		}
		if !ok {
			return taken
		}
		p.deliver(ev)
		if p.yields() {
			break
		}
	}
	if p.deaf {
		return len(data)
	}
	return taken
}

// Direct has no place of its own for text: nobody knows how long it is.
func (p *protocol76) Direct() []byte { return nil }

// DirectFilled is not called.
func (p *protocol76) DirectFilled(int) {}

// peerClosed answers a closing frame, unless it is the answer to ours, and ends.
func (p *protocol76) peerClosed([]byte) {
	if p.state == stateOpen {
		p.flushQueue()
		p.sendClose()
	}
	p.end(nil)
}

// check says whether something can be sent now.
func (p *protocol76) check() error {
	if p.challenge != nil || p.state != stateOpen {
		return &WebSocketClosedError{p.cause()}
	}
	return nil
}

func (p *protocol76) write(q outgoing) error {
	if err := p.check(); err != nil {
		return err
	}
	if err := checkMessage76(q.Message); err != nil {
		return err
	}
	if now, err := p.admit(q); !now {
		return err
	}
	p.transmit(q)
	return nil
}

func (p *protocol76) transmit(m outgoing) {
	if m.prepared != nil {
		p.sendPrepared(m.prepared.frame(frameForm{draft76: true}, textFrame76).bytes)
		return
	}
	p.watch()
	b := append(p.stream.BeginWrite(), textStart76)
	if len(m.Data) <= refThreshold {
		b = append(b, m.Data...)
	} else {
		p.stream.EndWrite(b)
		p.stream.SendRef(m.Data)
		p.stream.Push()
		b = p.stream.BeginWrite()
	}
	p.stream.EndWrite(append(b, textEnd76))
	p.limitOutput()
}

// textFrame76 is the frame of a message that was checked.
func textFrame76(m Message) preparedFrame {
	b := append(make([]byte, 0, len(m.Data)+2), textStart76)
	return preparedFrame{bytes: append(append(b, m.Data...), textEnd76)}
}

func (p *protocol76) ping([]byte) error {
	if err := p.check(); err != nil {
		return err
	}
	return errPing76
}

func (p *protocol76) sendClose() {
	p.stream.EndWrite(append(p.stream.BeginWrite(), closing76...))
}

// close starts the closing handshake, in which code and reason have no place.
func (p *protocol76) close(int, string) {
	switch {
	case p.challenge != nil:
		p.stream.Close()
	case p.state == stateOpen:
		p.flushQueue()
		p.sendClose()
		p.to(stateCloseSent)
		p.limitClosing()
	}
}
