package iostream

import (
	"bytes"

	"github.com/gotornado/tornado/ioloop"
)

// A pendingRead is a read that waits. Of its ways to be satisfied (delim, n, until
// the end of the file) one is set.
type pendingRead struct {
	future   *ioloop.Future[[]byte]
	delim    []byte
	maxBytes int // for delim, which counts; 0 is no limit
	n        int
	partial  bool // 1 to n bytes will do
	all      bool
	searched int // where a delimiter cannot begin any more
}

// satisfied says by how many of the bytes held the read is satisfied. eof means
// that no more will come. ok is false while more are needed, or can't come.
func (r *pendingRead) satisfied(held []byte, eof bool) (n int, ok bool, err error) {
	switch {
	case r.all:
		return len(held), eof, nil
	case r.delim != nil:
		return r.findDelimiter(held)
	case r.partial && len(held) > 0:
		return min(r.n, len(held)), true, nil
	default:
		return r.n, len(held) >= r.n, nil
	}
}

func (r *pendingRead) findDelimiter(held []byte) (n int, ok bool, err error) {
	if i := bytes.Index(held[r.searched:], r.delim); i >= 0 {
		n, ok = r.searched+i+len(r.delim), true
	}
	r.searched = max(r.searched, len(held)-len(r.delim)+1, 0)
	least := n
	if !ok {
		least = len(held) + 1 // a delimiter still to come ends behind what is held
	}
	if r.maxBytes > 0 && least > r.maxBytes {
		return 0, false, &UnsatisfiableReadError{r.delim, r.maxBytes}
	}
	return n, ok, nil
}
