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

// responseHead returns the headers of the 101 (draft 76, section 5.2). They are sent before the
// challenge has arrived, because proxies wait for them. The response to the challenge follows
// them.
func (h handshake76) responseHead(hooks Handler) (reason string, headers []httputil.Field) {
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

// protocol76 speaks draft 76 on a stream: text frames, and a closing handshake without code and
// reason. Tornado 2.2: WebSocketProtocol76.
type protocol76 struct {
	session
	reader    frameReader76
	challenge *challenge76 // nil after the handshake
}

// A challenge76 is the consumer of the stream until the client's challenge has arrived.
type challenge76 struct {
	connection *protocol76
	handshake  handshake76
	timeout    *ioloop.Timeout
}

// start waits for the challenge. Open runs after the response to it.
func (p *protocol76) start() {
	p.challenge.timeout = p.stream.Loop().CallLater(challengeTimeout, p.stream.Close)
	p.stream.SetConsumer(p.challenge)
}

// Consume takes exactly the challenge. Later bytes stay in the stream until Open has returned.
func (c *challenge76) Consume(data []byte) (taken int) {
	if len(data) < challengeSize {
		return 0
	}
	p := c.connection
	response, ok := c.handshake.challengeResponse([challengeSize]byte(data))
	if !ok {
		p.stream.Close()
		return len(data)
	}
	c.endWait()
	p.stream.SetConsumer(nil)
	p.stream.EndWrite(append(p.stream.BeginWrite(), response[:]...))
	p.stream.Loop().SpawnFunc(p.session.start)
	return challengeSize
}

// Direct returns nil: 8 bytes need no memory of their own.
func (c *challenge76) Direct() []byte { return nil }

// DirectFilled is not called.
func (c *challenge76) DirectFilled(int) {}

// ConnectionLost ends a connection that has not opened. No hook runs.
func (c *challenge76) ConnectionLost(err error) {
	c.endWait()
	p := c.connection
	p.to(stateLost)
	p.ensureClosing().err = err
	p.hooks.dropConnection()
}

// endWait ends the wait for the challenge.
func (c *challenge76) endWait() {
	c.connection.challenge = nil
	c.connection.stream.Loop().RemoveTimeout(c.timeout)
}

// Consume reads frames. It leaves three things in the stream: the first byte of a closing
// frame, frames that arrive while reading is paused, and frames that have to wait for the next
// turn.
func (p *protocol76) Consume(data []byte) (taken int) {
	for p.readsFrames() {
		if p.pausedFor&pausedByOutput != 0 && p.reader.startsMessage(data[taken:]) {
			return taken // the message could ask for more output
		}
		ev, n, ok, err := p.reader.readFrame(data[taken:])
		taken += n
		if err != nil {
			p.closeAfterFlush(err) // the missing close frame tells the peer of its fault
			break
		}
		if !ok {
			return taken
		}
		p.deliver(ev)
		if p.mustYield() {
			break
		}
	}
	if p.ignoresInput {
		return len(data)
	}
	return taken
}

// Direct returns nil, because the length of text is not known.
func (p *protocol76) Direct() []byte { return nil }

// DirectFilled is not called.
func (p *protocol76) DirectFilled(int) {}

// peerClosed sends a closing frame, unless this side has sent one already, and closes the
// connection.
func (p *protocol76) peerClosed([]byte) {
	if p.state == stateOpen {
		p.flushQueue()
		p.sendClose()
	}
	p.closeAfterFlush(nil)
}

// checkOpen returns an error if nothing can be sent now.
func (p *protocol76) checkOpen() error {
	if p.challenge != nil || p.state != stateOpen {
		return &WebSocketClosedError{p.closeCause()}
	}
	return nil
}

func (p *protocol76) write(q outgoing) error {
	if err := p.checkOpen(); err != nil {
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

// transmit passes q to the stream as one frame.
func (p *protocol76) transmit(q outgoing) {
	p.watchWriteTimeout()
	b := append(p.stream.BeginWrite(), textStart76)
	if len(q.Data) <= refThreshold {
		b = append(b, q.Data...)
	} else {
		p.stream.EndWriteRef(b, q.Data)
		b = p.stream.BeginWrite()
	}
	p.stream.EndWrite(append(b, textEnd76))
	p.pauseIfUnread()
}

func (p *protocol76) ping([]byte) error {
	if err := p.checkOpen(); err != nil {
		return err
	}
	return errPing76
}

func (p *protocol76) sendClose() {
	p.stream.EndWrite(append(p.stream.BeginWrite(), closing76...))
}

// close starts the closing handshake. Draft 76 has no code and no reason.
func (p *protocol76) close(int, string) {
	switch {
	case p.challenge != nil:
		p.stream.Close()
	case p.state == stateOpen:
		p.flushQueue()
		p.sendClose()
		p.to(stateCloseSent)
		p.startCloseTimeout()
	}
}
