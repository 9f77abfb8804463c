package websocket_test

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/websocket"
)

// These are the ways in which a connection of the soak ends, after its last echo or before.
const (
	clientCloses = iota
	clientAborts
	serverCloses
	serverAborts
	soakEndings
)

// closeTime is the time that each side waits for the other's close frame.
const closeTime = 5 * time.Second

// byeCode is the close code of both sides.
const byeCode = 4000

// TestSoak has many clients use an echo, with and without compression. Messages have random
// sizes, several are sent at once, and connections end in every way at any time. Each message
// must come back once, in order and unchanged, and nothing may be left at the end. With
// TORNADO_STRESS=1 it runs for ten minutes with 2,000 clients.
func TestSoak(t *testing.T) {
	clients, duration := 50, time.Second
	if os.Getenv("TORNADO_STRESS") != "" {
		clients, duration = 2000, 10*time.Minute
	}
	log := slog.Default()
	slog.SetDefault(slog.New(slog.DiscardHandler))
	defer slog.SetDefault(log)

	s := startSoak(t)
	s.clients = clients
	soakRound(t, s, clients/10, time.Second) // warms up
	before := measured()
	soakRound(t, s, clients, duration)
	t.Logf("%d connections, %d messages, %d MiB", s.connections.Load(), s.messages.Load(), s.bytes.Load()>>20)
	for start := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		after := measured()
		if s.open.Load() == 0 && after.descriptors <= before.descriptors && after.goroutines <= before.goroutines+10 &&
			after.heap <= before.heap+before.heap/2+8<<20 {
			return
		}
		if time.Since(start) > 20*time.Second {
			t.Fatalf("%d sockets are open; before %+v, after %+v", s.open.Load(), before, after)
		}
	}
}

type soak struct {
	address                            string
	clients                            int
	open, connections, messages, bytes atomic.Int64
}

// A soaked handler echoes messages. When the client says so, it ends the connection in one of the
// ways of a server.
type soaked struct {
	websocket.WebSocketHandler
	soak     *soak
	compress bool
}

func (h *soaked) GetCompressionOptions() *websocket.CompressionOptions {
	if h.compress {
		return &websocket.CompressionOptions{ClientWindowBits: 15}
	}
	return nil
}

func (h *soaked) Open(args ...string) error {
	h.soak.open.Add(1)
	return nil
}

func (h *soaked) OnClose() { h.soak.open.Add(-1) }

func (h *soaked) OnMessage(m websocket.Message) error {
	switch {
	case m.Binary:
		defer h.Recycle(m)
		return h.WriteMessage(m)
	case m.String() == "close":
		return h.Close(byeCode, "bye")
	}
	return errors.New("asked to abort")
}

func startSoak(t *testing.T) *soak {
	t.Helper()
	l, err := ioloop.New(ioloop.Options{})
	require.NoError(t, err)
	s := &soak{}
	app := web.NewApplication([]web.URLSpec{
		web.URL("/plain", soaked{soak: s}),
		web.URL("/deflate", soaked{soak: s, compress: true}),
	}, web.Settings{})
	bound, err := httpserver.New(app, httpserver.Options{Loop: l}).Listen(0, "127.0.0.1")
	require.NoError(t, err)
	s.address = bound.String()
	looptest.Start(t, l)
	return s
}

// soakRound runs the clients on a loop of their own.
func soakRound(t *testing.T, s *soak, clients int, duration time.Duration) {
	t.Helper()
	l, err := ioloop.New(ioloop.Options{})
	require.NoError(t, err)
	defer l.Close()
	_, err = ioloop.RunSync(l, 0, func() (int, error) {
		end := time.Now().Add(duration)
		all := make([]*ioloop.Future[int], clients)
		for i := range all {
			all[i] = ioloop.Go(l, func() (int, error) {
				random := rand.New(rand.NewPCG(uint64(i), uint64(duration)))
				for time.Now().Before(end) {
					if err := s.converse(l, random, i%2 == 0); err != nil {
						return 0, fmt.Errorf("client %d: %w", i, err)
					}
				}
				return 0, nil
			})
		}
		_, err := ioloop.Multi(l, all...).Await()
		return 0, err
	})
	require.NoError(t, err)
}

// converse runs one connection from the handshake to the end.
func (s *soak) converse(l *ioloop.IOLoop, random *rand.Rand, compress bool) error {
	url, o := "ws://"+s.address+"/plain", websocket.ConnectOptions{ConnectTimeout: 5 * time.Minute}
	if compress {
		url, o.Compression = "ws://"+s.address+"/deflate", &websocket.CompressionOptions{}
	}
	c, err := websocket.Connect(l, url, o).Await()
	if err != nil {
		return err
	}
	s.connections.Add(1)
	defer c.Abort()
	for range random.IntN(8) {
		var sent [][]byte
		for range 1 + random.IntN(4) {
			sent = append(sent, soakMessage(random))
			if err := c.WriteMessage(websocket.Binary(slices.Clone(sent[len(sent)-1]))); err != nil {
				return err
			}
		}
		if random.IntN(50) == 0 {
			return nil // with echoes under way
		}
		for i, want := range sent {
			m, err := c.ReadMessage().Await()
			if err != nil || !m.Binary || string(m.Data) != string(want) {
				return fmt.Errorf("echo %d of %d: %d bytes for %d, %v", i, len(sent), len(m.Data), len(want), err)
			}
			s.messages.Add(1)
			s.bytes.Add(int64(len(want)))
		}
		if random.IntN(4) == 0 { // the pauses grow with the number of clients, so that the loops keep up
			ioloop.Sleep(l, time.Duration(random.IntN(s.clients))*time.Millisecond).Await()
		}
	}
	return s.end(c, random.IntN(soakEndings))
}

// end ends a connection on which nothing is under way.
func (s *soak) end(c *websocket.ClientConnection, how int) error {
	switch how {
	case clientCloses:
		if err := c.Close(byeCode, "bye"); err != nil {
			return err
		}
	case clientAborts:
		return nil
	case serverCloses:
		if err := c.WriteMessage(websocket.Text("close")); err != nil {
			return err
		}
	case serverAborts:
		if err := c.WriteMessage(websocket.Text("abort")); err != nil {
			return err
		}
	}
	asked := time.Now()
	m, err := c.ReadMessage().Await()
	late := time.Since(asked) > closeTime-time.Second // the closing side may have stopped waiting (ws-48)
	switch {
	case err != io.EOF:
		return fmt.Errorf("at the end: %q, %v", m.Data, err)
	case how == serverAborts && c.CloseCode() != 0:
		return fmt.Errorf("aborted with code %d", c.CloseCode())
	case how != serverAborts && c.CloseCode() != byeCode && !late:
		return fmt.Errorf("closed with code %d", c.CloseCode())
	}
	return nil
}

// soakMessage returns a message that is small most of the time, and can be compressed a little.
func soakMessage(random *rand.Rand) []byte {
	n := random.IntN(300)
	switch random.IntN(60) {
	case 0:
		n = random.IntN(100 << 10)
	case 1, 2, 3:
		n = random.IntN(5 << 10)
	}
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(random.IntN(40))
	}
	return p
}

type resources struct {
	descriptors, goroutines int
	heap                    uint64
}

// measured returns the resources of the process after a garbage collection.
func measured() (r resources) {
	runtime.GC()
	runtime.GC()
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	r.heap, r.goroutines = memory.HeapAlloc, runtime.NumGoroutine()
	if files, err := os.ReadDir("/proc/self/fd"); err == nil {
		r.descriptors = len(files)
	}
	return r
}
