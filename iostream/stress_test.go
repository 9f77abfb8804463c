package iostream

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"math/rand/v2"
	"net"
	"os"
	"regexp"
	"runtime"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/log"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// These are the ways in which a connection of the stress test ends.
const (
	inOrder     = iota // both sides send everything, half-close, and read to the end
	clientReset        // the client resets in the middle
	serverReset
	clientClose // the client closes in the middle
	endings
)

// A conversation has the values that both sides derive from the seed, which the client
// sends first.
type conversation struct {
	seed   uint64
	ending int
	size   [2]int // bytes from the client, from the server
	cut    int    // bytes after which one side cuts the connection
}

func conversationOf(seed uint64) conversation {
	r := rand.New(rand.NewPCG(seed, 1))
	c := conversation{seed: seed, ending: inOrder}
	if r.IntN(10) < 3 {
		c.ending = r.IntN(endings)
	}
	for i := range c.size {
		c.size[i] = 1 + int(r.ExpFloat64()*50_000)
	}
	c.cut = r.IntN(c.size[0] + 1)
	return c
}

// source returns the bytes that one side sends.
func (c *conversation) source(client bool) *rand.ChaCha8 {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], c.seed)
	if client {
		key[31] = 1
	}
	return rand.NewChaCha8(key)
}

// A stresser is one run of the test. Both loops share its counters.
type stresser struct {
	t        *testing.T
	address  [2]string // plain and TLS
	ended    [endings]atomic.Int64
	bytes    atomic.Int64
	servers  atomic.Int64 // open
	client   *ioloop.IOLoop
	deadline time.Time
	seeds    atomic.Uint64
}

// Many connections read and write at random, are reset, and half-close. No byte is lost, repeated
// or out of order, and no resource is left at the end. TORNADO_STRESS=1 runs 5,000 connections
// for two minutes.
func TestStress(t *testing.T) {
	duration, connections := 3*time.Second, 100
	if os.Getenv("TORNADO_STRESS") != "" {
		duration, connections = 2*time.Minute, 5000
	}
	if testing.Short() {
		duration = 300 * time.Millisecond
	}
	certificates()
	log.IgnoreSIGPIPE() // IOLoop.Start calls it, and its goroutine stays
	descriptors, goroutines, memory := usage()
	x := &stresser{t: t, deadline: time.Now().Add(duration)}
	server, client := looptest.New(t), looptest.New(t)
	stopServer, stopClient := looptest.Start(t, server), looptest.Start(t, client)
	x.client = client
	stopListening := x.listen(server)
	running := make(chan bool, connections)
	for i := range connections {
		client.AddCallback(func() {
			for time.Now().Before(x.deadline) {
				x.talk(i%2 == 1)
			}
			running <- true
		})
	}
	for range connections {
		select {
		case <-running:
		case <-time.After(duration + 2*time.Minute):
			t.Fatal("connections hang")
		}
	}
	require.Eventually(t, func() bool { return x.servers.Load() == 0 }, looptest.Patience, 10*time.Millisecond)
	stopListening()
	stopClient()
	stopServer()
	x.client = nil   // drops the pool of the loop
	for range 3000 { // goroutines need a moment to end
		if d, g, _ := usage(); d <= descriptors && g <= goroutines {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	d, g, m := usage()
	require.LessOrEqual(t, d, descriptors, "descriptors")
	require.LessOrEqual(t, g, goroutines, "goroutines")
	require.Less(t, m, memory+16<<20, "memory")
	t.Logf("%d in order, %d + %d reset, %d closed, %d MiB", x.ended[inOrder].Load(), x.ended[clientReset].Load(),
		x.ended[serverReset].Load(), x.ended[clientClose].Load(), x.bytes.Load()>>20)
}

func usage() (descriptors, goroutines int, memory uint64) {
	runtime.GC()
	names, _ := os.ReadDir("/dev/fd")
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return len(names), runtime.NumGoroutine(), m.HeapAlloc
}

// listen accepts connections and makes them streams of l.
func (x *stresser) listen(l *ioloop.IOLoop) (stop func()) {
	var stops []func()
	for i, config := range []*tls.Config{nil, certificates().server} {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(x.t, err)
		x.address[i] = ln.Addr().String()
		options := x.options(config)
		ended := make(chan bool)
		go func() {
			defer close(ended)
			for {
				conn, err := ln.Accept()
				if err != nil {
					return
				}
				fd, err := dupConn(conn.(syscall.Conn))
				conn.Close()
				if err != nil {
					x.t.Error(err)
					return
				}
				l.AddCallback(func() { x.serve(l, fd, options) })
			}
		}()
		stops = append(stops, func() { ln.Close(); <-ended })
	}
	return func() {
		for _, stop := range stops {
			stop()
		}
	}
}

func (x *stresser) options(config *tls.Config) *Options {
	return &Options{TLS: config, HalfOpen: true, HandshakeTimeout: 10 * time.Minute}
}

func (x *stresser) serve(l *ioloop.IOLoop, fd int, o *Options) {
	s, err := New(l, fd, o)
	if err != nil {
		x.t.Error(err)
		return
	}
	x.servers.Add(1)
	s.SetCloseCallback(func() { x.servers.Add(-1) })
	first, err := s.ReadBytes(8, false).Await()
	if err != nil {
		s.Close() // reset before it began
		return
	}
	c := conversationOf(binary.LittleEndian.Uint64(first))
	x.run(s, &c, false)
}

func (x *stresser) talk(secure bool) {
	o, address := x.options(nil), x.address[0]
	if secure {
		o, address = x.options(certificates().client), x.address[1]
	}
	s := NewUnconnected(x.client, o)
	connected := s.Connect("tcp", address)
	c := conversationOf(x.seeds.Add(1))
	s.Send(binary.LittleEndian.AppendUint64(nil, c.seed))
	if c.seed%2 == 0 {
		if _, err := connected.Await(); err != nil {
			x.t.Error("connect:", err)
			return
		}
	}
	x.run(s, &c, true)
	x.ended[c.ending].Add(1)
}

// run sends, and checks the input at the same time. It returns when both have ended.
func (x *stresser) run(s *IOStream, c *conversation, client bool) {
	out, in, cut := c.size[0], c.size[1], -1
	if !client {
		out, in = in, out
	}
	if c.ending == clientReset && client || c.ending == clientClose && client || c.ending == serverReset && !client {
		cut = min(c.cut, out)
	}
	written := ioloop.NewFuture[bool](s.Loop())
	s.Loop().SpawnFunc(func() {
		x.write(s, c, client, out, cut)
		written.SetResult(true)
	})
	x.read(s, c, !client, in)
	written.Await()
	if c.ending != inOrder {
		s.Close()
	}
}

// write sends size bytes and half-closes, or cuts the connection in the middle.
func (x *stresser) write(s *IOStream, c *conversation, client bool, size, cut int) {
	source, r := c.source(client), rand.New(rand.NewPCG(c.seed, 2))
	for sent := 0; sent < size; {
		if cut >= 0 && sent >= cut {
			if c.ending != clientClose && s.fd >= 0 {
				unix.SetsockoptLinger(int(s.fd), unix.SOL_SOCKET, unix.SO_LINGER, &unix.Linger{Onoff: 1})
			}
			s.Close()
			return
		}
		p := make([]byte, min(size-sent, 1+r.IntN(1<<r.IntN(17))))
		source.Read(p)
		sent += len(p)
		switch r.IntN(4) {
		case 0:
			s.Send(p)
		case 1:
			s.SendRef(p)
		case 2:
			s.EndWrite(append(s.BeginWrite(), p...))
		default:
			if _, err := s.Write(p).Await(); err != nil {
				x.mayFail(c, err)
				return
			}
		}
		if r.IntN(50) == 0 {
			ioloop.Sleep(s.Loop(), time.Millisecond).Await()
		}
	}
	s.CloseWrite()
}

var someByte = regexp.MustCompile("[\x01-\x10]")

// read checks the size bytes that come, and that no bytes follow.
func (x *stresser) read(s *IOStream, c *conversation, client bool, size int) {
	source, r := c.source(client), rand.New(rand.NewPCG(c.seed, 3))
	for got := 0; got < size; {
		p, err := readSome(s, r, size-got)
		if err != nil {
			x.mayFail(c, err)
			return
		}
		want := make([]byte, len(p))
		source.Read(want)
		if !bytes.Equal(p, want) {
			x.t.Errorf("seed %d: wrong bytes among those from %d of %d on", c.seed, got, size)
			s.Close()
			return
		}
		got += len(p)
		x.bytes.Add(int64(len(p)))
	}
	rest, err := s.ReadUntilClose().Await()
	if len(rest) > 0 || err != nil {
		x.t.Errorf("seed %d: %d bytes after the end, %v", c.seed, len(rest), err)
	}
}

func readSome(s *IOStream, r *rand.Rand, left int) ([]byte, error) {
	n := min(left, 1+r.IntN(1<<r.IntN(17)))
	switch kind := r.IntN(6); {
	case kind == 0:
		return s.ReadBytes(n, false).Await()
	case kind == 1:
		p := make([]byte, n)
		n, err := s.ReadInto(p, r.IntN(2) == 0).Await()
		return p[:n], err
	case kind == 2 && left > 10_000:
		return s.ReadUntil([]byte{byte(n)}, 0).Await()
	case kind == 3 && left > 10_000:
		return s.ReadUntilRegex(someByte, 0).Await()
	default:
		return s.ReadBytes(n, true).Await()
	}
}

// mayFail reports err as a fault of the test, unless the conversation is one that a side cuts.
func (x *stresser) mayFail(c *conversation, err error) {
	if c.ending == inOrder {
		x.t.Errorf("seed %d: %v", c.seed, err)
	}
}
