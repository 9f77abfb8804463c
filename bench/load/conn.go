package load

import (
	"fmt"
	"math/rand/v2"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gotornado/tornado/bench/socket"
)

// patience is how long nothing may come back before a server counts as stuck.
const patience = 10 * time.Second

// A conn is one connection and what its dialogue waits for.
type conn struct {
	fd       int
	dialogue dialogue
	unsent   []byte        // rest of the current question
	pending  int           // answers still to come
	asked    time.Duration // when the question was put, on the generator's clock
	rest     []byte        // received, but not enough to be understood
}

// dial connects and, for a WebSocket, shakes hands. id chooses the random bytes.
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

// ask puts the next question; what the kernel does not take now stays in unsent.
func (c *conn) ask() error {
	c.unsent, c.pending = c.dialogue.question()
	return c.flush()
}

// await expects an answer to what another connection asks.
func (c *conn) await(now time.Duration) {
	c.asked, c.pending = now, 1
	c.dialogue.(*wsClient).await()
}

func (c *conn) flush() error {
	n, err := socket.Write(c.fd, c.unsent)
	c.unsent = c.unsent[n:]
	return err
}

// receive reads once, through scratch, and returns how many answers that completed.
func (c *conn) receive(scratch []byte) (answers int, err error) {
	held := copy(scratch, c.rest)
	n, err := socket.Read(c.fd, scratch[held:])
	if err != nil {
		return 0, err
	}
	buf := scratch[:held+n]
	for len(buf) > 0 {
		taken, done, err := c.dialogue.answer(buf)
		if err != nil {
			return answers, err
		}
		if done {
			answers++
		}
		if taken == 0 {
			break
		}
		buf = buf[taken:]
	}
	c.rest = append(c.rest[:0], buf...)
	if c.pending -= answers; c.pending < 0 {
		return answers, fmt.Errorf("load: %d answers that were not asked for", -c.pending)
	}
	return answers, nil
}

// exchange puts one question and waits for its answers.
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
