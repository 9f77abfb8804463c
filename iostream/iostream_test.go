package iostream

import (
	"bytes"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/gotornado/tornado/ioloop"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// pause lets the loop run until the kernel has delivered the sent bytes and the peer has
// reacted. The extra turns help on a slow machine.
func pause(s *IOStream) {
	ioloop.Sleep(s.Loop(), 5*time.Millisecond).Await()
	for range 10 {
		ioloop.Moment(s.Loop())
	}
}

func await(t *testing.T, f *ioloop.Future[[]byte]) string {
	t.Helper()
	got, err := f.Await()
	require.NoError(t, err)
	return string(got)
}

// iostream-2, iostream-7, iostream-8, iostream-12.
func TestReads(t *testing.T) {
	each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
		io.WriteString(peer, "line one\r\nline two\r\n12345abc")
		require.Equal(t, "line one\r\n", await(t, s.ReadUntil([]byte("\r\n"), 0)))
		require.Equal(t, "line two\r\n", await(t, s.ReadUntil([]byte("\r\n"), 0)))
		require.Equal(t, "12345", await(t, s.ReadBytes(5, false)))
		require.Equal(t, "", await(t, s.ReadBytes(0, false)))
		_, err := s.ReadBytes(-1, false).Await()
		require.EqualError(t, err, "iostream: cannot read -1 bytes: the number must be 0 or more")
		require.Equal(t, "ab", await(t, s.ReadBytes(2, true)))
		require.Equal(t, "c", await(t, s.ReadBytes(10, true)))
		io.WriteString(peer, "the rest")
		peer.Close()
		require.Equal(t, "the", await(t, s.ReadBytes(3, false)))
		pause(s)
		require.False(t, s.Closed(), "there are bytes left")
		require.Equal(t, " rest", await(t, s.ReadUntilClose()))
		require.True(t, s.Closed())
		require.Equal(t, "", await(t, s.ReadUntilClose()))
	})
}

// iostream-1.
func TestASecondReadFailsAndTheFirstGoesOn(t *testing.T) {
	each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
		first := s.ReadBytes(3, false)
		_, err := s.ReadBytes(3, false).Await()
		require.ErrorIs(t, err, ErrAlreadyReading)
		require.True(t, s.Reading())
		io.WriteString(peer, "abc")
		require.Equal(t, "abc", await(t, first))
		require.False(t, s.Reading())
	})
}

// iostream-4, iostream-5, iostream-6.
func TestMaxBytesOfAPendingRead(t *testing.T) {
	for _, tt := range []struct {
		held string
		max  int
		want string
	}{
		{"ab|cdef", 3, "3"},
		{"ab|", 3, "3"},
		{"ab|", 2, "iostream: delimiter \"|\" not found within 2 bytes"},
		{"abc", 3, "iostream: delimiter \"|\" not found within 3 bytes"},
		{"ab", 3, "more"},
		{"abcdef", 0, "more"},
	} {
		r := pendingRead{delim: []byte("|"), maxBytes: tt.max}
		if got := outcome(r.satisfied([]byte(tt.held), false)); got != tt.want {
			t.Errorf("%q within %d: got %s, want %s", tt.held, tt.max, got, tt.want)
		}
	}
}

func outcome(n int, ok bool, err error) string {
	switch {
	case err != nil:
		return err.Error()
	case !ok:
		return "more"
	default:
		return string(rune('0' + n))
	}
}

// FuzzPendingReadUntil checks that a read ends at the first delimiter, however the input is cut.
func FuzzPendingReadUntil(f *testing.F) {
	f.Add([]byte("ab\r\ncd"), []byte("\r\n"), 1)
	f.Add([]byte("aaab"), []byte("aab"), 3)
	f.Fuzz(func(t *testing.T, data, delim []byte, cut int) {
		if len(delim) == 0 || cut < 0 || cut > len(data) {
			return
		}
		r := pendingRead{delim: delim}
		n, ok, err := r.satisfied(data[:cut], false)
		if err == nil && !ok {
			n, ok, err = r.satisfied(data, false)
		}
		want := bytes.Index(data, delim)
		if err != nil || ok != (want >= 0) || ok && n != want+len(delim) {
			t.Fatalf("got %d %v %v, delimiter at %d", n, ok, err, want)
		}
	})
}

func TestUnsatisfiableReadClosesTheStream(t *testing.T) {
	each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
		f := s.ReadUntil([]byte("\n"), 5)
		io.WriteString(peer, "123456")
		_, err := f.Await()
		var closed *StreamClosedError
		require.ErrorAs(t, err, &closed)
		var unsatisfiable *UnsatisfiableReadError
		require.ErrorAs(t, closed.RealError, &unsatisfiable)
		require.True(t, s.Closed())
	})
}

// iostream-13: the bytes of a read that failed at the end of the file stay readable.
func TestReadUnsatisfiedAtEOF(t *testing.T) {
	each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
		io.WriteString(peer, "abc")
		peer.Close()
		_, err := s.ReadUntil([]byte("|"), 0).Await()
		var closed *StreamClosedError
		require.ErrorAs(t, err, &closed)
		require.NoError(t, closed.RealError)
		require.Equal(t, "ab", await(t, s.ReadBytes(2, false)))
	})
}

// iostream-15.
func TestMaxBufferSize(t *testing.T) {
	each(t, &Options{MaxBufferSize: 1000}, func(t *testing.T, s *IOStream, peer net.Conn) {
		f := s.ReadUntil([]byte("|"), 0)
		peer.Write(make([]byte, 2000))
		_, err := f.Await()
		require.ErrorIs(t, err, ErrStreamBufferFull)
	})
}

// iostream-18, iostream-19, iostream-43: small and large writes keep their order.
func TestWrites(t *testing.T) {
	each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
		large := bytes.Repeat([]byte("0123456789"), 1<<18)
		want := "small" + string(large) + "more" + "and" + string(large) + "end"
		got := make(chan string)
		go func() {
			b := make([]byte, len(want))
			io.ReadFull(peer, b)
			got <- string(b)
		}()
		var order []string
		note := func(name string) func(*ioloop.Future[struct{}]) {
			return func(*ioloop.Future[struct{}]) { order = append(order, name) }
		}
		s.Write([]byte("small")).AddDoneCallback(note("small"))
		s.Write(large).AddDoneCallback(note("large"))
		s.Write(nil).AddDoneCallback(note("empty"))
		s.Send([]byte("more"))
		require.True(t, s.Writing())
		pause(s)
		s.Send([]byte("and"))
		s.Send(large)
		_, err := s.Write([]byte("end")).Await()
		require.NoError(t, err)
		require.False(t, s.Writing())
		require.Zero(t, s.Buffered())
		require.True(t, want == <-got)
		require.Equal(t, []string{"small", "large", "empty"}, order)
	})
}

// iostream-20, iostream-21.
func TestWriteErrors(t *testing.T) {
	each(t, &Options{MaxWriteBufferSize: 10}, func(t *testing.T, s *IOStream, peer net.Conn) {
		_, err := s.Write(make([]byte, 11)).Await()
		require.ErrorIs(t, err, ErrStreamBufferFull)
		require.False(t, s.Closed())
		f := s.Write([]byte("last"))
		s.Close()
		require.False(t, f.Done(), "the last write was tried, its future resolves through the loop")
		_, err = f.Await()
		require.NoError(t, err)
		_, err = s.Write([]byte("x")).Await()
		var closed *StreamClosedError
		require.ErrorAs(t, err, &closed)
		b := make([]byte, 10)
		n, _ := peer.Read(b)
		require.Equal(t, "last", string(b[:n]))
	})
}

// iostream-26, iostream-27, iostream-28.
func TestOrderAtClose(t *testing.T) {
	each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
		var got []string
		s.SetCloseCallback(func() { got = append(got, "close callback") })
		f := s.ReadBytes(1, false)
		s.Loop().SpawnFunc(func() {
			_, err := f.Await()
			got = append(got, err.Error())
		})
		s.Close()
		got = append(got, "after close")
		s.Close()
		pause(s)
		require.Equal(t, "after close, iostream: stream is closed, close callback", strings.Join(got, ", "))
	})
}

// iostream-29, iostream-30: without a pending read the stream notices the close, and calls the
// close callback after all input was read.
func TestCloseCallbackWaitsForUnreadBytes(t *testing.T) {
	each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
		closed := false
		s.SetCloseCallback(func() { closed = true })
		io.WriteString(peer, "abc")
		peer.Close()
		pause(s)
		require.False(t, closed)
		require.Equal(t, "abc", await(t, s.ReadBytes(3, false)))
		pause(s)
		require.True(t, closed)
	})
}

// iostream-33: a reset closes the stream without a warning, and Err returns it.
func TestReset(t *testing.T) {
	pair(t, nil, func(s *IOStream, peer net.Conn) {
		f := s.ReadBytes(1, false)
		peer.(*net.TCPConn).SetLinger(0)
		peer.Close()
		_, err := f.Await()
		require.ErrorIs(t, err, unix.ECONNRESET)
		require.ErrorIs(t, s.Err(), unix.ECONNRESET)
	})
}

// iostream-44: while the stream is not read, the peer has to wait (backpressure).
func TestFlowControl(t *testing.T) {
	pair(t, nil, func(s *IOStream, peer net.Conn) {
		peer.SetWriteDeadline(time.Now().Add(200 * time.Millisecond))
		sent := make(chan int64)
		go func() {
			n, _ := io.Copy(peer, io.LimitReader(zeros{}, 64<<20))
			sent <- n
		}()
		n, _ := ioloop.RunInExecutor(s.Loop(), func() (int64, error) { return <-sent, nil }).Await()
		require.Less(t, n, int64(64<<20))
		require.LessOrEqual(t, len(s.held()), 2*scratchSize)
		require.Zero(t, s.watching&ioloop.Read)
		got, err := s.ReadBytes(int(n), false).Await()
		require.NoError(t, err)
		require.Len(t, got, int(n))
	})
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// Unsent output is still sent after the peer has half-closed.
func TestHalfClosedPeerGetsItsResponse(t *testing.T) {
	pair(t, nil, func(s *IOStream, peer net.Conn) {
		answer := make([]byte, 8<<20)
		peer.(*net.TCPConn).CloseWrite()
		s.Send(answer)
		n, err := ioloop.RunInExecutor(s.Loop(), func() (int64, error) { return io.Copy(io.Discard, peer) }).Await()
		require.NoError(t, err)
		require.Equal(t, int64(len(answer)), n)
		require.True(t, s.Closed())
	})
}

func TestIdleStreamHasNoBuffer(t *testing.T) {
	each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
		s.Send([]byte("hello"))
		io.WriteString(peer, "hello")
		require.Equal(t, "hello", await(t, s.ReadBytes(5, false)))
		pause(s)
		require.Nil(t, s.in)
		require.Nil(t, s.out)
		require.NotEmpty(t, s.pool.writes)
	})
}
