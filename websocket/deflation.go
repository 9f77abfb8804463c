package websocket

import "github.com/gotornado/tornado/ioloop"

// maxContexts is how many connections of a loop compress with their past in mind.
const maxContexts = 8

// A deflation is permessage-deflate on one connection (RFC 7692). What is large
// about it belongs to the loop.
//
// For compressing, the past is a cache: a message may refer to it but need not. So the
// connections that sent last hold a context each, another takes over the one that was
// used least recently, and one that is quiet holds none. For decompressing, the past is
// what the peer may refer to, and is held as long as the connection lives.
type deflation struct {
	agreed  deflateAgreement
	pool    *deflatePool
	history *[]byte // of what the peer sent compressed; nil before that, and if it does not refer back
}

// A deflatePool is what the connections of one loop share for one level.
type deflatePool struct {
	inflater inflater
	shared   *deflater // for those that do not refer back
	contexts []deflateContext
	level    int
	clock    uint64 // counts the messages
	scratch  []byte // for what is compressed
}

// A deflateContext is a deflater and who used it last.
type deflateContext struct {
	deflater *deflater
	owner    *deflation // nil: nobody
	used     uint64
}

type deflatePoolKey int // the level

func newDeflation(l *ioloop.IOLoop, agreed deflateAgreement) *deflation {
	level := int(agreed.level)
	pool := l.Local(deflatePoolKey(level), func() any { return &deflatePool{level: level} })
	return &deflation{agreed: agreed, pool: pool.(*deflatePool)}
}

// deflate returns the compressed form of a message, valid until the next call on the
// same loop.
func (s *deflation) deflate(message []byte) []byte {
	pool := s.pool
	out := s.deflater().deflate(pool.scratch[:0], message, 1<<s.agreed.serverBits)
	if cap(out) <= maxScratch {
		pool.scratch = out
	}
	return out
}

func (s *deflation) deflater() *deflater {
	if s.agreed.serverFresh {
		return s.pool.afresh()
	}
	return s.pool.contextOf(s)
}

// afresh returns a deflater without a past.
func (p *deflatePool) afresh() *deflater {
	if p.shared == nil {
		p.shared = newDeflater(p.level)
		return p.shared
	}
	p.shared.forget()
	return p.shared
}

// contextOf returns the deflater with the past of s, or one without a past that it may
// use from now on.
func (p *deflatePool) contextOf(s *deflation) *deflater {
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
		p.contexts = append(p.contexts, deflateContext{newDeflater(p.level), s, p.clock})
		return p.contexts[len(p.contexts)-1].deflater
	}
	c := &p.contexts[oldest]
	c.owner, c.used = s, p.clock
	c.deflater.forget()
	return c.deflater
}

// inflate returns the message whose compressed form is p, of at most limit bytes. The
// message is the caller's own; an error is a *ProtocolError.
func (s *deflation) inflate(p []byte, limit int) ([]byte, error) {
	if s.agreed.clientFresh {
		return s.pool.inflater.inflate(p, nil, limit)
	}
	if s.history == nil {
		s.history = new([]byte)
	}
	message, err := s.pool.inflater.inflate(p, *s.history, limit)
	if err == nil {
		// Some compressors take 9 bits where 8 were agreed on.
		*s.history = remember(*s.history, message, 1<<max(s.agreed.clientBits, minWindowBits+1))
	}
	return message, err
}

// forget gives up the past of what is sent: the next message refers to nothing. It must be
// called when the peer was sent a compressed message that was not compressed here, and
// at the end, so that the loop holds nothing of the connection.
func (s *deflation) forget() {
	for i := range s.pool.contexts {
		if c := &s.pool.contexts[i]; c.owner == s {
			c.owner, c.used = nil, 0
		}
	}
}
