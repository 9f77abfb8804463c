package websocket

import "sync"

// A Prepared message is encoded and compressed once for any number of receivers. It keeps each
// compressed form that a receiver needed. Any goroutine may use it.
type Prepared struct {
	message    Message
	mu         sync.Mutex
	compressed []compressedForm
}

// A compressedForm is the compressed data of a message. It is never changed.
type compressedForm struct {
	level, windowBits uint8
	data              []byte
}

// Prepare returns m for many receivers. m.Data is not copied and must not be changed.
func Prepare(m Message) *Prepared { return &Prepared{message: m} }

// Message returns the message. Its Data must not be changed.
func (p *Prepared) Message() Message { return p.message }

// compressedFor returns the compressed data of p for a connection. The data does not refer to
// earlier messages, so it suits every receiver. Later messages of the connection do not refer
// to it.
func (p *Prepared) compressedFor(d *deflateState) []byte {
	if !d.agreed.serverFresh {
		d.dropContext()
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	level, bits := d.agreed.level, d.agreed.serverBits
	for _, f := range p.compressed {
		if f.level == level && f.windowBits == bits {
			return f.data
		}
	}
	data := d.pool.freshDeflater().deflate(nil, p.message.Data, 1<<bits)
	p.compressed = append(p.compressed, compressedForm{level, bits, data})
	return data
}
