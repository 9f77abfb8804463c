package load

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
)

// A tcpClient sends one message at a time and expects it back. The bytes are random and do not
// change, except that each message begins with its number.
type tcpClient struct {
	number  uint64
	payload []byte
	echoed  int // bytes of the echo so far
}

func newTCPClient(size int, random *rand.Rand) *tcpClient {
	return &tcpClient{payload: randomBytes(random, size)}
}

func (c *tcpClient) nextRequest() ([]byte, int) {
	c.number++
	var stamp [8]byte
	binary.LittleEndian.PutUint64(stamp[:], c.number)
	copy(c.payload, stamp[:])
	c.echoed = 0
	return c.payload, 1
}

func (c *tcpClient) checkResponse(buf []byte) (n int, done bool, err error) {
	if c.echoed == len(c.payload) {
		return 0, false, fmt.Errorf("load: bytes after the echo of message %d", c.number)
	}
	part := buf[:min(len(buf), len(c.payload)-c.echoed)]
	if !bytes.HasPrefix(c.payload[c.echoed:], part) {
		return 0, false, fmt.Errorf("load: echo of message %d differs after %d bytes", c.number, c.echoed)
	}
	c.echoed += len(part)
	return len(part), c.echoed == len(c.payload), nil
}
