package ioloop

// An fdTable holds what is registered, by descriptor. It grows by pages, so that a
// connection more never has those that are there copied.
type fdTable []*[fdPage]fdHandler

const fdPage = 256

type fdHandler struct {
	handler EventHandler // nil if nothing is registered
	events  Events
}

// find returns the entry of fd; nil if nothing is registered for it.
func (t fdTable) find(fd int) *fdHandler {
	if fd < 0 || fd/fdPage >= len(t) {
		return nil
	}
	if h := &t[fd/fdPage][fd%fdPage]; h.handler != nil {
		return h
	}
	return nil
}

// put registers h for fd, which is not negative.
func (t *fdTable) put(fd int, h fdHandler) {
	for fd/fdPage >= len(*t) {
		*t = append(*t, new([fdPage]fdHandler))
	}
	(*t)[fd/fdPage][fd%fdPage] = h
}

// limit is above every descriptor that is registered.
func (t fdTable) limit() int { return len(t) * fdPage }
