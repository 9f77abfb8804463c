package websocket

import "github.com/gotornado/tornado/ioloop"

// DeflateContextsInUse is how many contexts of a level connections of l hold.
func DeflateContextsInUse(l *ioloop.IOLoop, level int) (n int) {
	pool := l.Local(deflatePoolKey(level), func() any { return new(deflatePool) }).(*deflatePool)
	for _, c := range pool.contexts {
		if c.owner != nil {
			n++
		}
	}
	return n
}
