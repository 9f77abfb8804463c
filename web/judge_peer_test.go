package web_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/internal/peers"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
)

// A judgeServer is one server of a topic.
type judgeServer struct {
	app     *web.Application
	options httpserver.Options // without its Loop
}

// A judgePeer is one side of the comparison: servers that share a loop, and one more server
// that shows whether the loop is idle.
type judgePeer struct {
	version [2]int         // of Tornado
	ports   map[string]int // by the server's name
	idle    int            // port of the server that shows whether the loop is idle
}

func (p *judgePeer) atLeast(major, minor int) bool {
	return p.version[0] > major || p.version[0] == major && p.version[1] >= minor
}

// startTornado starts testdata/judge_app.py for a topic. Without Tornado, the test is
// skipped, or fails if TORNADO_REQUIRE_PEERS is set.
func startTornado(t *testing.T, topic string) *judgePeer {
	t.Helper()
	python := peers.Python(t, "tornado.web")
	cmd := peers.Command(python, "-B", "testdata/judge_app.py", topic)
	stderr := new(strings.Builder)
	cmd.Stderr = stderr
	stdin, err := cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		stdin.Close()
		kill := time.AfterFunc(10*time.Second, func() { cmd.Process.Kill() })
		cmd.Wait()
		kill.Stop()
		if t.Failed() && stderr.Len() > 0 {
			t.Logf("python said:\n%s", stderr)
		}
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		stdin.Close()
		cmd.Wait()
		t.Fatalf("judge_%s.py: %v\n%s", topic, err, stderr)
	}
	var hello struct {
		Version [2]int
		Ports   map[string]int
		Control int
	}
	require.NoError(t, json.Unmarshal([]byte(line), &hello))
	return &judgePeer{hello.Version, hello.Ports, hello.Control}
}

// startOurs runs the servers on one loop until the test ends.
func startOurs(t *testing.T, servers map[string]judgeServer) *judgePeer {
	t.Helper()
	before := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	t.Cleanup(func() { slog.SetDefault(before) })
	loop, err := ioloop.New(ioloop.Options{})
	require.NoError(t, err)
	listen := func(s judgeServer) int {
		s.options.Loop = loop
		addr, err := httpserver.New(s.app, s.options).Listen(0, "127.0.0.1")
		require.NoError(t, err)
		_, port, err := net.SplitHostPort(addr.String())
		require.NoError(t, err)
		n, err := strconv.Atoi(port)
		require.NoError(t, err)
		return n
	}
	p := &judgePeer{ports: map[string]int{}}
	for name, s := range servers {
		p.ports[name] = listen(s)
	}
	p.idle = listen(judgeServer{app: web.NewApplication(nil, web.Settings{})})
	ended := make(chan struct{})
	go func() {
		loop.Start()
		close(ended)
	}()
	t.Cleanup(func() {
		loop.Close()
		<-ended
	})
	return p
}

// A judgeClient talks to one server and detects when the loop is idle.
type judgeClient struct {
	address   string
	idle      net.Conn // to the other server of the loop
	responses *bufio.Reader
	patience  int // number of turns without input after which the server is idle
	mask      *regexp.Regexp
	dead      bool // the loop no longer responds
}

func (p *judgePeer) control(t *testing.T, server string) *judgeClient {
	c, err := net.Dial("tcp", judgeAddress(p.idle))
	if err != nil {
		t.Error(err)
		return &judgeClient{dead: true}
	}
	return &judgeClient{address: judgeAddress(p.ports[server]), idle: c, responses: bufio.NewReader(c)}
}

func (c *judgeClient) close() {
	if c.idle != nil {
		c.idle.Close()
	}
}

func judgeAddress(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// judgeDeadline is the limit for a response.
const judgeDeadline = looptest.Patience

var (
	errNoResponse = errors.New("the server that shows whether the loop is idle does not respond")
	errNotAsked   = errors.New("not asked")
)

// turn returns after the loop has run all work that existed before the call.
func (c *judgeClient) turn() error {
	if c.dead {
		return errNoResponse
	}
	c.idle.SetDeadline(time.Now().Add(judgeDeadline))
	if _, err := io.WriteString(c.idle, "HEAD / HTTP/1.1\r\nHost: idle\r\n\r\n"); err != nil {
		c.dead = true
		return errNoResponse
	}
	for {
		line, err := c.responses.ReadString('\n')
		if err != nil {
			c.dead = true
			return errNoResponse
		}
		if line == "\r\n" {
			return nil
		}
	}
}

// A judgedConn is one connection to a server of the comparison.
type judgedConn struct {
	client *judgeClient
	conn   *net.TCPConn
	raw    syscall.RawConn
	got    []byte
	closed bool // by the server
	buffer []byte
}

func (c *judgeClient) dial() (*judgedConn, error) {
	conn, err := net.Dial("tcp", c.address)
	if err != nil {
		return nil, err
	}
	tcp := conn.(*net.TCPConn)
	raw, err := tcp.SyscallConn()
	return &judgedConn{client: c, conn: tcp, raw: raw, buffer: make([]byte, 64<<10)}, err
}

// send writes text. It ignores errors, because the server may have closed the connection.
func (c *judgedConn) send(text string) {
	c.conn.SetWriteDeadline(time.Now().Add(judgeDeadline))
	io.WriteString(c.conn, text)
}

// drain reads the available bytes, and reports whether there were any.
func (c *judgedConn) drain() (some bool) {
	for !c.closed {
		n, again := 0, false
		c.raw.Read(func(fd uintptr) bool {
			var err error
			n, err = syscall.Read(int(fd), c.buffer)
			again = err == syscall.EAGAIN || err == syscall.EINTR
			return true
		})
		if again {
			return some
		}
		some = true
		c.closed = n <= 0 // the end, or a reset
		c.got = append(c.got, c.buffer[:max(n, 0)]...)
	}
	return some
}

// settle waits until the server sends nothing more, but not before it has sent the text
// until.
func (c *judgedConn) settle(until string) error {
	deadline := time.Now().Add(judgeDeadline)
	for silent := 0; silent < c.client.patience && !c.closed; silent++ {
		if err := c.client.turn(); err != nil {
			return err
		}
		if c.drain() {
			silent = -1
		}
		if until != "" && !strings.Contains(string(c.got), until) {
			if silent = -1; time.Now().After(deadline) {
				return errors.New("the server did not send " + strconv.Quote(until))
			}
			time.Sleep(time.Millisecond)
		}
	}
	return nil
}

// take returns the bytes that arrived since the last call.
func (c *judgedConn) take() string {
	s := normalise(string(c.got))
	c.got = c.got[:0]
	if mask := c.client.mask; mask != nil {
		s = mask.ReplaceAllString(s, "MASKED")
	}
	return s
}
