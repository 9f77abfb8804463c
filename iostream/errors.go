package iostream

import (
	"errors"
	"fmt"
	"io"

	"golang.org/x/sys/unix"
)

// A StreamClosedError is what becomes of reads and writes on a stream that is, or
// gets, closed. Tornado: iostream.StreamClosedError.
type StreamClosedError struct {
	RealError error // why it was closed; nil for an orderly end
}

func (e *StreamClosedError) Error() string {
	if e.RealError == nil {
		return "iostream: stream is closed"
	}
	return fmt.Sprintf("iostream: stream is closed: %v", e.RealError)
}

func (e *StreamClosedError) Unwrap() error { return e.RealError }

// ErrStreamBufferFull is the error of a Write above MaxWriteBufferSize, and what closes a
// stream for which more than MaxBufferSize came. Tornado: iostream.StreamBufferFullError.
var ErrStreamBufferFull = errors.New("iostream: buffer is full")

// ErrAlreadyReading is the error of a second read while one waits; the first goes on.
var ErrAlreadyReading = errors.New("iostream: already reading")

// An UnsatisfiableReadError is the cause of a stream closed because what a read
// looked for did not come within its limit. Tornado: iostream.UnsatisfiableReadError.
type UnsatisfiableReadError struct {
	Delimiter []byte // or the regular expression
	MaxBytes  int    // the limit
}

func (e *UnsatisfiableReadError) Error() string {
	return fmt.Sprintf("iostream: delimiter %q not found within %d bytes", e.Delimiter, e.MaxBytes)
}

// isDisconnect says whether err is a way in which peers go, not a fault to report.
func isDisconnect(err error) bool {
	return errors.Is(err, unix.ECONNRESET) || errors.Is(err, unix.ECONNABORTED) ||
		errors.Is(err, unix.EPIPE) || errors.Is(err, unix.ETIMEDOUT) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}
