package iostream

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/gotornado/tornado/ioloop"
)

// numbered returns n bytes whose values depend on their positions.
func numbered(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i>>8 ^ i)
	}
	return b
}

func openFile(t *testing.T, content []byte) *File {
	t.Helper()
	name := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(name, content, 0o666))
	f, err := OpenFile(name)
	require.NoError(t, err)
	t.Cleanup(func() { f.Close() })
	return f
}

// received returns the bytes that peer reads until the end.
func received(s *IOStream, peer net.Conn) *ioloop.Future[[]byte] {
	return ioloop.RunInExecutor(s.Loop(), func() ([]byte, error) { return io.ReadAll(peer) })
}

func TestSendFileKeepsItsPlaceInTheOutput(t *testing.T) {
	content := numbered(1 << 20)
	each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
		file, got := openFile(t, content), received(s, peer)
		var want []byte
		text := func(p string) {
			s.Write([]byte(p))
			want = append(want, p...)
		}
		part := func(offset, n int) {
			require.NoError(t, s.SendFile(file, int64(offset), n))
			want = append(want, content[offset:offset+n]...)
		}
		text("head")
		part(0, 300_000)
		part(5, 70_000)
		text("small")
		text(strings.Repeat("held", 10_000))
		part(100, 1000)
		part(1<<20-100_000, 100_000)
		text("tail")
		require.Equal(t, len(want), s.Buffered())
		_, err := s.Write(nil).Await()
		require.NoError(t, err)
		require.Zero(t, s.Buffered())
		part(7, 40_000) // into an empty buffer
		s.CloseWhenFlushed()
		result, err := got.Await()
		require.NoError(t, err)
		require.True(t, bytes.Equal(want, result), "%d bytes of %d", len(result), len(want))
	})
}

func TestFlushedComesAfterTheFileBeforeIt(t *testing.T) {
	pair(t, nil, func(s *IOStream, peer net.Conn) {
		file, flushed := openFile(t, make([]byte, 16<<20)), 0
		require.NoError(t, s.SendFile(file, 0, 16<<20))
		s.Flushed(func(err error) {
			if flushed++; err != nil {
				t.Error(err)
			}
		})
		pause(s) // the peer does not read, so the socket is full now
		require.Zero(t, flushed)
		require.Positive(t, s.Buffered())
		_, err := ioloop.RunInExecutor(s.Loop(), func() (int64, error) { return io.CopyN(io.Discard, peer, 16<<20) }).Await()
		require.NoError(t, err)
		s.Write(nil).Await()
		require.Equal(t, 1, flushed)
	})
}

func TestAFileThatShrankClosesTheStream(t *testing.T) {
	each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
		file, got := openFile(t, numbered(50_000)), received(s, peer)
		require.ErrorIs(t, s.SendFile(file, 49_999, 2), errFileShrank) // returned at once, and nothing is queued
		require.Zero(t, s.Buffered())
		require.NoError(t, s.SendFile(file, 0, 60_000))
		_, err := s.Write([]byte("never sent")).Await()
		require.ErrorIs(t, err, errFileShrank)
		require.True(t, s.Closed())
		result, _ := got.Await()
		require.True(t, bytes.Equal(numbered(50_000), result[:min(50_000, len(result))]))
		require.LessOrEqual(t, len(result), 50_000)
	})
}

// If a file is closed before its part was sent, its descriptor number may belong to another file,
// which must not be sent.
func TestAFileThatIsClosedTooEarlyIsNotSent(t *testing.T) {
	each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
		file := openFile(t, numbered(50_000))
		require.NoError(t, s.SendFile(file, 0, 50_000))
		require.NoError(t, file.Close())
		require.NoError(t, file.Close())
		secret := openFile(t, bytes.Repeat([]byte("secret"), 10_000))
		got := received(s, peer)
		s.Close()
		result, _ := got.Await()
		require.Empty(t, result)
		require.ErrorIs(t, s.SendFile(file, 0, 1), nil, "closed: does nothing")
		secret.Close()
	})
	pair(t, nil, func(s *IOStream, peer net.Conn) {
		file := openFile(t, numbered(100))
		file.Close()
		require.ErrorIs(t, s.SendFile(file, 0, 100), fs.ErrClosed)
	})
}

// A read in an executor after Close returns an error. It does not return bytes of another file
// that has got the descriptor number.
func TestCloseWhileAFileIsRead(t *testing.T) {
	f, reading, ended := openFile(t, numbered(1000)), make(chan bool), make(chan error)
	go func() {
		close(reading)
		for {
			if err := f.Load(0, 1000); err != nil {
				ended <- err
				return
			}
		}
	}()
	<-reading
	require.NoError(t, f.Close())
	require.ErrorIs(t, <-ended, fs.ErrClosed)
}

func TestSendFileToASlowPeer(t *testing.T) {
	content := numbered(4 << 20)
	each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
		file := openFile(t, content)
		require.NoError(t, s.SendFile(file, 0, len(content)))
		s.CloseWhenFlushed()
		got := ioloop.RunInExecutor(s.Loop(), func() ([]byte, error) {
			var all []byte
			for chunk := make([]byte, 100_000); ; {
				n, err := peer.Read(chunk)
				if all = append(all, chunk[:n]...); err != nil {
					return all, nil
				}
			}
		})
		result, err := got.Await()
		require.NoError(t, err)
		require.True(t, bytes.Equal(content, result), "%d bytes", len(result))
	})
}

func TestFileWithoutSendfile(t *testing.T) {
	pair(t, nil, func(s *IOStream, peer net.Conn) { // as on other systems
		content := numbered(200_000)
		file, got := openFile(t, content), received(s, peer)
		p := fileOutput{file: file, size: len(content)}
		for p.size > 0 {
			chunk, err := s.readPart(&p, p.size)
			require.NoError(t, err)
			require.LessOrEqual(t, len(chunk), scratchSize)
			s.SendRef(bytes.Clone(chunk))
			p.offset, p.size = p.offset+int64(len(chunk)), p.size-len(chunk)
		}
		s.CloseWhenFlushed()
		result, err := got.Await()
		require.NoError(t, err)
		require.True(t, bytes.Equal(content, result))
	})
}

func TestOpenFile(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(name, []byte("hello"), 0o640))
	require.NoError(t, os.Chtimes(name, time.Time{}, time.Unix(1_000_000_000, 5)))
	require.NoError(t, syscall.Mkfifo(filepath.Join(dir, "fifo"), 0o600))
	for _, tt := range []struct {
		name string
		mode fs.FileMode
		err  error
	}{
		{"file", 0o640, nil},
		{"", fs.ModeDir | 0o755, nil},
		{"fifo", fs.ModeIrregular | 0o600, nil}, // at once, although no process writes
		{"none", 0, fs.ErrNotExist},
		{"file/below", 0, syscall.ENOTDIR},
		{"a\x00b", 0, syscall.EINVAL},
	} {
		f, err := OpenFile(filepath.Join(dir, tt.name))
		if !errors.Is(err, tt.err) {
			t.Errorf("%q: %v, want %v", tt.name, err, tt.err)
		}
		if f == nil {
			continue
		}
		if f.Mode() != tt.mode && tt.name != "" || f.Mode().IsDir() != tt.mode.IsDir() {
			t.Errorf("%q: mode %v, want %v", tt.name, f.Mode(), tt.mode)
		}
		require.NoError(t, f.Close())
	}
	f, err := OpenFile(name)
	require.NoError(t, err)
	defer f.Close()
	require.EqualValues(t, 5, f.Size())
	require.True(t, f.ModTime().Equal(time.Unix(1_000_000_000, 5)))
	p := make([]byte, 4)
	n, err := f.ReadAt(p, 3)
	require.Equal(t, "lo", string(p[:n]))
	require.Equal(t, io.EOF, err)
	require.NoError(t, f.Load(0, 5))
	require.True(t, f.Cached(0, 0))
	require.False(t, f.Cached(0, 6), "after the end there is nothing")
}
