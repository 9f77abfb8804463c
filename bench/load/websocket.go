package load

import (
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strconv"
)

// Opcodes of RFC 6455, section 5.2.
const (
	opContinuation = 0x0
	opBinary       = 0x2
	opClose        = 0x8
	opPing         = 0x9
	opPong         = 0xA
)

// A frameHead is the head of a frame from a server (RFC 6455, section 5.2).
type frameHead struct {
	fin    bool
	opcode byte
	length int
}

// parseFrameHead parses the head at the start of buf. n is its size, or 0 if it is incomplete.
func parseFrameHead(buf []byte) (h frameHead, n int, err error) {
	if len(buf) < 2 {
		return h, 0, nil
	}
	h = frameHead{fin: buf[0]&0x80 != 0, opcode: buf[0] & 0x0f}
	if buf[0]&0x70 != 0 || buf[1]&0x80 != 0 {
		return h, 0, fmt.Errorf("load: frame with reserved bits or a mask: % x", buf[:2])
	}
	length := uint64(buf[1])
	switch {
	case length < 126:
		n = 2
	case length == 126 && len(buf) >= 4:
		n, length = 4, uint64(binary.BigEndian.Uint16(buf[2:]))
	case length == 127 && len(buf) >= 10:
		n, length = 10, binary.BigEndian.Uint64(buf[2:])
	default:
		return h, 0, nil
	}
	if length >= 1<<32 {
		return h, 0, fmt.Errorf("load: frame of %d bytes", length)
	}
	h.length = int(length)
	return h, n, nil
}

// appendFrame appends a whole masked frame, as a client must send it.
func appendFrame(b []byte, opcode byte, mask [4]byte, payload []byte) []byte {
	b = append(b, 0x80|opcode)
	switch n := len(payload); {
	case n < 126:
		b = append(b, 0x80|byte(n))
	case n < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(n))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), uint64(n))
	}
	b = append(b, mask[:]...)
	for i, x := range payload {
		b = append(b, x^mask[i&3])
	}
	return b
}

// A wsClient makes the handshake with its first request, and then sends one binary message at a
// time. Payload and mask are random and do not change, so that a message costs the generator
// almost nothing. Each payload begins with the message's number, so that an echo that is late,
// doubled or of another connection is detected.
type wsClient struct {
	handshake []byte
	accept    string
	upgraded  bool

	number  uint64
	mask    [4]byte
	payload []byte // payload of the current message
	frame   []byte // payload, framed and masked

	reading frameHead // the frame being read
	left    int       // bytes of the frame that are still to come
	open    bool      // the echo continues in another frame
	echoed  int       // bytes of payload received so far
}

func newWSClient(port, size int, random *rand.Rand) *wsClient {
	key := base64.StdEncoding.EncodeToString(randomBytes(random, 16))
	digest := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	c := &wsClient{
		handshake: []byte("GET /ws HTTP/1.1\r\nHost: 127.0.0.1:" + strconv.Itoa(port) +
			"\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: " + key +
			"\r\nSec-WebSocket-Version: 13\r\n\r\n"),
		accept:  base64.StdEncoding.EncodeToString(digest[:]),
		mask:    [4]byte(randomBytes(random, 4)),
		payload: randomBytes(random, size),
	}
	c.frame = appendFrame(nil, opBinary, c.mask, c.payload)
	return c
}

func randomBytes(random *rand.Rand, n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(random.Uint32())
	}
	return p
}

func (c *wsClient) nextRequest() ([]byte, int) {
	if !c.upgraded {
		return c.handshake, 1
	}
	c.number++
	var stamp [8]byte
	binary.LittleEndian.PutUint64(stamp[:], c.number)
	masked := c.frame[len(c.frame)-len(c.payload):]
	for i := range copy(c.payload, stamp[:]) {
		masked[i] = stamp[i] ^ c.mask[i&3]
	}
	c.echoed = 0
	return c.frame, 1
}

// await expects a message that another client of shareMessage sends.
func (c *wsClient) await() {
	c.number++
	c.echoed = 0
}

// shareMessage makes all clients expect the messages of the first one.
func shareMessage(conns []*conn) {
	for _, c := range conns {
		c.dialogue.(*wsClient).payload = conns[0].dialogue.(*wsClient).payload
	}
}

func (c *wsClient) checkResponse(buf []byte) (n int, done bool, err error) {
	if !c.upgraded {
		return c.acceptance(buf)
	}
	if c.left == 0 {
		if c.reading, n, err = parseFrameHead(buf); n == 0 {
			return 0, false, err
		}
		if err = c.expect(c.reading); err != nil {
			return 0, false, err
		}
		c.left = c.reading.length
	}
	part := buf[n:min(len(buf), n+c.left)]
	c.left -= len(part)
	done, err = c.echo(part)
	return n + len(part), done, err
}

func (c *wsClient) acceptance(buf []byte) (n int, done bool, err error) {
	h, n, err := parseHead(buf)
	if n == 0 {
		return 0, false, err
	}
	if h.status != 101 || string(h.accept) != c.accept {
		return 0, false, fmt.Errorf("load: upgrade refused: status %d, accept %q", h.status, h.accept)
	}
	c.upgraded = true
	return n, true, nil
}

// expect returns an error if the frame may not come now. A server may send an echo in several
// frames, with control frames in between (RFC 6455, section 5.4).
func (c *wsClient) expect(h frameHead) error {
	data := byte(opBinary)
	if c.open {
		data = opContinuation
	}
	if h.opcode != data && h.opcode != opPing && h.opcode != opPong {
		return fmt.Errorf("load: opcode %#x instead of the echo of message %d", h.opcode, c.number)
	}
	return nil
}

// echo compares a part of the current frame's payload. done says that it completed the message.
func (c *wsClient) echo(part []byte) (done bool, err error) {
	if c.reading.opcode >= opClose {
		return false, nil
	}
	if !bytes.HasPrefix(c.payload[c.echoed:], part) {
		return false, fmt.Errorf("load: echo of message %d differs after %d bytes", c.number, c.echoed)
	}
	c.echoed += len(part)
	if c.left > 0 {
		return false, nil
	}
	c.open = !c.reading.fin
	if !c.open && c.echoed < len(c.payload) {
		return false, fmt.Errorf("load: echo of message %d ends after %d bytes", c.number, c.echoed)
	}
	return !c.open, nil
}
