package httpserver

import (
	"compress/gzip"
	"errors"
	"io"
	"iter"
)

// A bodyInflater decodes gzip (RFC 1952) that arrives in pieces. It does no I/O. The
// decoder of the standard library reads from an io.Reader, so it runs in a coroutine that
// waits there for input. The owner must call stop, even if the input was complete.
type bodyInflater struct {
	input  []byte
	whole  bool // the input is complete
	yield  func([]byte, error) bool
	resume func() (piece []byte, err error, more bool)
	stop   func()
}

var errStopped = errors.New("httpserver: inflating was stopped")

// newBodyInflater returns an inflater for pieces of up to size bytes.
func newBodyInflater(size int) *bodyInflater {
	f := &bodyInflater{}
	f.resume, f.stop = iter.Pull2(func(yield func([]byte, error) bool) {
		f.yield = yield
		if err := f.decodeStreams(size); err != io.EOF && err != errStopped {
			yield(nil, err)
		}
	})
	return f
}

// decodeStreams yields the decoded bytes. Concatenated streams are one body (RFC 1952,
// section 2.2).
func (f *bodyInflater) decodeStreams(size int) error {
	var z gzip.Reader
	piece := make([]byte, size)
	for {
		if err := f.awaitInput(); err != nil {
			return err
		}
		if err := z.Reset(f); err != nil {
			return err
		}
		z.Multistream(false) // otherwise the last piece would wait for the next stream
		if err := f.decodeStream(&z, piece); err != io.EOF {
			return err
		}
	}
}

// decodeStream yields the decoded bytes of one stream, and returns io.EOF at its end.
func (f *bodyInflater) decodeStream(z *gzip.Reader, piece []byte) error {
	for {
		n, err := z.Read(piece)
		if n > 0 && !f.yield(piece[:n], nil) {
			return errStopped
		}
		if err != nil {
			return err
		}
	}
}

// setInput sets the input, which the inflater reads until nextPiece returns nil.
func (f *bodyInflater) setInput(input []byte) { f.input = input }

// nextPiece returns the next decoded piece, which is valid until the next call. nil means
// that the inflater needs input.
func (f *bodyInflater) nextPiece() ([]byte, error) {
	piece, err, _ := f.resume()
	return piece, err
}

// finishInput returns an error unless the input ends at the end of a stream. Empty input is
// valid.
func (f *bodyInflater) finishInput() error {
	f.whole = true
	for {
		if _, err, more := f.resume(); err != nil || !more {
			return err
		}
	}
}

// awaitInput waits until there is input.
func (f *bodyInflater) awaitInput() error {
	for len(f.input) == 0 {
		if f.whole {
			return io.EOF
		}
		if !f.yield(nil, nil) {
			return errStopped
		}
	}
	return nil
}

// Read is called by the decoder.
func (f *bodyInflater) Read(p []byte) (int, error) {
	if err := f.awaitInput(); err != nil {
		return 0, err
	}
	n := copy(p, f.input)
	f.input = f.input[n:]
	return n, nil
}

// ReadByte is called by the decoder, which would otherwise read ahead.
func (f *bodyInflater) ReadByte() (byte, error) {
	if err := f.awaitInput(); err != nil {
		return 0, err
	}
	c := f.input[0]
	f.input = f.input[1:]
	return c, nil
}
