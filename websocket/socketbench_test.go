package websocket_test

import (
	"fmt"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/websocket"
)

// A pipelinedEcho sends back each message and recycles it.
type pipelinedEcho struct{ websocket.WebSocketHandler }

func (h *pipelinedEcho) OnMessage(m websocket.Message) error {
	defer h.Recycle(m)
	return h.WriteMessage(m)
}

// BenchmarkPipelinedEcho sends many messages at once and reads their echoes. The time is
// that of one message, on both sides of the socket.
func BenchmarkPipelinedEcho(b *testing.B) {
	const ahead = 400
	for _, size := range []int{1, 128, 1024, 64 << 10} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			s := serve(b, web.URL("/ws", pipelinedEcho{}))
			c := s.connect("/ws")
			c.SetDeadline(time.Now().Add(time.Hour))
			batch := []byte(strings.Repeat(frames("b:"+strings.Repeat("x", size)), ahead))
			echoes := int64(len(batch) - ahead*4) // a server does not mask
			b.ReportAllocs()
			b.ResetTimer()
			start := cpuTime()
			for sent := 0; sent < b.N; sent += ahead {
				go c.Conn.Write(batch)
				if _, err := io.CopyN(io.Discard, c.r, echoes); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(cpuTime()-start)/float64(b.N), "cpu-ns/op")
		})
	}
}

// cpuTime returns the CPU time of this process, which a busy machine disturbs less than the
// time of the clock.
func cpuTime() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
