package websocket

import "github.com/gotornado/tornado/ioloop"

// maxContexts is the number of compression windows that the connections of a loop share.
const maxContexts = 8

// A deflateState is permessage-deflate for one connection (RFC 7692). Its large parts belong to
// the loop.
//
// For compression, the window is a cache: a message may refer to earlier messages, but need
// not. So only the connections that sent last have a window. A connection that needs one takes
// over the window that was used least recently. For decompression, the peer may refer to its
// earlier data at any time. So that data is kept until the connection ends.
type deflateState struct {
	agreed  deflateAgreement
	pool    *deflatePool
	history *[]byte // the last decompressed data of the peer; nil before its first message, and if the peer agreed not to refer back
}

// A deflatePool holds the compressors that the connections of a loop share, for one level.
type deflatePool struct {
	inflater inflater
	shared   *deflater // for messages that do not refer back
	contexts []cachedDeflater
	level    int
	clock    uint64 // counts the messages
	scratch  []byte // for compressed messages
}

// A cachedDeflater is a deflater with the connection that used it last.
type cachedDeflater struct {
	deflater *deflater
	owner    *deflateState // nil: no connection
	used     uint64
}

type deflatePoolKey int // the level

// newDeflateState returns the state of a new connection of loop l.
func newDeflateState(l *ioloop.IOLoop, agreed deflateAgreement) *deflateState {
	level := int(agreed.level)
	pool := l.Local(deflatePoolKey(level), func() any { return &deflatePool{level: level} })
	return &deflateState{agreed: agreed, pool: pool.(*deflatePool)}
}

// deflate returns the compressed form of a message. The result is valid until the next call on
// the same loop.
func (s *deflateState) deflate(message []byte) []byte {
	pool := s.pool
	out := s.deflater().deflate(pool.scratch[:0], message, 1<<s.agreed.serverBits)
	if cap(out) <= maxScratch {
		pool.scratch = out
	}
	return out
}

// deflater returns the deflater for the next message.
func (s *deflateState) deflater() *deflater {
	if s.agreed.serverFresh {
		return s.pool.freshDeflater()
	}
	return s.pool.deflaterOf(s)
}

// freshDeflater returns a deflater with an empty window.
func (p *deflatePool) freshDeflater() *deflater {
	if p.shared == nil {
		p.shared = newDeflater(p.level)
		return p.shared
	}
	p.shared.resetWindow()
	return p.shared
}

// deflaterOf returns the deflater with the window of s, or else one with an empty window, which
// s owns from then on.
func (p *deflatePool) deflaterOf(s *deflateState) *deflater {
	p.clock++
	oldest := 0
	for i := range p.contexts {
		c := &p.contexts[i]
		if c.owner == s {
			c.used = p.clock
			return c.deflater
		}
		if c.used < p.contexts[oldest].used {
			oldest = i
		}
	}
	if len(p.contexts) < maxContexts && (len(p.contexts) == 0 || p.contexts[oldest].owner != nil) {
		p.contexts = append(p.contexts, cachedDeflater{newDeflater(p.level), s, p.clock})
		return p.contexts[len(p.contexts)-1].deflater
	}
	c := &p.contexts[oldest]
	c.owner, c.used = s, p.clock
	c.deflater.resetWindow()
	return c.deflater
}

// inflate returns the decompressed form of p, of at most limit bytes. The caller owns it. An
// error is a *ProtocolError.
func (s *deflateState) inflate(p []byte, limit int) ([]byte, error) {
	if s.agreed.clientFresh {
		return s.pool.inflater.inflate(p, nil, limit)
	}
	if s.history == nil {
		s.history = new([]byte)
	}
	message, err := s.pool.inflater.inflate(p, *s.history, limit)
	if err == nil {
		// Some compressors take 9 bits where 8 were agreed on.
		*s.history = appendHistory(*s.history, message, 1<<max(s.agreed.clientBits, minWindowBits+1))
	}
	return message, err
}

// dropContext gives up the window of s, so that the next message refers to no earlier one. Call
// it after a compressed message that another deflater has compressed, and at the end of the
// connection.
func (s *deflateState) dropContext() {
	for i := range s.pool.contexts {
		if c := &s.pool.contexts[i]; c.owner == s {
			c.owner, c.used = nil, 0
		}
	}
}
