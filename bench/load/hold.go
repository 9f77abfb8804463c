package load

// A Holder keeps connections open that say nothing.
type Holder struct {
	conns   []held
	scratch []byte
}

// held is a connection that can put a question and wait for its answers.
type held interface {
	exchange(scratch []byte) error
	close()
}

func (o Options) dial(id int, scratch []byte) (held, error) {
	switch o.Mode {
	case TLS:
		return dialTLS(o, id)
	case WSDeflate, WSS:
		return dialLibrary(o, id)
	}
	return dial(o, id, scratch)
}

// Hold opens the connections one after another, each with one question and its
// answer, and leaves them alone.
func Hold(o Options) (*Holder, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	h := &Holder{scratch: make([]byte, scratchSize)}
	for id := range o.Conns {
		c, err := o.dial(id, h.scratch)
		if err == nil {
			h.conns = append(h.conns, c)
			err = c.exchange(h.scratch)
		}
		if err != nil {
			h.Close()
			return nil, err
		}
	}
	return h, nil
}

// Check asks once more on every connection: an error says that the server had
// dropped one, so that what was measured meanwhile was not what it seemed.
func (h *Holder) Check() error {
	for _, c := range h.conns {
		if err := c.exchange(h.scratch); err != nil {
			return err
		}
	}
	return nil
}

// Close closes all connections.
func (h *Holder) Close() {
	for _, c := range h.conns {
		c.close()
	}
}
