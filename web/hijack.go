package web

import (
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
)

// A streamConn is a stream as the [net.Conn] of other goroutines.
type streamConn struct {
	stream        *iostream.IOStream
	loop          *ioloop.IOLoop
	local, remote net.Addr
	closing       sync.Once
	closed        chan struct{}

	reading  sync.Mutex
	pending  chan readResult // of a read that timed out and goes on; nil if there is none
	rest     []byte
	readErr  error
	deadline deadline

	writing       sync.Mutex
	writeDeadline deadline
}

type readResult struct {
	data []byte
	err  error
}

// newStreamConn takes a stream over; it runs on its loop.
func newStreamConn(s *iostream.IOStream) *streamConn {
	return &streamConn{stream: s, loop: s.Loop(), local: orNone(s.LocalAddr()), remote: orNone(s.RemoteAddr()), closed: make(chan struct{})}
}

// orNone keeps callers that do not ask from a nil: a peer may have reset the connection.
func orNone(a net.Addr) net.Addr {
	if a == nil {
		return &net.TCPAddr{}
	}
	return a
}

// unused reports whether nobody has read: the stream is as it was.
func (c *streamConn) unused() bool {
	if !c.reading.TryLock() {
		return false
	}
	defer c.reading.Unlock()
	return c.pending == nil && len(c.rest) == 0 && c.readErr == nil
}

func (c *streamConn) Read(p []byte) (int, error) {
	c.reading.Lock()
	defer c.reading.Unlock()
	if len(c.rest) == 0 && c.readErr == nil && len(p) > 0 {
		if err := c.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, c.rest)
	c.rest = c.rest[n:]
	if n == 0 && len(p) > 0 {
		return 0, c.readErr
	}
	return n, nil
}

// fill waits for bytes or the end of the stream.
func (c *streamConn) fill() error {
	if c.pending == nil {
		pending := make(chan readResult, 1)
		c.pending = pending
		c.loop.AddCallback(func() {
			data, err := c.stream.ReadBytes(fallbackBuffer, true).Await()
			if err != nil && c.stream.Err() == nil {
				err = io.EOF // the peer closed it
			}
			pending <- readResult{data, err}
		})
	}
	select {
	case r := <-c.pending:
		c.pending, c.rest, c.readErr = nil, r.data, r.err
		return nil
	case <-c.deadline.passed():
		return timeoutError{}
	case <-c.closed:
		return net.ErrClosed
	case <-c.loop.Context().Done():
		return ioloop.ErrClosed
	}
}

func (c *streamConn) Write(p []byte) (int, error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	select {
	case <-c.closed:
		return 0, net.ErrClosed
	default:
	}
	owned := append([]byte(nil), p...)
	sent := make(chan error, 1)
	c.loop.AddCallback(func() {
		c.stream.SendRef(owned)
		c.stream.Flushed(func(err error) { sent <- err })
	})
	select {
	case err := <-sent:
		if err != nil {
			return 0, err
		}
		return len(p), nil
	case <-c.writeDeadline.passed():
		return 0, timeoutError{}
	case <-c.closed:
		return 0, net.ErrClosed
	case <-c.loop.Context().Done():
		return 0, ioloop.ErrClosed
	}
}

func (c *streamConn) Close() error {
	err := net.ErrClosed
	c.closing.Do(func() {
		close(c.closed)
		c.loop.AddCallback(c.stream.Close)
		err = nil
	})
	return err
}

func (c *streamConn) LocalAddr() net.Addr  { return c.local }
func (c *streamConn) RemoteAddr() net.Addr { return c.remote }

func (c *streamConn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

func (c *streamConn) SetReadDeadline(t time.Time) error {
	c.deadline.set(t)
	return nil
}

func (c *streamConn) SetWriteDeadline(t time.Time) error {
	c.writeDeadline.set(t)
	return nil
}

// timeoutError is a [net.Error], and an os.ErrDeadlineExceeded to errors.Is.
type timeoutError struct{}

func (timeoutError) Error() string        { return "web: i/o timeout" }
func (timeoutError) Timeout() bool        { return true }
func (timeoutError) Temporary() bool      { return true }
func (timeoutError) Is(target error) bool { return target == os.ErrDeadlineExceeded }

// A deadline is a moment that ends waits, those that have begun too.
type deadline struct {
	mu    sync.Mutex
	timer *time.Timer
	past  chan struct{} // closed when it has come; nil is never
}

// set moves the deadline; the zero time is never.
func (d *deadline) set(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.timer != nil && !d.timer.Stop() {
		<-d.past // the function that closes it is done or about to be
	}
	d.timer = nil
	select {
	case <-d.past:
		d.past = nil
	default:
	}
	if t.IsZero() {
		return
	}
	if d.past == nil {
		d.past = make(chan struct{})
	}
	past := d.past
	if wait := time.Until(t); wait > 0 {
		d.timer = time.AfterFunc(wait, func() { close(past) })
		return
	}
	close(past)
}

// passed is closed when the deadline has come.
func (d *deadline) passed() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.past == nil {
		d.past = make(chan struct{}) // a set while somebody waits closes it
	}
	return d.past
}
