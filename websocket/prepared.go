package websocket

import "sync"

// A Prepared message is encoded, and compressed, once for however many receivers, of
// whichever kind: it keeps each form that it was needed in. Any goroutine may use it.
type Prepared struct {
	message Message
	mu      sync.Mutex
	frames  []preparedFrame
}

// Prepare makes m ready to be sent to many. m.Data is held and must not be changed.
func Prepare(m Message) *Prepared { return &Prepared{message: m} }

// Message is what was prepared. Its Data must not be changed.
func (p *Prepared) Message() Message { return p.message }

// A frameForm is what the frames of one message may differ in.
type frameForm struct {
	draft76 bool
	level   uint8 // of compression; 0 for none
	bits    uint8 // of the window
}

// A preparedFrame is a whole frame without a mask. Nobody changes it.
type preparedFrame struct {
	form    frameForm
	bytes   []byte
	payload []byte // in bytes
}

// frame returns the frame of a form, made by encode at its first use.
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

// plainFrame is the frame of RFC 6455.
func plainFrame(rsv byte, m Message, payload []byte) preparedFrame {
	b := appendFrame(make([]byte, 0, maxFrameHeader+len(payload)), rsv, opcodeOf(m), payload, nil)
	return preparedFrame{bytes: b, payload: b[len(b)-len(payload):]}
}

// prepared returns p as this connection sends it. A compressed one refers to nothing
// before it, so that it suits everybody, and what follows it does not refer to it.
func (p *protocol13) prepared(m *Prepared) (f preparedFrame, rsv byte) {
	if p.deflate == nil {
		return m.frame(frameForm{}, func(m Message) preparedFrame { return plainFrame(0, m, m.Data) }), 0
	}
	agreed := &p.deflate.agreed
	f = m.frame(frameForm{level: agreed.level, bits: agreed.serverBits}, func(m Message) preparedFrame {
		return plainFrame(bitRSV1, m, p.deflate.pool.afresh().deflate(nil, m.Data, 1<<agreed.serverBits))
	})
	if !agreed.serverFresh {
		p.deflate.forget()
	}
	return f, bitRSV1
}

// sendPrepared queues a frame that is there.
func (s *session) sendPrepared(frame []byte) {
	s.watch()
	if len(frame) <= refThreshold {
		s.stream.EndWrite(append(s.stream.BeginWrite(), frame...))
	} else {
		s.stream.SendRef(frame)
		s.stream.Push()
	}
	s.limitOutput()
}
