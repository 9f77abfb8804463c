package succession

import (
	"context"
	"net"
	"os"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

// A fakeServer has one socket.
type fakeServer struct {
	socket  *net.TCPListener
	stopped bool
	drained bool
}

func (s *fakeServer) Files() ([]*os.File, error) {
	f, err := s.socket.File()
	return []*os.File{f}, err
}

func (s *fakeServer) Stop() { s.stopped = true }

func (s *fakeServer) Shutdown(context.Context) error {
	s.drained = true
	return nil
}

func listen(t *testing.T) *net.TCPListener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	return l.(*net.TCPListener)
}

func TestName(t *testing.T) {
	require.Equal(t, "tcp :80", Name("", 80, ""))
	require.Equal(t, "tcp6 [::1]:0", Name("tcp6", 0, "::1"))
}

func TestSocketsHaveTheNamesThatWereAskedFor(t *testing.T) {
	named, other := &fakeServer{socket: listen(t)}, &fakeServer{socket: listen(t)}
	AddListener(named, func(s *fakeServer) Listener { return s })
	AddListener(other, func(s *fakeServer) Listener { return s })
	AddDrainer(named, func(s *fakeServer) Drainer { return s })
	Named("tcp 127.0.0.1:0", named.socket.Addr())

	sockets, err := Sockets()
	require.NoError(t, err)
	names := map[string]int{}
	for _, s := range sockets {
		names[s.Name]++
		s.File.Close()
	}
	require.Equal(t, map[string]int{"tcp 127.0.0.1:0": 1, other.socket.Addr().String(): 1}, names)

	Drain(context.Background())
	require.True(t, named.stopped && named.drained && other.stopped)
	runtime.KeepAlive(other)
}

func TestTakeInheritedSockets(t *testing.T) {
	file := func() *os.File {
		f, err := listen(t).File()
		require.NoError(t, err)
		return f
	}
	a, b, c := file(), file(), file()
	Inherit([]Socket{{"one", a}, {"two", b}, {"one", c}})
	require.Equal(t, []*os.File{a, c}, Take("one"))
	require.Nil(t, Take("one"), "once")
	require.Nil(t, Take("three"))
	CloseUnused()
	require.ErrorIs(t, b.Close(), os.ErrClosed)
	require.NoError(t, a.Close())
	require.Nil(t, Take("two"))
}

func TestServersAreNotKeptAlive(t *testing.T) {
	before := len(drainers())
	for range 100 {
		AddDrainer(&fakeServer{}, func(s *fakeServer) Drainer { return s })
	}
	runtime.GC()
	runtime.GC()
	require.LessOrEqual(t, len(drainers()), before)
	state.Lock()
	state.drainers.prune()
	kept := len(state.drainers.items)
	state.Unlock()
	require.LessOrEqual(t, kept, before)
}

func TestWhenAccepting(t *testing.T) {
	var calls []string
	run := func(fn func()) { calls = append(calls, "run"); fn() }
	WhenAccepting(func() { calls = append(calls, "first") })
	require.Empty(t, calls)
	Accepting(run)
	Accepting(run)
	WhenAccepting(func() { calls = append(calls, "second") })
	Run(func() { calls = append(calls, "third") })
	require.Equal(t, []string{"run", "first", "run", "second", "run", "third"}, calls)
}
