package hostile

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A peer is one hostile client. Its methods return early when the attack is over or the
// server has closed the connection: for an attacker both are the end.
type peer struct {
	ctx  context.Context
	port int // of the application; TLS and the bare delegate are on the next two
	conn net.Conn
}

// connect opens the peer's connection, with a small receive buffer so that what the
// server sends piles up on its side. offset chooses the port.
func (p *peer) connect(offset int) bool {
	if p.conn != nil {
		p.conn.Close()
	}
	conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(p.port+offset)))
	if err != nil {
		return false
	}
	conn.(*net.TCPConn).SetReadBuffer(4 << 10)
	p.conn = conn
	return true
}

// connectTLS opens a connection to the TLS port and finishes the handshake.
func (p *peer) connectTLS() bool {
	if !p.connect(1) {
		return false
	}
	secure := tls.Client(p.conn, &tls.Config{InsecureSkipVerify: true})
	p.conn.SetDeadline(time.Now().Add(5 * time.Second))
	if secure.Handshake() != nil {
		return false
	}
	p.conn = secure
	return true
}

func (p *peer) over() bool { return p.ctx.Err() != nil }

// send writes text and reports whether all of it was taken.
func (p *peer) send(text string) bool {
	deadline, _ := p.ctx.Deadline()
	p.conn.SetWriteDeadline(deadline)
	_, err := io.WriteString(p.conn, text)
	return err == nil
}

// flood sends text over and over until the attack is over or the server takes no more.
func (p *peer) flood(text string) {
	for !p.over() && p.send(text) {
	}
}

// drip sends text byte by byte, every millisecond.
func (p *peer) drip(text string) {
	for i := 0; i < len(text) && !p.over() && p.send(text[i:i+1]); i++ {
		time.Sleep(time.Millisecond)
	}
}

// hold keeps the connection open, and reads nothing, until the attack is over.
func (p *peer) hold() { <-p.ctx.Done() }

// readAll reads whatever comes in the background, as an honest client would.
func (p *peer) readAll() { go io.Copy(io.Discard, p.conn) }

// readToEnd reads until the server closes the connection or the attack is over.
func (p *peer) readToEnd() {
	deadline, _ := p.ctx.Deadline()
	p.conn.SetReadDeadline(deadline)
	io.Copy(io.Discard, p.conn)
}

// readSlowly reads a byte every millisecond until the attack is over.
func (p *peer) readSlowly() {
	for one := make([]byte, 1); !p.over(); time.Sleep(time.Millisecond) {
		p.conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
		p.conn.Read(one)
	}
}

// reset ends the connection with RST.
func (p *peer) reset() {
	if c, ok := p.conn.(*net.TCPConn); ok {
		c.SetLinger(0)
	}
	p.conn.Close()
}

// upgrade opens a WebSocket and returns when the 101 has come.
func (p *peer) upgrade(path string, more ...string) bool {
	if !p.connect(0) || !p.send(handshake(path, more...)) {
		return false
	}
	var head []byte
	deadline, _ := p.ctx.Deadline()
	p.conn.SetReadDeadline(deadline)
	for one := make([]byte, 1); !bytes.HasSuffix(head, []byte("\r\n\r\n")); {
		if _, err := p.conn.Read(one); err != nil {
			return false
		}
		head = append(head, one[0])
	}
	return bytes.HasPrefix(head, []byte("HTTP/1.1 101"))
}

func handshake(path string, more ...string) string {
	return "GET " + path + " HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" + strings.Join(more, "") + "\r\n"
}

// deflateOffer is the header that asks for compressed messages.
const deflateOffer = "Sec-WebSocket-Extensions: permessage-deflate\r\n"

// frame returns a masked frame; the mask is zero, so that the payload stays as it is. first
// is the first byte: FIN, RSV and opcode.
func frame(first byte, payload string) string {
	return frameHead(first, uint64(len(payload))) + payload
}

// frameHead returns the head of a masked frame that announces n bytes.
func frameHead(first byte, n uint64) string {
	head := []byte{first}
	switch {
	case n < 126:
		head = append(head, 0x80|byte(n))
	case n < 1<<16:
		head = binary.BigEndian.AppendUint16(append(head, 0x80|126), uint16(n))
	default:
		head = binary.BigEndian.AppendUint64(append(head, 0x80|127), n)
	}
	return string(append(head, 0, 0, 0, 0))
}

// gzipBomb returns n bytes of zeros, compressed.
var gzipBomb = sync.OnceValue(func() string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(make([]byte, 100<<20))
	w.Close()
	return b.String()
})

// gzipMembers returns many empty gzip streams, one after another.
var gzipMembers = sync.OnceValue(func() string {
	var b bytes.Buffer
	gzip.NewWriter(&b).Close()
	return strings.Repeat(b.String(), 10_000)
})

// deflateBomb returns 100 MiB of zeros as the payload of a compressed message.
var deflateBomb = sync.OnceValue(func() string {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, 9)
	w.Write(make([]byte, 100<<20))
	w.Flush()
	return strings.TrimSuffix(b.String(), "\x00\x00\xff\xff")
})

// post returns a request with a body of its own length.
func post(path, headers, body string) string {
	return "POST " + path + " HTTP/1.1\r\nHost: a\r\n" + headers + "Content-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body
}
