package iostream

import (
	"cmp"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/gotornado/tornado/internal/deadline"
	"github.com/gotornado/tornado/ioloop"
)

// connReadSize is the number of bytes that a Conn takes from its stream at once.
const connReadSize = 32 << 10

// A Conn is a stream as a [net.Conn]. Goroutines use it, and any of them may call its
// methods; on the loop they would block the loop. [FromConn] does the reverse.
// Tornado has none.
type Conn struct {
	stream        *IOStream
	loop          *ioloop.IOLoop
	local, remote net.Addr
	closing       sync.Once
	closed        chan struct{}

	reading      sync.Mutex
	pending      chan connRead // the result of a read that has not ended, although its Read has timed out; nil without such a read
	unread       []byte
	readErr      error
	readDeadline deadline.Movable

	writing       sync.Mutex
	writeDeadline deadline.Movable
}

// A connRead is the result of a read on the loop.
type connRead struct {
	data []byte
	err  error
}

// NewConn returns a Conn that takes the stream over: the caller must not use the stream any
// more. It is called on the loop. The stream must have no consumer and no pending read.
func NewConn(s *IOStream) *Conn {
	s.loop.CheckOwner("iostream.NewConn")
	return &Conn{
		stream: s, loop: s.loop, closed: make(chan struct{}),
		local: cmp.Or[net.Addr](s.LocalAddr(), &net.TCPAddr{}), remote: cmp.Or[net.Addr](s.RemoteAddr(), &net.TCPAddr{}),
	}
}

// isUnread reports whether no Read has begun, so that the stream holds all its input.
func (c *Conn) isUnread() bool {
	if !c.reading.TryLock() {
		return false
	}
	defer c.reading.Unlock()
	return c.pending == nil && len(c.unread) == 0 && c.readErr == nil
}

// Read implements [net.Conn]. The error at the end of the input is [io.EOF], after the
// deadline os.ErrDeadlineExceeded, and after Close net.ErrClosed. If the loop is closed, it
// is [ioloop.ErrClosed].
func (c *Conn) Read(p []byte) (int, error) {
	c.reading.Lock()
	defer c.reading.Unlock()
	if len(c.unread) == 0 && c.readErr == nil && len(p) > 0 {
		if err := c.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, c.unread)
	c.unread = c.unread[n:]
	if n == 0 && len(p) > 0 {
		return 0, c.readErr
	}
	return n, nil
}

// fill waits for bytes or the end of the input.
func (c *Conn) fill() error {
	if c.pending == nil {
		pending := make(chan connRead, 1)
		c.pending = pending
		c.loop.AddCallback(func() { pending <- c.readOnLoop() })
	}
	select {
	case r := <-c.pending:
		c.pending, c.unread, c.readErr = nil, r.data, r.err
		return nil
	case <-c.readDeadline.Passed():
		return os.ErrDeadlineExceeded
	case <-c.closed:
		return net.ErrClosed
	case <-c.loop.Context().Done():
		return ioloop.ErrClosed
	}
}

// readOnLoop reads from the stream. It runs in a coroutine.
func (c *Conn) readOnLoop() connRead {
	data, err := c.stream.ReadBytes(connReadSize, true).Await()
	if err != nil && c.stream.Err() == nil {
		err = io.EOF // the peer closed the connection
	}
	return connRead{data, err}
}

// Write implements [net.Conn]; its errors are those of Read. It returns when the kernel has
// taken all of p. A Write that fails at its deadline returns 0, but its bytes stay queued
// and may still be sent.
func (c *Conn) Write(p []byte) (int, error) {
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
	case <-c.writeDeadline.Passed():
		return 0, os.ErrDeadlineExceeded
	case <-c.closed:
		return 0, net.ErrClosed
	case <-c.loop.Context().Done():
		return 0, ioloop.ErrClosed
	}
}

// Close closes the stream and ends the Reads and Writes that wait. A second Close returns
// net.ErrClosed.
func (c *Conn) Close() error {
	err := net.ErrClosed
	c.closing.Do(func() {
		close(c.closed)
		c.loop.AddCallback(c.stream.Close)
		err = nil
	})
	return err
}

// LocalAddr returns the stream's own address.
func (c *Conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr returns the peer's address. If the peer had reset the connection before
// NewConn, it is an empty *net.TCPAddr.
func (c *Conn) RemoteAddr() net.Addr { return c.remote }

// SetDeadline sets the deadlines of reads and of writes. The zero time removes them.
func (c *Conn) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

// SetReadDeadline sets the deadline of Read, also of one that waits.
func (c *Conn) SetReadDeadline(t time.Time) error {
	c.readDeadline.Set(t)
	return nil
}

// SetWriteDeadline sets the deadline of Write, also of one that waits.
func (c *Conn) SetWriteDeadline(t time.Time) error {
	c.writeDeadline.Set(t)
	return nil
}
