package iostream

import (
	"bytes"
	"io"
	"net"
	"os"
	"testing"

	"github.com/gotornado/tornado/internal/looptest"
	"github.com/gotornado/tornado/ioloop"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// After CloseWrite the peer reads the end after all output, and the stream still reads the peer's
// output.
func TestCloseWrite(t *testing.T) {
	each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
		data := pattern(2 << 20)
		sent := s.Write(data)
		s.CloseWrite()
		s.CloseWrite()
		_, err := s.Write([]byte("late")).Await()
		require.ErrorIs(t, err, errShut)
		s.Send([]byte("late"))
		s.SendRef([]byte("late"))
		got, err := off(s, func() ([]byte, error) { return io.ReadAll(peer) })
		require.NoError(t, err)
		require.True(t, bytes.Equal(data, got))
		_, err = sent.Await()
		require.NoError(t, err)
		io.WriteString(peer, "answer")
		require.Equal(t, "answer", await(t, s.ReadBytes(6, false)))
		require.False(t, s.Closed())
		_, err = s.Write([]byte("late")).Await()
		require.ErrorIs(t, err, errShut)
		s.Send([]byte("late"))
		pause(s)
		require.Nil(t, s.out)
		peer.Close()
		require.Equal(t, "", await(t, s.ReadUntilClose()))
		require.NoError(t, s.Err())
	})
}

// After CloseWrite the sending side stays closed, even if the peer closes its side or
// CloseWhenFlushed is called while output is unsent.
func TestCloseWriteIsFinal(t *testing.T) {
	for name, end := range map[string]func(s *IOStream, peer net.Conn){
		"peer":             func(s *IOStream, peer net.Conn) { s.CloseWrite(); peer.(*net.TCPConn).CloseWrite(); pause(s) },
		"CloseWhenFlushed": func(s *IOStream, _ net.Conn) { s.CloseWrite(); s.CloseWhenFlushed() },
		"before":           func(s *IOStream, _ net.Conn) { s.CloseWhenFlushed(); s.CloseWrite() },
	} {
		t.Run(name, func(t *testing.T) {
			pair(t, nil, func(s *IOStream, peer net.Conn) {
				data := make([]byte, 16<<20)
				s.Send(data)
				end(s, peer)
				require.True(t, s.Writing())
				late := s.Write([]byte("late"))
				require.True(t, late.Done())
				_, err := late.Result()
				require.ErrorIs(t, err, errShut)
				s.Send([]byte("late"))
				got, err := off(s, func() ([]byte, error) { return io.ReadAll(peer) })
				require.NoError(t, err)
				require.True(t, bytes.Equal(data, got))
				require.True(t, s.Closed())
				require.NoError(t, s.Err())
			})
		})
	}
}

// A unix socket reports that the peer has gone a moment before it has room for a write. A
// stream that reads no more and has unsent output continues to watch for room.
func TestHangupBeforeThereIsRoom(t *testing.T) {
	over(t, "unix", &Options{ReadChunkSize: 1}, func(s *IOStream, peer net.Conn) {
		closed := ioloop.NewFuture[error](s.Loop())
		s.SetCloseCallback(func() { closed.SetResult(s.Err()) })
		s.Send(make([]byte, 16<<20))
		io.WriteString(peer, "x")
		for s.watching != ioloop.Write { // until the stream holds a byte, and the socket has no room
			pause(s)
		}
		s.handleEvents(ioloop.Error)
		peer.Close()
		err, _ := closed.Await()
		require.True(t, isDisconnect(err), err)
	})
}

// With HalfOpen, the peer still receives output after it has closed its sending side.
func TestHalfOpen(t *testing.T) {
	each(t, &Options{HalfOpen: true}, func(t *testing.T, s *IOStream, peer net.Conn) {
		io.WriteString(peer, "question")
		require.NoError(t, peer.(interface{ CloseWrite() error }).CloseWrite())
		require.Equal(t, "question", await(t, s.ReadUntilClose()))
		pause(s)
		_, err := s.ReadBytes(1, false).Await()
		var closed *StreamClosedError
		require.ErrorAs(t, err, &closed)
		require.False(t, s.Closed())
		_, err = s.Write([]byte("answer")).Await()
		require.NoError(t, err)
		s.CloseWrite()
		got, err := off(s, func() ([]byte, error) { return io.ReadAll(peer) })
		require.NoError(t, err)
		require.Equal(t, "answer", string(got))
		require.True(t, s.Closed(), "both sides have ended")
	})
}

// The pool of a loop keeps a limited number of buffers and of bytes.
func TestPooledBuffersAreBounded(t *testing.T) {
	var b bufferPool
	for range 1000 {
		b.putWrite(&writeBuffer{buf: make([]byte, 0, keepCapacity)})
		b.putRead(&readBuffer{buf: make([]byte, 0, keepCapacity)})
	}
	require.Equal(t, maxPooledBytes, b.pooled)
	for len(b.reads) > 0 {
		b.getRead()
	}
	for len(b.writes) > 0 {
		b.getWrite()
	}
	require.Zero(t, b.pooled)
	for range 2000 {
		b.putRead(&readBuffer{})
	}
	require.Len(t, b.reads, maxPooled)
}

// CloseWhenFlushed sends the queued output before it closes.
func TestCloseWhenFlushed(t *testing.T) {
	each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
		data := pattern(8 << 20)
		s.Send(data)
		s.CloseWhenFlushed()
		got, err := off(s, func() ([]byte, error) { return io.ReadAll(peer) })
		require.NoError(t, err)
		require.True(t, bytes.Equal(data, got))
		pause(s)
		require.True(t, s.Closed())
	})
}

// iostream-26: when the close callback runs, reads and writes have failed and their waiters
// have run.
func TestCloseCallbackComesLast(t *testing.T) {
	each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
		var order []string
		read, write := s.ReadBytes(1, false), s.Write(make([]byte, 16<<20))
		s.Loop().SpawnFunc(func() { read.Await(); order = append(order, "read") })
		s.Loop().SpawnFunc(func() { write.Await(); order = append(order, "write") })
		s.SetCloseCallback(func() { order = append(order, "close") })
		pause(s)
		s.Close()
		require.Empty(t, order)
		pause(s)
		require.Equal(t, []string{"read", "write", "close"}, order)
		_, err := write.Result()
		var closed *StreamClosedError
		require.ErrorAs(t, err, &closed)
	})
}

// iostream-28: a close callback that is set after the close runs when Close is called again.
func TestCloseCallbackSetLate(t *testing.T) {
	pair(t, nil, func(s *IOStream, peer net.Conn) {
		runs := 0
		s.Close()
		s.SetCloseCallback(func() { runs++ })
		pause(s)
		require.Zero(t, runs)
		s.Close()
		s.Close()
		pause(s)
		require.Equal(t, 1, runs)
	})
}

// iostream-29.
func TestCloseIsSeenWithNoReadOutstanding(t *testing.T) {
	each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
		closed := ioloop.NewFuture[bool](s.Loop())
		s.SetCloseCallback(func() { closed.SetResult(true) })
		peer.Close()
		_, err := closed.Await()
		require.NoError(t, err)
		require.NoError(t, s.Err())
	})
}

// iostream-15: text, log and reason.
func TestMaxBufferSizeIsLogged(t *testing.T) {
	pair(t, &Options{MaxBufferSize: 1000}, func(s *IOStream, peer net.Conn) {
		log := captureLog(t)
		f := s.ReadBytes(5000, false)
		peer.Write(make([]byte, 2000))
		_, err := f.Await()
		require.ErrorIs(t, err, ErrStreamBufferFull)
		require.Contains(t, log(), "Reached maximum read buffer size")
	})
}

// iostream-5: the close is logged at level info.
func TestUnsatisfiableReadIsLogged(t *testing.T) {
	pair(t, nil, func(s *IOStream, peer net.Conn) {
		log := captureLog(t)
		io.WriteString(peer, "abcdef")
		_, err := s.ReadUntil([]byte("\n"), 3).Await()
		require.Error(t, err)
		require.Contains(t, log(), "level=INFO msg=\"Unsatisfiable read, closing connection: ")
	})
}

// iostream-25: a failed write whose future is not used logs nothing.
func TestIgnoredWriteFailureIsNotLogged(t *testing.T) {
	each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
		log := captureLog(t)
		s.Write(make([]byte, 16<<20))
		peer.Close()
		pause(s)
		pause(s)
		require.True(t, s.Closed())
		require.Empty(t, log())
	})
}

// iostream-41.
func TestSetNodelay(t *testing.T) {
	each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
		for _, on := range []bool{true, false, true} {
			s.SetNodelay(on)
			got, err := unix.GetsockoptInt(s.Fileno(), unix.IPPROTO_TCP, unix.TCP_NODELAY)
			if _, isTCP := s.LocalAddr().(*net.TCPAddr); isTCP {
				require.NoError(t, err)
				require.Equal(t, on, got != 0)
			}
		}
		s.Close()
		s.SetNodelay(true)
		require.Equal(t, -1, s.Fileno())
	})
}

// withPipe runs fn with both ends of a pipe as streams.
func withPipe(t *testing.T, fn func(t *testing.T, r, w *IOStream)) {
	looptest.RunNew(t, func(l *ioloop.IOLoop) {
		var fds [2]int
		require.NoError(t, unix.Pipe(fds[:]))
		r, err := NewPipe(l, fds[0], nil)
		require.NoError(t, err)
		defer r.Close()
		w, err := NewPipe(l, fds[1], nil)
		require.NoError(t, err)
		defer w.Close()
		fn(t, r, w)
	})
}

// iostream-42: reads, big writes and the end of a pipe.
func TestPipe(t *testing.T) {
	withPipe(t, func(t *testing.T, r, w *IOStream) {
		w.Write([]byte("hel"))
		w.Write([]byte("lo\nrest"))
		require.Equal(t, "hello\n", await(t, r.ReadUntil([]byte("\n"), 0)))
		require.Equal(t, "rest", await(t, r.ReadBytes(4, false)))
		data := pattern(3 << 20)
		sent := w.Write(data)
		require.True(t, await(t, r.ReadBytes(len(data), false)) == string(data))
		_, err := sent.Await()
		require.NoError(t, err)
		w.Send([]byte("end"))
		w.Close()
		require.Equal(t, "end", await(t, r.ReadUntilClose()))
		require.True(t, r.Closed())
		require.NoError(t, r.Err())
	})
}

// iostream-42: the writing end learns without a write that the reading end is closed.
func TestPipeReaderCloses(t *testing.T) {
	withPipe(t, func(t *testing.T, r, w *IOStream) {
		gone := ioloop.NewFuture[bool](w.Loop())
		w.SetCloseCallback(func() { gone.SetResult(true) })
		pause(w)
		require.False(t, w.Closed())
		r.Close()
		_, err := gone.Await()
		require.NoError(t, err)
		require.ErrorIs(t, w.Err(), unix.EPIPE)
	})
}

// iostream-42: each end works in one direction only.
func TestPipeIsOneWay(t *testing.T) {
	withPipe(t, func(t *testing.T, r, w *IOStream) {
		_, err := r.Write([]byte("x")).Await()
		require.ErrorIs(t, err, errShut)
		_, err = w.ReadBytes(1, false).Await()
		var closed *StreamClosedError
		require.ErrorAs(t, err, &closed)
	})
	looptest.RunNew(t, func(l *ioloop.IOLoop) {
		_, err := NewPipe(l, -1, nil)
		require.ErrorIs(t, err, unix.EBADF)
		file, err := os.Create(t.TempDir() + "/file")
		require.NoError(t, err)
		defer file.Close()
		s, err := NewPipe(l, int(file.Fd()), nil)
		require.ErrorIs(t, err, unix.EPERM)
		require.Nil(t, s)
	})
}

// FuzzWriteBuffer compares the write buffer with a plain slice. The buffer sends the bytes that
// were written, in order, and calls each waiter as soon as its bytes were sent.
func FuzzWriteBuffer(f *testing.F) {
	f.Add([]byte{5, 70, 200, 3, 64, 130, 255, 7})
	f.Fuzz(func(t *testing.T, ops []byte) {
		w := &writeBuffer{}
		var model, sent []byte
		var written uint64
		told := 0
		for at, op := range ops {
			n := int(op & 63)
			part := bytes.Repeat([]byte{byte(at)}, n)
			switch op >> 6 {
			case 0:
				w.endAppend(append(w.beginAppend(), part...))
			case 1:
				w.appendRef(append(part, 1))
				part = append(part, 1)
			default:
				part = nil
				var pieces []byte
				for _, p := range w.unsentPieces(make([][]byte, 0, maxPieces)) {
					pieces = append(pieces, p...)
				}
				n = min(n, len(pieces))
				sent = append(sent, pieces[:n]...)
				w.dropSent(n)
			}
			model = append(model, part...)
			written += uint64(len(part))
			w.waiters = append(w.waiters, flushWaiter{w.queued, func(error) { told++ }})
			for _, x := range w.takeFlushed() {
				x.fn(nil)
				if x.at > uint64(len(sent)) {
					t.Fatalf("told of %d when %d were sent", x.at, len(sent))
				}
			}
			if w.size != len(model)-len(sent) || w.queued != written || !bytes.HasPrefix(model, sent) {
				t.Fatalf("size %d, queued %d, sent %v of %v", w.size, w.queued, sent, model)
			}
			if w.size == 0 && told != at+1 {
				t.Fatalf("all is sent, and %d of %d were told", told, at+1)
			}
		}
	})
}
