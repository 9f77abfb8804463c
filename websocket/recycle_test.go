package websocket_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/websocket"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// A recycler echoes each message and recycles its memory. For some messages it waits in between.
type recycler struct {
	websocket.WebSocketHandler
	limits websocket.SendLimits
	most   *int // that was unsent
	came   int
}

func (h *recycler) SendLimits() websocket.SendLimits { return h.limits }

func (h *recycler) OnMessage(m websocket.Message) error {
	defer h.Recycle(m)
	if h.came++; h.came%3 == 0 {
		ioloop.Moment(h.Loop())
	}
	err := h.WriteMessage(m)
	*h.most = max(*h.most, h.BufferedAmount())
	return err
}

// Open makes the socket's send buffer small, so that much output waits to be sent.
func (h *recycler) Open(...string) error {
	return unix.SetsockoptInt(h.Stream().Fileno(), unix.SOL_SOCKET, unix.SO_SNDBUF, 128<<10)
}

// In debug mode recycled memory is overwritten. The client reads late, so a message that was
// recycled while it waited to be sent would arrive changed.
func TestRecycle(t *testing.T) {
	for name, limits := range map[string]websocket.SendLimits{
		"no limits":   {},
		"drop oldest": {MaxBuffered: 1 << 30, WhenFull: websocket.DropOldest},
	} {
		for _, size := range []int{20 << 10, 64 << 10, 1 << 20} {
			most := 0
			s := serve(t, web.URL("/ws", recycler{limits: limits, most: &most}))
			c := s.connect("/ws")
			texts := make([]string, min(200, 6<<20/size)) // more than the kernel takes
			for i := range texts {
				texts[i] = "t:" + strings.Repeat(fmt.Sprintf("%06d-", i), size/7)
			}
			written := make(chan struct{})
			go func() {
				defer close(written)
				for _, text := range texts {
					c.write(frames(text))
				}
			}()
			require.Eventually(t, func() (much bool) {
				s.do(func() { much = most > 900<<10 })
				return much
			}, looptest.Patience, time.Millisecond)
			for i, text := range texts {
				if got := c.read(); got != text {
					t.Fatalf("%s, %d bytes, message %d: got %d bytes, %.40q", name, size, i, len(got), got)
				}
			}
			<-written
		}
	}
}

// The memory of a recycled message is used for the next message on the loop, of any connection.
func TestRecycledMemoryIsUsedAgain(t *testing.T) {
	var seen []*byte
	s := serve(t, web.URL("/ws", reuser{seen: &seen}))
	text := "t:" + strings.Repeat("x", 50<<10)
	for range 3 {
		c := s.connect("/ws")
		c.write(frames(text))
		require.Equal(t, text, c.read())
	}
	s.do(func() {
		require.Len(t, seen, 3)
		require.Same(t, seen[0], seen[1])
		require.Same(t, seen[0], seen[2])
	})
}

type reuser struct {
	websocket.WebSocketHandler
	seen *[]*byte
}

func (h *reuser) OnMessage(m websocket.Message) error {
	*h.seen = append(*h.seen, &m.Data[0])
	defer h.Recycle(m)
	return h.WriteMessage(m)
}

func TestRecycleTwice(t *testing.T) {
	p := probe{notes: newNotes()}
	var logged string
	p.logged = func(_ *probe, err error) { logged = err.Error() }
	p.message = func(h *probe, text string) error {
		m := websocket.Text(strings.Repeat("x", 20<<10))
		h.Recycle(m)
		h.Recycle(m)
		return nil
	}
	s := serve(t, web.URL("/ws", p))
	c := s.connect("/ws")
	c.write(frames("t:go"))
	s.waitClosed(p.notes)
	s.do(func() { require.Contains(t, logged, "recycled already") })
}
