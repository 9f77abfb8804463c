package tcpserver

import (
	"context"
	"io"
	"net"
	"net/netip"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/stretchr/testify/require"
)

// tcp-1: connections to a bound socket are accepted after Start, and not before.
func TestBindDefersToStart(t *testing.T) {
	accepted := make(chan struct{}, 1)
	l := looptest.New(t)
	s := New(counting(accepted), Options{Loop: l})
	bound, err := s.Bind(0, "127.0.0.1")
	require.NoError(t, err)
	dial(t, bound.String()) // waits in the backlog
	_, err = ioloop.RunSync(l, looptest.Patience, func() (struct{}, error) {
		return ioloop.Sleep(l, time.Millisecond).Await()
	})
	require.NoError(t, err)
	require.Empty(t, accepted)
	require.NoError(t, s.Start(1))
	looptest.Start(t, l)
	<-accepted
}

// tcp-1: connections to a socket that is bound after Start are accepted at once.
func TestBindAfterStart(t *testing.T) {
	l := looptest.New(t)
	s := New(echoLines, Options{Loop: l})
	require.NoError(t, s.Start(1))
	bound, err := s.Bind(0, "127.0.0.1")
	require.NoError(t, err)
	looptest.Start(t, l)
	require.Equal(t, "hello\n", ask(t, dial(t, bound.String()), "hello\n"))
}

// tcp-1: Start(1) makes no loops, and Start(0) makes one for each CPU. Start can be called only
// once.
func TestStart(t *testing.T) {
	for n, want := range map[int]int{1: 1, 3: 3, 0: runtime.GOMAXPROCS(0)} {
		s, _ := serve(t, n, echoLines)
		if got := len(s.Loops()); got != want {
			t.Errorf("Start(%d): %d loops, want %d", n, got, want)
		}
		require.ErrorContains(t, s.Start(1), "called twice")
	}
}

// tcp-8: the kernel spreads connections over the sockets of the loops.
func TestConnectionsReachEveryLoop(t *testing.T) {
	loops := make(chan *ioloop.IOLoop, 200)
	s, address := serve(t, 2, func(s *iostream.IOStream, _ netip.AddrPort) error {
		loops <- s.Loop()
		return nil
	})
	seen := map[*ioloop.IOLoop]int{}
	for range cap(loops) { // all connections on the same one of two loops would be a coincidence of one in 2^199
		dial(t, address).Close()
		seen[<-loops]++
	}
	require.Len(t, seen, 2)
	for _, l := range s.Loops() {
		require.Contains(t, seen, l)
	}
}

// A Start that fails starts nothing, and can be repeated.
func TestStartFails(t *testing.T) {
	l := looptest.New(t)
	s := New(echoLines, Options{Loop: l, Sockets: SocketOptions{Network: "tcp4"}})
	bound, err := s.Bind(0, "127.0.0.1")
	require.NoError(t, err)
	fds := s.bound
	s.bound = []int{fds[0], -1}
	require.Error(t, s.Start(2))
	require.Len(t, s.Loops(), 1)
	s.bound = fds
	require.NoError(t, s.Start(1))
	looptest.Start(t, l)
	require.Equal(t, "hello\n", ask(t, dial(t, bound.String()), "hello\n"))
	s.Stop()
	requireRefused(t, bound.String())
}

// tcp-2, tcp-3: after Stop no connection is accepted, and open connections go on.
func TestStop(t *testing.T) {
	for _, loops := range []int{1, 2} {
		s, address := serve(t, loops, echoLines)
		c := dial(t, address)
		require.Equal(t, "one\n", ask(t, c, "one\n"))
		s.Stop()
		s.Stop()
		requireRefused(t, address)
		require.Equal(t, "two\n", ask(t, c, "two\n"))
	}
}

// tcp-2: waiting connections are not accepted after a Stop.
func TestStopInTheCallback(t *testing.T) { // netutil-4
	l := looptest.New(t)
	var s *TCPServer
	accepted := make(chan struct{}, 1000)
	s = New(func(*iostream.IOStream, netip.AddrPort) error {
		accepted <- struct{}{}
		s.Stop()
		return nil
	}, Options{Loop: l})
	bound, err := s.Listen(0, "127.0.0.1")
	require.NoError(t, err)
	for range 10 {
		dial(t, bound.String())
	}
	looptest.Start(t, l)
	requireRefused(t, bound.String())
	require.Len(t, accepted, 1)
}

// tcp-2
func TestStopFromManyGoroutines(t *testing.T) {
	s, address := serve(t, 3, echoLines)
	var stopping sync.WaitGroup
	for range 10 {
		stopping.Go(s.Stop)
	}
	stopping.Wait()
	requireRefused(t, address)
}

// tcp-2: if a loop ends in the turn of the Stop, or has ended, no socket is left to which clients
// could connect.
func TestStopWhenTheLoopIsClosed(t *testing.T) {
	for name, shutDown := range map[string]func(*TCPServer, *ioloop.IOLoop){
		"in that turn":         func(s *TCPServer, l *ioloop.IOLoop) { s.Stop(); l.Close() },
		"all, in that turn":    func(s *TCPServer, l *ioloop.IOLoop) { s.Stop(); l.CloseAll() },
		"all, before the stop": func(s *TCPServer, l *ioloop.IOLoop) { l.CloseAll(); s.Stop() },
		"called twice": func(s *TCPServer, l *ioloop.IOLoop) {
			l.Close()
			context.AfterFunc(l.Context(), s.Stop)
		},
	} {
		t.Run(name, func(t *testing.T) {
			l := looptest.New(t)
			s := New(echoLines, Options{Loop: l})
			bound, err := s.Listen(0, "127.0.0.1")
			require.NoError(t, err)
			l.AddCallback(func() { shutDown(s, l) })
			require.NoError(t, l.Start())
			requireRefused(t, bound.String())
		})
	}
}

func TestStopBeforeStart(t *testing.T) {
	s := New(echoLines, Options{Loop: looptest.New(t)})
	bound, err := s.Bind(0, "127.0.0.1")
	require.NoError(t, err)
	s.Stop()
	requireRefused(t, bound.String())
	require.NoError(t, s.Start(2), "nothing is bound, so nothing is accepted")
	s.Close()
}

func TestCloseEndsTheLoopsThatStartMade(t *testing.T) {
	loops := make(chan *ioloop.IOLoop, 1)
	own := looptest.New(t)
	s := New(func(s *iostream.IOStream, peer netip.AddrPort) error {
		if loops <- s.Loop(); s.Loop() != own {
			return nil // so that no coroutine waits on the stream when its loop ends
		}
		return echoLines(s, peer)
	}, Options{Loop: own})
	bound, err := s.Bind(0, "127.0.0.1")
	require.NoError(t, err)
	require.NoError(t, s.Start(3))
	looptest.Start(t, own)
	address, all := bound.String(), s.Loops()
	connections := map[*ioloop.IOLoop]net.Conn{}
	for len(connections) < len(all) {
		c := dial(t, address)
		connections[<-loops] = c
	}
	s.Close()
	s.Close()
	requireRefused(t, address)
	require.Equal(t, all[:1], s.Loops())
	for _, l := range all[1:] {
		<-l.Context().Done()
		_, err := connections[l].Read(make([]byte, 1))
		require.ErrorIs(t, err, io.EOF)
	}
	require.Equal(t, "on\n", ask(t, connections[own], "on\n"), "the server's own loop goes on")
}
