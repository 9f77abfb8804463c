package httpclient

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A scriptedServer plays the scripts of an exchange: one for each connection, in the order in
// which they are accepted. A step is "recv" (read a request), "recvhead" (read its head), "recvrest" (read its body after that),
// "send:..." (write the text, each character as one byte), "pause" (wait 20 ms, so that the next bytes come apart),
// "reset", or "hold" (wait until the client closes). At the end of its script a connection
// sends FIN, and waits until the client closes.
type scriptedServer struct {
	listener net.Listener
	mu       sync.Mutex
	conns    []net.Conn
	received []*bytes.Buffer // of each connection
	done     sync.WaitGroup
}

// listenScripted returns a server that does not yet accept connections, so that scripts can
// contain its address.
func listenScripted(t testing.TB) *scriptedServer {
	t.Helper()
	l, err := listenApart()
	require.NoError(t, err)
	return &scriptedServer{listener: l}
}

func (s *scriptedServer) address() string { return s.listener.Addr().String() }

// play accepts connections until close.
func (s *scriptedServer) play(scripts [][]string) {
	s.done.Go(func() {
		for n := 0; ; n++ {
			conn, err := s.listener.Accept()
			if err != nil {
				return
			}
			script := []string{"reset"} // for a connection that the exchange does not expect
			if n < len(scripts) {
				script = scripts[n]
			}
			received := new(bytes.Buffer)
			s.mu.Lock()
			s.conns, s.received = append(s.conns, conn), append(s.received, received)
			s.mu.Unlock()
			s.done.Go(func() { playScript(conn.(*net.TCPConn), script, received) })
		}
	})
}

// close ends the server, and returns the bytes that each connection has received.
func (s *scriptedServer) close() []string {
	s.listener.Close()
	s.mu.Lock()
	for _, conn := range s.conns {
		conn.SetReadDeadline(time.Now().Add(20 * time.Second)) // longer than any client takes to close
	}
	s.mu.Unlock()
	s.done.Wait()
	var all []string
	for _, b := range s.received {
		all = append(all, b.String())
	}
	return all
}

func playScript(conn *net.TCPConn, script []string, received *bytes.Buffer) {
	defer conn.Close()
	in := bufio.NewReader(io.TeeReader(conn, received))
	head := ""
	for _, step := range script {
		verb, text, _ := strings.Cut(step, ":")
		switch verb {
		case "recv", "recvhead":
			ok := false
			if head, ok = readScriptedHead(in); !ok || verb == "recv" && !readScriptedBody(in, head) {
				return
			}
		case "recvrest":
			if !readScriptedBody(in, head) {
				return
			}
		case "send":
			if _, err := conn.Write(bytesOf(text)); err != nil {
				return
			}
		case "pause":
			time.Sleep(20 * time.Millisecond)
		case "reset":
			conn.SetLinger(0)
			return
		case "hold":
			io.Copy(io.Discard, in)
			return
		default:
			panic(fmt.Sprintf("unknown step %q", step))
		}
	}
	conn.CloseWrite()
	io.Copy(io.Discard, in)
}

var scriptedLength = regexp.MustCompile(`(?i)\ncontent-length: *([0-9]+)`)

// readScriptedHead reads the head of a request, and accepts any bytes.
func readScriptedHead(in *bufio.Reader) (string, bool) {
	var head strings.Builder
	for !strings.HasSuffix(head.String(), "\r\n\r\n") {
		c, err := in.ReadByte()
		if err != nil {
			return "", false
		}
		head.WriteByte(c)
	}
	return head.String(), true
}

// readScriptedBody reads the body that follows head.
func readScriptedBody(in *bufio.Reader, head string) bool {
	if strings.Contains(strings.ToLower(head), "\ntransfer-encoding: chunked") {
		last := ""
		for err := error(nil); err == nil && last != "0\r\n"; {
			last, err = in.ReadString('\n')
		}
		_, err := in.ReadString('\n')
		return err == nil
	}
	if m := scriptedLength.FindStringSubmatch(head); m != nil {
		n, _ := strconv.ParseInt(m[1], 10, 64)
		_, err := io.CopyN(io.Discard, in, n)
		return err == nil
	}
	return true
}

// bytesOf returns the characters of s, which are below U+0100, as bytes.
func bytesOf(s string) []byte {
	var b []byte
	for _, r := range s {
		b = append(b, byte(r))
	}
	return b
}
