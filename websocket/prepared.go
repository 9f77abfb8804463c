package websocket

import "sync"

// A Prepared message is encoded and compressed once for any number of receivers. It keeps each
// encoded form that a receiver needed. Any goroutine may use it.
type Prepared struct {
	message Message
	mu      sync.Mutex
	frames  []preparedFrame
}

// Prepare returns m for many receivers. m.Data is not copied and must not be changed.
func Prepare(m Message) *Prepared { return &Prepared{message: m} }

// Message returns the message. Its Data must not be changed.
func (p *Prepared) Message() Message { return p.message }

// A frameForm has the properties in which the frames of one message may differ.
type frameForm struct {
	draft76 bool
	level   uint8 // of compression; 0 means none
	bits    uint8 // of the window
}

// A preparedFrame is a complete frame without a mask. It is never changed.
type preparedFrame struct {
	form    frameForm
	bytes   []byte
	payload []byte // in bytes
}

// frame returns the frame of a form. It calls encode at the first use of the form.
func (p *Prepared) frame(form frameForm, encode func(Message) preparedFrame) preparedFrame {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, f := range p.frames {
		if f.form == form {
			return f
		}
	}
	f := encode(p.message)
	f.form = form
	p.frames = append(p.frames, f)
	return f
}

// plainFrame returns a frame of RFC 6455.
func plainFrame(rsv byte, m Message, payload []byte) preparedFrame {
	b := appendFrame(make([]byte, 0, maxFrameHeader+len(payload)), rsv, opcodeOf(m), payload, nil)
	return preparedFrame{bytes: b, payload: b[len(b)-len(payload):]}
}

// prepared returns the frame of m for this connection. A compressed frame does not refer to
// earlier messages, so it suits every receiver. Later messages do not refer to it.
func (p *protocol13) prepared(m *Prepared) (f preparedFrame, rsv byte) {
	if p.deflate == nil {
		return m.frame(frameForm{}, func(m Message) preparedFrame { return plainFrame(0, m, m.Data) }), 0
	}
	agreed := &p.deflate.agreed
	f = m.frame(frameForm{level: agreed.level, bits: agreed.serverBits}, func(m Message) preparedFrame {
		return plainFrame(bitRSV1, m, p.deflate.pool.freshDeflater().deflate(nil, m.Data, 1<<agreed.serverBits))
	})
	if !agreed.serverFresh {
		p.deflate.dropContext()
	}
	return f, bitRSV1
}

// sendPrepared writes a complete frame.
func (s *session) sendPrepared(frame []byte) {
	s.watchWriteTimeout()
	if len(frame) <= refThreshold {
		s.stream.EndWrite(append(s.stream.BeginWrite(), frame...))
	} else {
		s.stream.SendRef(frame)
		s.stream.Push()
	}
	s.pauseIfUnread()
}
