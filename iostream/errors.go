package iostream

import (
	"errors"
	"fmt"
	"io"

	"golang.org/x/sys/unix"
)

// A StreamClosedError is the error of reads and writes on a stream that is closed, or
// closes before they are done. Tornado: iostream.StreamClosedError.
type StreamClosedError struct {
	RealError error // the reason why the stream was closed; nil for an orderly end
}

func (e *StreamClosedError) Error() string {
	if e.RealError == nil {
		return "iostream: stream is closed"
	}
	return fmt.Sprintf("iostream: stream is closed: %v", e.RealError)
}

func (e *StreamClosedError) Unwrap() error { return e.RealError }

// ErrStreamBufferFull is the error of a Write above MaxWriteBufferSize. It also closes a
// stream whose unread input exceeds MaxBufferSize. Tornado: iostream.StreamBufferFullError.
var ErrStreamBufferFull = errors.New("iostream: buffer is full: read or wait for the writes, or raise the limit in Options")

// ErrAlreadyReading is the error of a read while another read is pending. The first read
// goes on.
var ErrAlreadyReading = errors.New("iostream: already reading: wait for the pending read")

// An UnsatisfiableReadError closes a stream when a read does not find its delimiter or
// match within its limit. Tornado: iostream.UnsatisfiableReadError.
type UnsatisfiableReadError struct {
	Delimiter []byte // or the regular expression
	MaxBytes  int    // the limit
}

func (e *UnsatisfiableReadError) Error() string {
	return fmt.Sprintf("iostream: delimiter %q not found within %d bytes", e.Delimiter, e.MaxBytes)
}

// isDisconnect reports whether err is an ordinary way for a peer to disconnect, which needs
// no log record.
func isDisconnect(err error) bool {
	return errors.Is(err, unix.ECONNRESET) || errors.Is(err, unix.ECONNABORTED) ||
		errors.Is(err, unix.EPIPE) || errors.Is(err, unix.ETIMEDOUT) ||
		errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}
