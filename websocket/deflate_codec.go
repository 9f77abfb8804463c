package websocket

import (
	"bytes"
	"compress/flate"
	"io"
)

// deflateTail is the end of every flushed DEFLATE stream, which the sender of a message leaves
// out (RFC 7692, sections 7.2.1 and 7.2.2). It is an empty uncompressed block without its first
// three bits.
const deflateTail = "\x00\x00\xff\xff"

// inflateTail is appended to a message before it is decompressed. It has the bytes that the
// sender left out, and an empty last block, at which the decompressor ends without an error.
const inflateTail = deflateTail + "\x01" + deflateTail

const (
	maxWindow  = 1 << maxWindowBits // bytes of the window of compress/flate
	minScratch = 16 << 10
	maxScratch = 1 << 20 // the largest buffer in bytes that a loop keeps for its next message
)

// An inflater decompresses messages. It keeps no history between them.
type inflater struct {
	in      inflateInput
	flate   io.ReadCloser // made for the first message
	scratch []byte
}

// inflate returns the decompressed form of p. history holds the data to which the sender may
// refer. The caller owns the result, which has at most limit bytes. An error is a
// *ProtocolError.
func (z *inflater) inflate(p, history []byte, limit int) ([]byte, error) {
	if len(p) == 0 {
		return []byte{}, nil // section 7.2.3.6 has another form of an empty message, but this one is unambiguous
	}
	z.in = inflateInput{p, inflateTail}
	defer func() { z.in = inflateInput{} }()
	if z.flate == nil {
		z.flate = flate.NewReaderDict(&z.in, history)
	} else {
		z.flate.(flate.Resetter).Reset(&z.in, history)
	}
	out := z.scratch[:0]
	for {
		if len(out) == cap(out) {
			out = grow(out)
		}
		room := out[len(out):cap(out)]
		if left := limit - len(out); left < len(room) {
			room = room[:left+1] // one byte above the limit
		}
		n, err := z.flate.Read(room)
		out = out[:len(out)+n]
		switch {
		case len(out) > limit:
			z.keep(out)
			return nil, &ProtocolError{CloseMessageTooBig, "message", errInflatedTooBig}
		case err == io.EOF && z.in.atEnd():
			if z.keep(out) {
				out = bytes.Clone(out)
			}
			return out, nil
		case err != nil:
			z.keep(out)
			return nil, &ProtocolError{CloseInvalidFramePayloadData, "message", errNotDeflate}
		}
	}
}

// keep keeps the memory of out for the next message, unless it is large. It reports whether it
// kept the memory.
func (z *inflater) keep(out []byte) bool {
	small := cap(out) <= maxScratch
	if small {
		z.scratch = out[:0]
	}
	return small
}

// grow returns a copy of b with more capacity.
func grow(b []byte) []byte {
	grown := make([]byte, len(b), max(minScratch, 2*cap(b)))
	copy(grown, b)
	return grown
}

// An inflateInput is a message followed by inflateTail.
type inflateInput struct {
	message []byte
	tail    string
}

func (in *inflateInput) ReadByte() (byte, error) {
	if len(in.message) > 0 {
		c := in.message[0]
		in.message = in.message[1:]
		return c, nil
	}
	if in.tail == "" {
		return 0, io.EOF
	}
	c := in.tail[0]
	in.tail = in.tail[1:]
	return c, nil
}

func (in *inflateInput) Read(p []byte) (n int, err error) {
	if len(in.message) > 0 {
		n = copy(p, in.message)
		in.message = in.message[n:]
		return n, nil
	}
	n = copy(p, in.tail)
	in.tail = in.tail[n:]
	if n == 0 && len(p) > 0 {
		err = io.EOF
	}
	return n, err
}

// atEnd reports whether the last block ended where it may. That is the block of inflateTail, or
// a last block of the sender at the end of the message, possibly followed by a zero byte
// (section 7.2.3.4).
func (in *inflateInput) atEnd() bool {
	switch len(in.message) {
	case 0:
		return in.tail == "" || in.tail == inflateTail
	case 1:
		return in.message[0] == 0
	}
	return false
}

// appendHistory appends a message to the history of its sender, of which the last size bytes
// are kept.
func appendHistory(history, message []byte, size int) []byte {
	if len(message) > size {
		message = message[len(message)-size:]
	}
	if excess := len(history) + len(message) - size; excess > 0 {
		history = history[:copy(history, history[excess:])]
	}
	if need := len(history) + len(message); need > cap(history) {
		grown := make([]byte, len(history), min(size, max(need, 2*cap(history))))
		copy(grown, history)
		history = grown
	}
	return append(history, message...)
}

// A deflater compresses messages. Between messages it keeps its window, which takes several
// hundred KiB.
type deflater struct {
	flate *flate.Writer
	out   []byte // the output of the current message
	since int    // bytes compressed since the window was empty; not counted for the largest window
}

// newDeflater panics for a level that compress/flate does not have.
func newDeflater(level int) *deflater {
	d := new(deflater)
	var err error
	if d.flate, err = flate.NewWriter(d, level); err != nil {
		panic(err)
	}
	return d
}

// Write appends the output of compress/flate.
func (d *deflater) Write(p []byte) (int, error) {
	d.out = append(d.out, p...)
	return len(p), nil
}

// resetWindow empties the window.
func (d *deflater) resetWindow() {
	d.flate.Reset(d)
	d.since = 0
}

// deflate appends the compressed form of message to dst. It refers back by at most window
// bytes. compress/flate has only one size of window, so for a smaller one deflate resets the
// window before a reference could become too long.
func (d *deflater) deflate(dst, message []byte, window int) []byte {
	d.out = dst
	for {
		part := message
		if window < maxWindow {
			if d.since+len(message) > window {
				d.resetWindow()
			}
			part = message[:min(window, len(message))]
			d.since += len(part)
		}
		d.flate.Write(part) // returns only errors of d.Write, which returns none
		d.flate.Flush()
		if message = message[len(part):]; len(message) == 0 {
			break
		}
	}
	out := d.out[:len(d.out)-len(deflateTail)]
	d.out = nil
	return out
}
