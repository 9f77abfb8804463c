package servers

import (
	"bytes"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/panjf2000/gnet/v2"
)

// A gnetHello is a minimal HTTP server on gnet, like gnet's own HTTP example: gnet itself has no
// protocols. It finds the end of each head and parses nothing else. The responses to all
// requests of one read are sent in one write.
type gnetHello struct {
	gnet.BuiltinEventEngine
	ready    func()
	response atomic.Pointer[[]byte] // for the current second, because of its Date; gnet ticks on its own goroutine
	out      []byte
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
	response := []byte("HTTP/1.1 200 OK\r\nServer: gnet\r\nDate: " + time.Now().UTC().Format(http.TimeFormat) +
		"\r\nContent-Type: " + contentType + "\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body)
	h.response.Store(&response)
	return time.Second, gnet.None
}

func (h *gnetHello) OnTraffic(c gnet.Conn) gnet.Action {
	in, err := c.Peek(-1)
	if err != nil {
		return gnet.Close
	}
	endOfHead := []byte("\r\n\r\n")
	response, taken := *h.response.Load(), 0
	h.out = h.out[:0]
	for {
		end := bytes.Index(in[taken:], endOfHead)
		if end < 0 {
			break
		}
		taken += end + len(endOfHead)
		h.out = append(h.out, response...)
	}
	c.Discard(taken)
	if _, err := c.Write(h.out); err != nil {
		return gnet.Close
	}
	return gnet.None
}
