package httpclient

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// A rawServer runs a script for each connection that it accepts, in a goroutine. It closes the
// connection when the script returns.
type rawServer struct {
	t        testing.TB
	listener net.Listener
	accepted atomic.Int64
	open     atomic.Int64
	mu       sync.Mutex
	conns    map[net.Conn]bool
}

// A rawConn is one connection of a rawServer.
type rawConn struct {
	net.Conn
	in     *bufio.Reader
	number int // of the connection, from 0
}

// serveRaw starts a server, which ends with the test.
func serveRaw(t testing.TB, script func(c *rawConn)) *rawServer {
	t.Helper()
	l, err := listenApart()
	if err != nil {
		t.Fatal(err)
	}
	return serveRawOn(t, l, script)
}

// listenApart listens on a loopback address that no other test uses. Tests of other packages
// run at the same time, and some connect to a port of 127.0.0.1 until it refuses them, even
// when another server has got that port meanwhile.
func listenApart() (net.Listener, error) {
	l, err := net.Listen("tcp", "127.0.0.77:0")
	if err != nil { // not on every system
		return net.Listen("tcp", "127.0.0.1:0")
	}
	return l, nil
}

// serveRawOn is serveRaw on a listener.
func serveRawOn(t testing.TB, l net.Listener, script func(c *rawConn)) *rawServer {
	t.Helper()
	s := &rawServer{t: t, listener: l, conns: map[net.Conn]bool{}}
	var running sync.WaitGroup
	running.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.conns[conn] = true
			s.mu.Unlock()
			c := &rawConn{conn, bufio.NewReader(conn), int(s.accepted.Add(1)) - 1}
			s.open.Add(1)
			running.Go(func() {
				defer s.open.Add(-1)
				defer conn.Close()
				script(c)
			})
		}
	})
	t.Cleanup(func() {
		l.Close()
		s.mu.Lock()
		for conn := range s.conns {
			conn.Close()
		}
		s.mu.Unlock()
		running.Wait()
	})
	return s
}

func (s *rawServer) url() string { return "http://" + s.listener.Addr().String() }

// readHead returns the head of the next request with its line ends as "|", or "" at the end of
// the connection.
func (c *rawConn) readHead() string {
	var head strings.Builder
	for {
		line, err := c.in.ReadString('\n')
		if err != nil {
			return ""
		}
		if line = strings.TrimRight(line, "\r\n"); line == "" {
			return head.String()
		}
		head.WriteString(line + "|")
	}
}

// readRequest returns the head and the body of the next request, which has a Content-Length or
// no body.
func (c *rawConn) readRequest() (head, body string) {
	head = c.readHead()
	for line := range strings.SplitSeq(head, "|") {
		if length, ok := strings.CutPrefix(line, "Content-Length: "); ok {
			n, _ := strconv.Atoi(length)
			p := make([]byte, n)
			io.ReadFull(c.in, p)
			body = string(p)
		}
	}
	return head, body
}

// send writes text, in which "|" stands for CRLF.
func (c *rawConn) send(text string) { io.WriteString(c, strings.ReplaceAll(text, "|", "\r\n")) }

// respond sends a response 200 with the body.
func (c *rawConn) respond(body string) {
	c.send(fmt.Sprintf("HTTP/1.1 200 OK|Content-Length: %d||%s", len(body), body))
}

// reset closes the connection with a reset.
func (c *rawConn) reset() {
	c.Conn.(*net.TCPConn).SetLinger(0)
	c.Close()
}

// awaitClose reads until the client closes the connection.
func (c *rawConn) awaitClose() { io.Copy(io.Discard, c.in) }
