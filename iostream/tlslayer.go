package iostream

import (
	"io"
	"net"
	"time"

	"github.com/gotornado/tornado/ioloop"
)

const (
	// encryptAhead is the number of bytes that may be encrypted before the socket takes them.
	encryptAhead = 48 << 10
	// maxReplies limits the ciphertext that the tls.Conn writes by itself while it reads: a
	// peer can ask for key updates and not read the responses.
	maxReplies = 2 * encryptAhead

	defaultHandshakeTimeout = 30 * time.Second
)

// errMore tells the tls.Conn that no more ciphertext is available now. After a temporary
// error the tls.Conn keeps its state, and its next Read continues there.
var errMore error = moreError{}

type moreError struct{}

func (moreError) Error() string   { return "iostream: more ciphertext is needed" }
func (moreError) Timeout() bool   { return true }
func (moreError) Temporary() bool { return true }

// Read returns ciphertext to the tls.Conn. During the handshake it waits for the socket;
// later it returns the bytes that fetchCiphertext has read.
func (t *tlsLayer) Read(p []byte) (int, error) {
	if t.opening != nil {
		return t.readOpening(p)
	}
	if len(t.unread) == 0 {
		if t.sawEOF {
			return 0, io.EOF
		}
		return 0, errMore
	}
	n := copy(p, t.unread)
	t.unread = t.unread[n:]
	return n, nil
}

// readOpening sends the handshake's output, then waits until it has read some ciphertext.
func (t *tlsLayer) readOpening(p []byte) (int, error) {
	for {
		if t.stream.closed {
			return 0, net.ErrClosed
		}
		if err := t.flushCiphertext(); err != nil && err != errAgain {
			return 0, err
		}
		switch n, err := readFrom(int(t.stream.fd), p); {
		case err == errAgain:
			t.waitReady()
		case err != nil:
			return 0, err
		case n == 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

// Write queues ciphertext of the tls.Conn. flushCiphertext sends it.
func (t *tlsLayer) Write(p []byte) (int, error) {
	if t.stream.fd < 0 {
		return 0, net.ErrClosed
	}
	if t.out == nil {
		t.out = t.stream.pool.getWrite()
	}
	t.out.endAppend(append(t.out.beginAppend(), p...))
	return len(p), nil
}

// Close does nothing: the stream closes the socket.
func (t *tlsLayer) Close() error { return nil }

// LocalAddr returns the stream's address, for callbacks of the user's tls.Config.
func (t *tlsLayer) LocalAddr() net.Addr { return orEmptyAddr(t.stream.LocalAddr()) }

// RemoteAddr returns the peer's address, for callbacks of the user's tls.Config. A client
// without a ServerName caches its sessions by it.
func (t *tlsLayer) RemoteAddr() net.Addr { return orEmptyAddr(t.stream.RemoteAddr()) }

// orEmptyAddr returns an empty address for nil, so that callers need no nil check.
func orEmptyAddr(a net.Addr) net.Addr {
	if a == nil {
		return &net.UnixAddr{}
	}
	return a
}

// SetDeadline does nothing: Read and Write of a tlsLayer have no deadline.
func (t *tlsLayer) SetDeadline(time.Time) error { return nil }

// SetReadDeadline does nothing, as SetDeadline.
func (t *tlsLayer) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline does nothing, as SetDeadline.
func (t *tlsLayer) SetWriteDeadline(time.Time) error { return nil }

// hasInput reports whether the TLS layer has read bytes from the socket that fillDecrypted has
// not returned yet.
func (t *tlsLayer) hasInput() bool { return t != nil && t.mayHaveInput }

// fillDecrypted reads from the socket once, decrypts into p until p is full, and sends the
// responses of the tls.Conn. more reports whether another call may return more bytes.
func (t *tlsLayer) fillDecrypted(p []byte) (n int, more bool, err error) {
	n, more, err = t.readDecrypted(p)
	if t.out != nil {
		if replyErr := t.sendReplies(); replyErr != nil {
			return 0, false, replyErr
		}
	}
	return n, more, err
}

// readDecrypted reads and decrypts as fillDecrypted does.
func (t *tlsLayer) readDecrypted(p []byte) (n int, more bool, err error) {
	for {
		full := false
		if !t.mayHaveInput {
			if full, err = t.fetchCiphertext(); err != nil {
				return 0, false, err
			}
		}
		n, err = t.decryptInto(p)
		t.mayHaveInput = err != errMore
		switch {
		case n > 0:
			return n, full || t.mayHaveInput, nil // the next call meets an error again
		case err == io.EOF:
			return 0, false, nil
		case err != errMore:
			return 0, false, err
		case !full:
			return 0, false, errAgain
		}
	}
}

// fetchCiphertext reads from the socket once. full reports whether the socket may have
// more.
func (t *tlsLayer) fetchCiphertext() (full bool, err error) {
	buf := t.stream.pool.ciphertext()
	buf = buf[:min(len(buf), t.stream.limits.readChunkSize())]
	n, err := readFrom(int(t.stream.fd), buf)
	if err != nil {
		return false, err
	}
	t.unread, t.sawEOF = buf[:n], n == 0
	return n == len(buf), nil
}

// decryptInto reads from the tls.Conn until p is full or an error occurs.
func (t *tlsLayer) decryptInto(p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var m int
		m, err = t.conn.Read(p[n:])
		n += m
	}
	return n, err
}

// sendReplies sends the ciphertext that the tls.Conn wrote while it read.
func (t *tlsLayer) sendReplies() error {
	err := t.flushCiphertext()
	switch {
	case err == errAgain && t.out.size > maxReplies:
		return ErrStreamBufferFull
	case err == errAgain:
		t.stream.watch(t.stream.watching | ioloop.Write)
		return nil
	}
	return err
}

// writeEncrypted sends output through the tls.Conn. It returns the number of bytes whose
// ciphertext the kernel has taken completely; a part that is still queued counts in a later
// call.
func (t *tlsLayer) writeEncrypted(w *writeBuffer) (n int, err error) {
	if t.encrypted == 0 {
		if err := t.encryptPart(w); err != nil {
			return 0, err
		}
	}
	if err := t.flushCiphertext(); err != nil {
		return 0, err
	}
	n, t.encrypted = t.encrypted, 0
	return n, nil
}

// encryptPart encrypts the next part of w.
func (t *tlsLayer) encryptPart(w *writeBuffer) error {
	if w.fileIsNext() {
		chunk, err := t.stream.readPart(&w.files[0], encryptAhead)
		if err == nil {
			t.encrypted, err = t.conn.Write(chunk)
		}
		return err
	}
	var storage [maxPieces][]byte
	for _, p := range w.unsentPieces(storage[:0]) {
		n, err := t.conn.Write(p[:min(len(p), encryptAhead-t.encrypted)])
		t.encrypted += n
		if err != nil {
			return err
		}
		if t.encrypted == encryptAhead {
			break
		}
	}
	return nil
}

// flushCiphertext sends ciphertext until none is left. The error is errAgain if the kernel
// has no room.
func (t *tlsLayer) flushCiphertext() error {
	for t.out != nil {
		n, err := t.out.writeTo(int(t.stream.fd))
		if err != nil {
			return err
		}
		if t.out.dropSent(n); t.out.size == 0 {
			t.stream.pool.putWrite(t.out)
			t.out = nil
		}
	}
	return nil
}

// hasUnsent reports whether ciphertext is unsent.
func (t *tlsLayer) hasUnsent() bool { return t != nil && t.out != nil }

// sendRest sends ciphertext that belongs to no output of the stream, such as alerts.
func (t *tlsLayer) sendRest() (drained bool, err error) {
	err = t.flushCiphertext()
	if err == errAgain {
		return false, nil
	}
	return err == nil, err
}

// closeNotify sends a close_notify alert (RFC 8446, section 6.1).
func (t *tlsLayer) closeNotify() {
	t.conn.CloseWrite() // writes to t, which returns no error
	if t.flushCiphertext() == errAgain {
		t.stream.watch(t.stream.watching | ioloop.Write)
	}
}

// closeLayer ends the TLS connection when its stream closes. It sends queued alerts, and a
// close_notify if all output was sent, so that the peer can detect a truncation.
func (t *tlsLayer) closeLayer() {
	s := t.stream
	if o := t.opening; o != nil {
		s.loop.RemoveCoarseTimeout(&o.timeout)
		o.failWaiters(s.closedError())
	} else if t.conn != nil && s.err == nil && s.out == nil {
		t.conn.CloseWrite()
	}
	if s.fd >= 0 {
		t.flushCiphertext() // the kernel takes as much as it has room for, and the rest is dropped
	}
	t.out, t.unread = nil, nil
}
