package httpserver

import (
	"compress/gzip"
	"errors"
	"io"
	"iter"
)

// An inflater decodes gzip (RFC 1952) that comes in pieces: bytes in, bytes out, no I/O.
// The decoder of the standard library wants to read, so it runs in a coroutine, which
// waits for input there: stop must be called, whether the input came to its end or not.
type bodyInflater struct {
	input  []byte
	whole  bool // no more input comes
	yield  func([]byte, error) bool
	resume func() (piece []byte, err error, more bool)
	stop   func()
}

var errStopped = errors.New("httpserver: inflating was stopped")

// newInflater makes an inflater that gives pieces of up to size bytes.
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

// decode yields what comes out. Concatenated streams are one (RFC 1952, section 2.2).
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
		z.Multistream(false) // else it would hold the last piece back until the next stream
		if err := f.decodeStream(&z, piece); err != io.EOF {
			return err
		}
	}
}

// decodeOne yields what comes out of one stream, at whose end it returns io.EOF.
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

// feed gives the inflater input, which it reads until piece returns nil.
func (f *bodyInflater) setInput(input []byte) { f.input = input }

// piece returns what comes out next, valid until the next call; nil asks for input.
func (f *bodyInflater) nextPiece() ([]byte, error) {
	piece, err, _ := f.resume()
	return piece, err
}

// finish checks that the input has come to an end where it may. No input at all may.
func (f *bodyInflater) finishInput() error {
	f.whole = true
	for {
		if _, err, more := f.resume(); err != nil || !more {
			return err
		}
	}
}

// await waits for input, of which there is none.
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

// Read is for the decoder.
func (f *bodyInflater) Read(p []byte) (int, error) {
	if err := f.awaitInput(); err != nil {
		return 0, err
	}
	n := copy(p, f.input)
	f.input = f.input[n:]
	return n, nil
}

// ReadByte is for the decoder, which would read ahead without it.
func (f *bodyInflater) ReadByte() (byte, error) {
	if err := f.awaitInput(); err != nil {
		return 0, err
	}
	c := f.input[0]
	f.input = f.input[1:]
	return c, nil
}
