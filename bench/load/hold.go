package load

// A Holder keeps idle connections open.
type Holder struct {
	conns   []heldConn
	scratch []byte
}

// heldConn is a connection that can make a request and wait for its responses.
type heldConn interface {
	exchange(scratch []byte) error
	close()
}

func (o Options) dial(id int, scratch []byte) (heldConn, error) {
	switch o.Mode {
	case TLS:
		return dialTLS(o, id)
	case WSDeflate, WSS:
		return dialLibrary(o, id)
	}
	return dial(o, id, scratch)
}

// Hold opens the connections one after another, makes one request on each, and leaves them idle.
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

// Check makes another request on every connection. An error means that the server had dropped
// one, so that the measurement in between is invalid.
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
