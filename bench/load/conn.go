package load

import (
	"fmt"
	"math/rand/v2"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gotornado/tornado/bench/socket"
)

// patience is the time without any response after which a server counts as stuck.
const patience = 10 * time.Second

// A conn is one connection with the state of its dialogue.
type conn struct {
	fd       int
	dialogue dialogue
	unsent   []byte        // the part of the current request that is not sent yet
	pending  int           // responses still to come
	asked    time.Duration // time of the request, on the generator's clock
	rest     []byte        // received bytes that do not form a whole response yet
}

// dial connects and, for a WebSocket, makes the handshake. id is the seed of the random bytes.
func dial(o Options, id int, scratch []byte) (*conn, error) {
	fd, err := socket.Dial(o.Port)
	if err != nil {
		return nil, err
	}
	c := &conn{fd: fd}
	switch o.Mode {
	case HTTP, Static, GZip, JSON:
		c.dialogue = newHTTPClient(o)
	case WebSocket, Broadcast:
		c.dialogue = newWSClient(o.Port, o.Size, rand.New(rand.NewPCG(uint64(id), 0)))
		err = c.exchange(scratch)
	case TCP:
		c.dialogue = newTCPClient(o.Size, rand.New(rand.NewPCG(uint64(id), 0)))
	}
	if err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

func (c *conn) close() { unix.Close(c.fd) }

// ask sends the next request. Bytes that the kernel does not accept now stay in unsent.
func (c *conn) ask() error {
	c.unsent, c.pending = c.dialogue.nextRequest()
	return c.flush()
}

// await expects a response to a request of another connection.
func (c *conn) await(now time.Duration) {
	c.asked, c.pending = now, 1
	c.dialogue.(*wsClient).await()
}

func (c *conn) flush() error {
	n, err := socket.Write(c.fd, c.unsent)
	c.unsent = c.unsent[n:]
	return err
}

// receive reads once, through scratch, and returns the number of completed responses.
func (c *conn) receive(scratch []byte) (responses int, err error) {
	held := copy(scratch, c.rest)
	n, err := socket.Read(c.fd, scratch[held:])
	if err != nil {
		return 0, err
	}
	buf := scratch[:held+n]
	for len(buf) > 0 {
		taken, done, err := c.dialogue.checkResponse(buf)
		if err != nil {
			return responses, err
		}
		if done {
			responses++
		}
		if taken == 0 {
			break
		}
		buf = buf[taken:]
	}
	c.rest = append(c.rest[:0], buf...)
	if c.pending -= responses; c.pending < 0 {
		return responses, fmt.Errorf("load: %d responses without a request", -c.pending)
	}
	return responses, nil
}

// exchange sends one request and waits for its responses.
func (c *conn) exchange(scratch []byte) error {
	if err := c.ask(); err != nil {
		return err
	}
	for c.pending > 0 {
		wanted := int16(unix.POLLIN)
		if len(c.unsent) > 0 {
			wanted |= unix.POLLOUT
		}
		if err := socket.Await(c.fd, wanted, patience); err != nil {
			return err
		}
		if err := c.flush(); err != nil {
			return err
		}
		if _, err := c.receive(scratch); err != nil {
			return err
		}
	}
	return nil
}
