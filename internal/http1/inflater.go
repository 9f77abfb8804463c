package http1

import (
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"io"
	"iter"
)

// An Inflater decodes a compressed body that arrives in pieces. It does no I/O. The
// decoder of the standard library reads from an io.Reader, so it runs in a coroutine that
// waits there for input. The owner must call Stop, even if the input was complete.
type Inflater struct {
	input  []byte
	whole  bool // the input is complete
	yield  func([]byte, error) bool
	resume func() (piece []byte, err error, more bool)
	stop   func()
}

var errStopped = errors.New("http1: inflating was stopped")

// NewInflater returns an inflater of gzip (RFC 1952) for pieces of up to size bytes.
func NewInflater(size int) *Inflater { return newInflater(size, (*Inflater).decodeStreams) }

// NewDeflateInflater returns an inflater of the coding deflate (RFC 9110, section 8.4.1.2)
// for pieces of up to size bytes. It also accepts the data without the zlib format, which
// some servers send.
func NewDeflateInflater(size int) *Inflater { return newInflater(size, (*Inflater).decodeDeflate) }

func newInflater(size int, decode func(f *Inflater, size int) error) *Inflater {
	f := &Inflater{}
	f.resume, f.stop = iter.Pull2(func(yield func([]byte, error) bool) {
		f.yield = yield
		if err := decode(f, size); err != io.EOF && err != errStopped {
			yield(nil, err)
		}
	})
	return f
}

// decodeDeflate yields the decoded bytes of one stream. No byte may follow it.
func (f *Inflater) decodeDeflate(size int) error {
	if err := f.awaitInput(); err != nil {
		return err
	}
	var z io.ReadCloser
	var err error
	if hasZlibHeader(f.input[0]) {
		z, err = zlib.NewReader(f)
	} else {
		z = flate.NewReader(f)
	}
	if err != nil {
		return err
	}
	if err := f.decodeStream(z, make([]byte, size)); err != io.EOF {
		return err
	}
	if err := f.awaitInput(); err != nil {
		return err
	}
	return errTrailingBytes
}

// hasZlibHeader reports whether c, the first byte of a body, begins a zlib header (RFC 1950,
// section 2.2): compression method 8 and a window of up to 32 KiB. In a stream without the
// header, such a byte would begin a stored block of a length that no encoder chooses.
func hasZlibHeader(c byte) bool { return c&0x0f == 8 && c>>4 <= 7 }

var errTrailingBytes = errors.New("http1: bytes after the compressed data")

// decodeStreams yields the decoded bytes. Concatenated streams are one body (RFC 1952,
// section 2.2).
func (f *Inflater) decodeStreams(size int) error {
	var z gzip.Reader
	piece := make([]byte, size)
	for {
		if err := f.awaitInput(); err != nil {
			return err
		}
		if err := z.Reset(f); err != nil {
			return err
		}
		z.Multistream(false) // with more streams, the last piece of this one would wait for the beginning of the next
		if err := f.decodeStream(&z, piece); err != io.EOF {
			return err
		}
	}
}

// decodeStream yields the decoded bytes of one stream, and returns io.EOF at its end.
func (f *Inflater) decodeStream(z io.Reader, piece []byte) error {
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

// Stop ends the coroutine of the inflater. A second call does nothing.
func (f *Inflater) Stop() { f.stop() }

// SetInput sets the input, which the inflater reads until NextPiece returns nil.
func (f *Inflater) SetInput(input []byte) { f.input = input }

// NextPiece returns the next decoded piece, which is valid until the next call. nil means
// that the inflater needs input.
func (f *Inflater) NextPiece() ([]byte, error) {
	piece, err, _ := f.resume()
	return piece, err
}

// FinishInput returns an error unless the input ends at the end of a stream. Empty input is
// valid.
func (f *Inflater) FinishInput() error {
	f.whole = true
	for {
		if _, err, more := f.resume(); err != nil || !more {
			return err
		}
	}
}

// awaitInput waits until there is input.
func (f *Inflater) awaitInput() error {
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
func (f *Inflater) Read(p []byte) (int, error) {
	if err := f.awaitInput(); err != nil {
		return 0, err
	}
	n := copy(p, f.input)
	f.input = f.input[n:]
	return n, nil
}

// ReadByte is called by the decoder, which would otherwise read ahead.
func (f *Inflater) ReadByte() (byte, error) {
	if err := f.awaitInput(); err != nil {
		return 0, err
	}
	c := f.input[0]
	f.input = f.input[1:]
	return c, nil
}
