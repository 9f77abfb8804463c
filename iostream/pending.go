package iostream

import (
	"bytes"

	"github.com/gotornado/tornado/ioloop"
)

// A pendingRead is a read that waits. Of its ways to be satisfied (delim, regex, n,
// until the end of the file) one is set.
type pendingRead struct {
	future *ioloop.Future[[]byte]
	finish func(p []byte, err error) // in place of future

	delim    []byte
	regex    *regexSearch
	maxBytes int // for delim and regex, which count; 0 is no limit
	n        int
	partial  bool // 1 to n bytes will do
	all      bool
	searched int // where a delimiter cannot begin any more

	into []byte // nil, or where the n bytes go
	got  int    // bytes that are there already, in front of those held
}

func (r *pendingRead) complete(p []byte, err error) {
	switch {
	case r.finish != nil:
		r.finish(p, err)
	case err != nil:
		r.future.SetError(err)
	default:
		r.future.SetResult(p)
	}
}

// satisfied says by how many of the bytes that came the read is satisfied. eof
// means that no more will come. ok is false while more are needed, or can't come.
func (r *pendingRead) satisfied(held []byte, eof bool) (n int, ok bool, err error) {
	came := r.got + len(held)
	switch {
	case r.all:
		return came, eof, nil
	case r.delim != nil:
		return r.findDelimiter(held)
	case r.regex != nil:
		return r.findRegex(held)
	case r.partial && came > 0:
		return min(r.n, came), true, nil
	default:
		return r.n, came >= r.n, nil
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

func (r *pendingRead) findRegex(held []byte) (n int, ok bool, err error) {
	n, ok = r.regex.find(held)
	least := n
	if !ok {
		least = len(held) // a match still to come may end here: \B looks ahead
	}
	if r.maxBytes > 0 && least > r.maxBytes {
		return 0, false, &UnsatisfiableReadError{[]byte(r.regex.re.String()), r.maxBytes}
	}
	return n, ok, nil
}
