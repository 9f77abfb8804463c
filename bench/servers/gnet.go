package servers

import (
	"bytes"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/panjf2000/gnet/v2"
)

// A gnetHello is HTTP by hand on gnet, which knows no protocols, in the way of its
// own HTTP example: the end of each head is found, nothing else is parsed, and the
// answers to all the requests that one read brought leave in one write.
type gnetHello struct {
	gnet.BuiltinEventEngine
	ready  func()
	answer atomic.Pointer[[]byte] // of the current second, for its Date; gnet ticks on a goroutine of its own
	out    []byte
}

func serveGnet(port int, ready func()) error {
	return gnet.Run(&gnetHello{ready: ready}, "tcp://"+address(port),
		gnet.WithMulticore(false), gnet.WithTicker(true))
}

func (h *gnetHello) OnBoot(gnet.Engine) gnet.Action {
	h.OnTick()
	h.ready()
	return gnet.None
}

func (h *gnetHello) OnTick() (time.Duration, gnet.Action) {
	answer := []byte("HTTP/1.1 200 OK\r\nServer: gnet\r\nDate: " + time.Now().UTC().Format(http.TimeFormat) +
		"\r\nContent-Type: " + contentType + "\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body)
	h.answer.Store(&answer)
	return time.Second, gnet.None
}

func (h *gnetHello) OnTraffic(c gnet.Conn) gnet.Action {
	in, err := c.Peek(-1)
	if err != nil {
		return gnet.Close
	}
	endOfHead := []byte("\r\n\r\n")
	answer, taken := *h.answer.Load(), 0
	h.out = h.out[:0]
	for {
		end := bytes.Index(in[taken:], endOfHead)
		if end < 0 {
			break
		}
		taken += end + len(endOfHead)
		h.out = append(h.out, answer...)
	}
	c.Discard(taken)
	if _, err := c.Write(h.out); err != nil {
		return gnet.Close
	}
	return gnet.None
}
