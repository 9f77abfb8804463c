package ioloop

// An fdTable holds the registered handlers by descriptor. It grows by pages, so that
// growing does not copy the entries.
type fdTable []*[fdPage]fdHandler

const fdPage = 256

type fdHandler struct {
	handler EventHandler // nil if nothing is registered
	events  Events
}

// handlerOf returns the entry of fd, or nil if fd has no handler.
func (t fdTable) handlerOf(fd int) *fdHandler {
	if fd < 0 || fd/fdPage >= len(t) {
		return nil
	}
	if h := &t[fd/fdPage][fd%fdPage]; h.handler != nil {
		return h
	}
	return nil
}

// setHandler registers h for fd, which must not be negative.
func (t *fdTable) setHandler(fd int, h fdHandler) {
	for fd/fdPage >= len(*t) {
		*t = append(*t, new([fdPage]fdHandler))
	}
	(*t)[fd/fdPage][fd%fdPage] = h
}

// fdLimit returns a number above every registered descriptor.
func (t fdTable) fdLimit() int { return len(t) * fdPage }
