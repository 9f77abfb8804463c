package load

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gotornado/tornado/bench/process"
	"github.com/gotornado/tornado/bench/socket"
)

// A tlsConn is one connection of the standard library's TLS, which is measured in its own
// goroutine. Unlike the other modes, this one is not optimized; it is the same for every server.
type tlsConn struct {
	*tls.Conn
	number        uint64
	message, echo []byte
}

// dialer connects from this process's own address.
func dialer() *net.Dialer {
	source := socket.Source()
	return &net.Dialer{Timeout: patience, LocalAddr: &net.TCPAddr{IP: source[:]}}
}

func dialTLS(o Options, id int) (*tlsConn, error) {
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(o.Port))
	c, err := tls.DialWithDialer(dialer(), "tcp", address, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		return nil, err
	}
	message := randomBytes(rand.New(rand.NewPCG(uint64(id), 0)), o.Size)
	return &tlsConn{Conn: c, message: message, echo: make([]byte, o.Size)}, nil
}

// exchange sends a message and waits for its echo.
func (c *tlsConn) exchange([]byte) error {
	c.number++
	var stamp [8]byte
	binary.LittleEndian.PutUint64(stamp[:], c.number)
	copy(c.message, stamp[:])
	c.SetDeadline(time.Now().Add(patience))
	sent := make(chan error, 1)
	if len(c.message) > 64<<10 { // otherwise both ends might write and neither read
		go func() { _, err := c.Write(c.message); sent <- err }()
	} else {
		_, err := c.Write(c.message)
		sent <- err
	}
	if _, err := io.ReadFull(c, c.echo); err != nil {
		return err
	}
	if !bytes.Equal(c.message, c.echo) {
		return fmt.Errorf("load: echo of message %d differs", c.number)
	}
	return <-sent
}

// close resets the connection, so that no port stays in TIME_WAIT: thousands of handshakes would
// use up all ports.
func (c *tlsConn) close() {
	c.NetConn().(*net.TCPConn).SetLinger(0)
	c.NetConn().Close()
}

// runTLS is Run for the modes TLS and TLSHandshake.
func runTLS(o Options) (Result, error) {
	m := &tlsMeasure{options: o, start: time.Now(), failed: make(chan struct{})}
	var done sync.WaitGroup
	for id := range o.Conns {
		done.Go(func() { m.fail(m.talk(id)) })
	}
	m.wait(o.Warmup)
	before, err := m.restart()
	m.fail(err)
	m.wait(o.Duration)
	after, err := m.stop()
	m.fail(err)
	done.Wait()
	if m.err != nil {
		return Result{}, m.err
	}
	if m.latency.total == 0 {
		return Result{}, fmt.Errorf("load: no response in the measured %v", o.Duration)
	}
	return result(&m.latency, before, after), nil
}

// A tlsMeasure is the state that the goroutines of runTLS share.
type tlsMeasure struct {
	options Options
	start   time.Time
	mu      sync.Mutex
	latency histogram
	stopped bool
	err     error // the first error; it stops all goroutines
	failed  chan struct{}
}

// talk makes requests until the time is over.
func (m *tlsMeasure) talk(id int) error {
	ask := func() error {
		c, err := dialTLS(m.options, id)
		if err == nil {
			c.close()
		}
		return err
	}
	if m.options.Mode == TLS {
		c, err := dialTLS(m.options, id)
		if err != nil {
			return err
		}
		defer c.close()
		ask = func() error { return c.exchange(nil) }
	}
	for {
		asked := time.Now()
		if err := ask(); err != nil {
			return err
		}
		if !m.count(time.Since(asked)) {
			return nil
		}
	}
}

// count counts a response and reports whether to continue.
func (m *tlsMeasure) count(d time.Duration) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.stopped {
		m.latency.addSamples(d, 1)
	}
	return !m.stopped
}

func (m *tlsMeasure) restart() (clocks, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.latency = histogram{}
	return m.clocks()
}

func (m *tlsMeasure) stop() (clocks, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.stopped = true
	return m.clocks()
}

func (m *tlsMeasure) clocks() (c clocks, err error) {
	if m.options.PID != 0 {
		if c.server, err = process.CPUTime(m.options.PID); err != nil {
			return c, err
		}
	}
	c.own, err = process.CPUTime(unix.Getpid())
	c.wall = time.Since(m.start)
	return c, err
}

func (m *tlsMeasure) fail(err error) {
	if err == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.err == nil {
		m.err = err
		close(m.failed)
	}
	m.stopped = true
}

// wait waits for d, or until a goroutine fails.
func (m *tlsMeasure) wait(d time.Duration) {
	select {
	case <-time.After(d):
	case <-m.failed:
	}
}
