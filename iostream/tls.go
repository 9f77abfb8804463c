package iostream

import (
	"io"
	"net"
	"time"

	"github.com/gotornado/tornado/ioloop"
)

const (
	// sealSize is how much output is encrypted ahead of the socket: a few records.
	sealSize = 48 << 10
	// maxReplies bounds the ciphertext that waits while more comes in: a peer can make
	// the tls.Conn write, by asking for key updates, and not take it.
	maxReplies = 2 * sealSize

	defaultHandshakeTimeout = 30 * time.Second
)

// errMore tells the tls.Conn that there is no more ciphertext now. It keeps its
// state at a temporary error, and goes on where it was when it is asked again.
var errMore error = moreError{}

type moreError struct{}

func (moreError) Error() string   { return "iostream: more ciphertext is needed" }
func (moreError) Timeout() bool   { return true }
func (moreError) Temporary() bool { return true }

// Read is the tls.Conn's source of ciphertext: during the handshake it waits, later
// it gives what one read of the socket brought.
func (t *layer) Read(p []byte) (int, error) {
	if t.opening != nil {
		return t.readOpening(p)
	}
	if len(t.unread) == 0 {
		if t.ended {
			return 0, io.EOF
		}
		return 0, errMore
	}
	n := copy(p, t.unread)
	t.unread = t.unread[n:]
	return n, nil
}

func (t *layer) readOpening(p []byte) (int, error) {
	for {
		if t.stream.closed {
			return 0, net.ErrClosed
		}
		if err := t.flush(); err != nil && err != errAgain {
			return 0, err
		}
		switch n, err := readFrom(int(t.stream.fd), p); {
		case err == errAgain:
			t.wait()
		case err != nil:
			return 0, err
		case n == 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

// Write is where the tls.Conn puts ciphertext; flush sends it.
func (t *layer) Write(p []byte) (int, error) {
	if t.stream.fd < 0 {
		return 0, net.ErrClosed
	}
	if t.out == nil {
		t.out = t.stream.shared.takeWrite()
	}
	t.out.end(append(t.out.begin(), p...))
	return len(p), nil
}

// Close does nothing: the stream closes the socket.
func (t *layer) Close() error { return nil }

// LocalAddr is for callbacks of the user's tls.Config.
func (t *layer) LocalAddr() net.Addr { return orNone(t.stream.LocalAddr()) }

// RemoteAddr is for callbacks of the user's tls.Config, and names a session.
func (t *layer) RemoteAddr() net.Addr { return orNone(t.stream.RemoteAddr()) }

// orNone keeps callers that do not ask from a nil.
func orNone(a net.Addr) net.Addr {
	if a == nil {
		return &net.UnixAddr{}
	}
	return a
}

// SetDeadline is of no use here: nothing waits.
func (t *layer) SetDeadline(time.Time) error { return nil }

// SetReadDeadline is as SetDeadline.
func (t *layer) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline is as SetDeadline.
func (t *layer) SetWriteDeadline(time.Time) error { return nil }

// holds reports whether bytes were taken off the socket that fill has not returned.
func (t *layer) holds() bool { return t != nil && t.more }

// fill decrypts into p what one read of the socket brings, until p is full, and
// sends what the tls.Conn may have to say to that.
func (t *layer) fill(p []byte) (n int, more bool, err error) {
	n, more, err = t.read(p)
	if t.out != nil {
		if replyErr := t.sendReplies(); replyErr != nil {
			return 0, false, replyErr
		}
	}
	return n, more, err
}

func (t *layer) read(p []byte) (n int, more bool, err error) {
	for {
		full := false
		if !t.more {
			if full, err = t.fetch(); err != nil {
				return 0, false, err
			}
		}
		n, err = t.decrypt(p)
		t.more = err != errMore
		switch {
		case n > 0:
			return n, full || t.more, nil // an error comes again
		case err == io.EOF:
			return 0, false, nil
		case err != errMore:
			return 0, false, err
		case !full:
			return 0, false, errAgain
		}
	}
}

// fetch reads ciphertext once. full says that there may be more.
func (t *layer) fetch() (full bool, err error) {
	buf := t.stream.shared.ciphertext()
	buf = buf[:min(len(buf), t.stream.limits.readChunkSize())]
	n, err := readFrom(int(t.stream.fd), buf)
	if err != nil {
		return false, err
	}
	t.unread, t.ended = buf[:n], n == 0
	return n == len(buf), nil
}

// decrypt reads from the tls.Conn until p is full or there is an error.
func (t *layer) decrypt(p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var m int
		m, err = t.conn.Read(p[n:])
		n += m
	}
	return n, err
}

// sendReplies sends what reading made the tls.Conn write.
func (t *layer) sendReplies() error {
	err := t.flush()
	switch {
	case err == errAgain && t.out.size > maxReplies:
		return ErrStreamBufferFull
	case err == errAgain:
		t.stream.watch(t.stream.watching | ioloop.Write)
		return nil
	}
	return err
}

// write sends output through the tls.Conn. The n bytes that it has sent are in the
// kernel as ciphertext; what is encrypted and not yet there is counted later.
func (t *layer) write(w *writeBuffer) (n int, err error) {
	if t.sealed == 0 {
		if err := t.seal(w); err != nil {
			return 0, err
		}
	}
	if err := t.flush(); err != nil {
		return 0, err
	}
	n, t.sealed = t.sealed, 0
	return n, nil
}

// seal encrypts a part of w.
func (t *layer) seal(w *writeBuffer) error {
	if w.fileIsNext() {
		chunk, err := t.stream.readPart(&w.files[0], sealSize)
		if err == nil {
			t.sealed, err = t.conn.Write(chunk)
		}
		return err
	}
	var storage [maxPieces][]byte
	for _, p := range w.unsent(storage[:0]) {
		n, err := t.conn.Write(p[:min(len(p), sealSize-t.sealed)])
		t.sealed += n
		if err != nil {
			return err
		}
		if t.sealed == sealSize {
			break
		}
	}
	return nil
}

// flush sends ciphertext as far as there is room.
func (t *layer) flush() error {
	for t.out != nil {
		n, err := t.out.writeTo(int(t.stream.fd))
		if err != nil {
			return err
		}
		if t.out.advance(n); t.out.size == 0 {
			t.stream.shared.giveWrite(t.out)
			t.out = nil
		}
	}
	return nil
}

// unsent reports whether ciphertext waits for room.
func (t *layer) unsent() bool { return t != nil && t.out != nil }

// sendRest sends ciphertext that stands for no output, such as alerts.
func (t *layer) sendRest() (drained bool, err error) {
	err = t.flush()
	if err == errAgain {
		return false, nil
	}
	return err == nil, err
}

// closeNotify tells the peer that no more comes.
func (t *layer) closeNotify() {
	t.conn.CloseWrite() // writes to t, which does not fail
	if t.flush() == errAgain {
		t.stream.watch(t.stream.watching | ioloop.Write)
	}
}

// close ends the layer of a stream that is being closed: an alert that is there goes
// out, and a close_notify if all output did, so that the peer can tell a cut.
func (t *layer) close() {
	s := t.stream
	if o := t.opening; o != nil {
		s.loop.RemoveCoarseTimeout(&o.timeout)
		o.fail(s.closedError())
	} else if t.conn != nil && s.err == nil && s.out == nil {
		t.conn.CloseWrite()
	}
	if s.fd >= 0 {
		t.flush() // what does not go now never does
	}
	t.out, t.unread = nil, nil
}
