package websocket

import (
	"bytes"
	"compress/flate"
	"io"
)

// deflateTail is what a compressor writes at the end of every message and the sender
// leaves out (RFC 7692, sections 7.2.1 and 7.2.2): an empty block without compression,
// less its first three bits.
const deflateTail = "\x00\x00\xff\xff"

// inflateTail is put behind a message: what its sender left out, then an empty last
// block, which makes the decompressor say that all is well.
const inflateTail = deflateTail + "\x01" + deflateTail

const (
	maxWindow  = 1 << maxWindowBits // bytes that compress/flate refers back
	minScratch = 16 << 10
	maxScratch = 1 << 20 // bytes of a loop's scratch to keep for the next message
)

// An inflater decompresses messages. It remembers nothing between them.
type inflater struct {
	in      inflateInput
	flate   io.ReadCloser // made at the first message
	scratch []byte
}

// inflate returns the message whose compressed form is p; history is what its sender
// may refer to. The message is the caller's own. It has at most limit bytes: an error
// is a *ProtocolError.
func (z *inflater) inflate(p, history []byte, limit int) ([]byte, error) {
	if len(p) == 0 {
		return []byte{}, nil // not what section 7.2.3.6 says of an empty message, but clear
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
			room = room[:left+1] // one byte more than may be
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

// keep keeps the memory of out for the next message, unless that would be much.
func (z *inflater) keep(out []byte) bool {
	small := cap(out) <= maxScratch
	if small {
		z.scratch = out[:0]
	}
	return small
}

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

// atEnd reports whether a last block ended where it may: ours behind everything, or one
// of the sender's own at the end of the message, with a zero byte behind it (section
// 7.2.3.4) or without.
func (in *inflateInput) atEnd() bool {
	switch len(in.message) {
	case 0:
		return in.tail == "" || in.tail == inflateTail
	case 1:
		return in.message[0] == 0
	}
	return false
}

// remember puts a message behind the history of its sender, of which at most size bytes
// are held.
func remember(history, message []byte, size int) []byte {
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

// A deflater compresses messages. It holds its window between them, and with it
// several hundred KiB.
type deflater struct {
	flate *flate.Writer
	out   []byte // being written
	since int    // bytes compressed since the window was empty; unless it is the largest
}

// newDeflater panics if level is none of compress/flate's.
func newDeflater(level int) *deflater {
	d := new(deflater)
	var err error
	if d.flate, err = flate.NewWriter(d, level); err != nil {
		panic(err)
	}
	return d
}

// Write is where compress/flate puts its output.
func (d *deflater) Write(p []byte) (int, error) {
	d.out = append(d.out, p...)
	return len(p), nil
}

// forget empties the window.
func (d *deflater) forget() {
	d.flate.Reset(d)
	d.since = 0
}

// deflate appends the compressed form of a message to dst. It refers back by at most
// window bytes: compress/flate knows one size of window, so for a smaller one it starts
// afresh before it could refer to anything further away.
func (d *deflater) deflate(dst, message []byte, window int) []byte {
	d.out = dst
	for {
		part := message
		if window < maxWindow {
			if d.since+len(message) > window {
				d.forget()
			}
			part = message[:min(window, len(message))]
			d.since += len(part)
		}
		d.flate.Write(part) // errors would be those of Write
		d.flate.Flush()
		if message = message[len(part):]; len(message) == 0 {
			break
		}
	}
	out := d.out[:len(d.out)-len(deflateTail)]
	d.out = nil
	return out
}
