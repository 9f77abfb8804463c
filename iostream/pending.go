package iostream

import (
	"bytes"

	"github.com/gotornado/tornado/ioloop"
)

// A pendingRead is a read that waits for input. Exactly one of the fields delim, regex, n and all
// determines when the read is complete.
type pendingRead struct {
	future *ioloop.Future[[]byte]
	finish func(p []byte, err error) // called instead of completing future

	delim    []byte
	regex    *regexSearch
	maxBytes int // limit of the result for delim and regex; 0 means no limit
	n        int
	partial  bool // 1 to n bytes are enough
	all      bool // until the end of the input
	searched int  // the search has shown that the delimiter does not begin before this index

	into []byte // the caller's buffer for the n bytes, or nil
	got  int    // bytes that are already in into
}

// complete ends the read with p or err.
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

// satisfied returns how many bytes complete the read. eof means that no more input comes.
// ok is false while the read needs more bytes.
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

// findDelimiter returns the number of bytes through the delimiter.
func (r *pendingRead) findDelimiter(held []byte) (n int, ok bool, err error) {
	if i := bytes.Index(held[r.searched:], r.delim); i >= 0 {
		n, ok = r.searched+i+len(r.delim), true
	}
	r.searched = max(r.searched, len(held)-len(r.delim)+1, 0)
	least := n
	if !ok {
		least = len(held) + 1 // a delimiter that has not arrived completely ends after the held bytes
	}
	if r.maxBytes > 0 && least > r.maxBytes {
		return 0, false, &UnsatisfiableReadError{r.delim, r.maxBytes}
	}
	return n, ok, nil
}

// findRegex returns the number of bytes through the first match.
func (r *pendingRead) findRegex(held []byte) (n int, ok bool, err error) {
	n, ok = r.regex.findEnd(held)
	least := n
	if !ok {
		least = len(held) // a match may still end at the end of the held bytes, because \B depends on the next byte
	}
	if r.maxBytes > 0 && least > r.maxBytes {
		return 0, false, &UnsatisfiableReadError{[]byte(r.regex.re.String()), r.maxBytes}
	}
	return n, ok, nil
}
