package iostream

import (
	"bytes"
	"errors"
	"io"
	"net"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gotornado/tornado/ioloop"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// iostream-3: a regular expression is found in input that the stream holds already. The limits of
// iostream-4 to iostream-6 apply to regular expressions too.
func TestReadUntilRegexOfHeldInput(t *testing.T) {
	for _, tt := range []struct {
		regex, held string
		max         int
		want        string
	}{
		{`b.`, "aXbXc", 0, "4"},
		{`b.`, "aXb", 0, "more"},
		{`\r?\n\r?\n`, "ab\n\r\ncd", 0, "5"},
		{`$`, "ab", 0, "2"},
		{`b\b`, "ab", 0, "2"},
		{``, "", 0, "0"},
		{`c`, "abcdef", 3, "3"},
		{`c`, "abc", 2, "iostream: delimiter \"c\" not found within 2 bytes"},
		{`x`, "abc", 3, "more"},
		{`x`, "abcd", 3, "iostream: delimiter \"x\" not found within 3 bytes"},
	} {
		r := pendingRead{regex: &regexSearch{re: regexp.MustCompile(tt.regex)}, maxBytes: tt.max}
		if got := outcome(r.satisfied([]byte(tt.held), false)); got != tt.want {
			t.Errorf("%s in %q within %d: got %s, want %s", tt.regex, tt.held, tt.max, got, tt.want)
		}
	}
}

// iostream-3: ReadUntilRegex reads from a connection. The bytes after the match are left for the
// next read.
func TestReadUntilRegex(t *testing.T) {
	each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
		f := s.ReadUntilRegex(regexp.MustCompile(`b.`), 0)
		for _, part := range []string{"a", "Xb", "Xcb", "Z."} {
			io.WriteString(peer, part)
			pause(s)
		}
		require.Equal(t, "aXbX", await(t, f))
		require.Equal(t, "cbZ", await(t, s.ReadUntilRegex(regexp.MustCompile(`b.`), 3)))
		f = s.ReadUntilRegex(regexp.MustCompile(`x`), 3)
		io.WriteString(peer, "abcd")
		_, err := f.Await()
		var unsatisfiable *UnsatisfiableReadError
		require.ErrorAs(t, err, &unsatisfiable)
		require.EqualError(t, unsatisfiable, `iostream: delimiter "x" not found within 3 bytes`)
	})
}

// ReadUntilRegex takes as little time if 128 KiB arrive byte by byte as if they arrive at once.
func TestReadUntilRegexIsLinear(t *testing.T) {
	x := &regexSearch{re: regexp.MustCompile(`[a-z]+:\s*(end|fin)\r?\n$`)}
	input := append(bytes.Repeat([]byte("word "), 128<<10/5), "x: end\n"...)
	start := time.Now()
	for i := range input {
		if _, ok := x.findEnd(input[:i]); ok {
			t.Fatal("found too early, at", i)
		}
	}
	end, ok := x.findEnd(input)
	require.True(t, ok)
	require.Equal(t, len(input), end)
	require.Less(t, time.Since(start), time.Minute, "a search from the start for each byte takes minutes")
}

// FuzzGrowingMatch compares a growingMatch with a search from the start, for input that is cut at
// random.
func FuzzGrowingMatch(f *testing.F) {
	for _, regex := range []string{`b.`, `^a|b$`, `(?m)^a$`, `\bfoo\b`, `a\B.`, `(?i)stra\x{df}e`, `[^\n]*?x{2,3}`, `\x{fffd}`, `(a|b)*\z`} {
		f.Add(regex, []byte("a\nbXfoo \xe2\x82\xac xx\xff\xc3stra\xc3\x9fe"), 3)
	}
	f.Fuzz(func(t *testing.T, regex string, data []byte, cut int) {
		re, err := regexp.Compile(regex)
		if err != nil || len(regex) > 100 || len(data) > 200 || cut < 1 {
			return
		}
		m := newGrowingMatch(re)
		for at := 0; at <= len(data); at += min(cut, 1+len(data)/5) {
			if got, want := m.match(data[:at]), re.Match(data[:at]); got != want && !m.found {
				t.Fatalf("%q in %q: got %v, want %v", regex, data[:at], got, want)
			} else if m.found {
				return
			}
		}
	})
}

// FuzzPendingReadUntilRegex checks that a regular expression is found in the held input, however
// the input is cut.
func FuzzPendingReadUntilRegex(f *testing.F) {
	f.Add(`\r?\n\r?\n`, []byte("ab\r\n\r\ncd"), 1, 300)
	f.Add(`a+b`, []byte("xaab"), 3, 1)
	f.Fuzz(func(t *testing.T, regex string, data []byte, step, repeat int) {
		re, err := regexp.Compile(regex)
		if err != nil || step < 1 || repeat < 0 || repeat > 1000 || len(regex) > 100 || len(data) > 100 {
			return
		}
		data = append(bytes.Repeat([]byte("-"), repeat), data...)
		r := pendingRead{regex: &regexSearch{re: re}}
		for at := 0; at <= len(data); at += max(step, len(data)/100) {
			n, ok, err := r.satisfied(data[:at], false)
			loc := re.FindIndex(data[:at])
			if err != nil || ok != (loc != nil) || ok && n != loc[1] {
				t.Fatalf("%q in %q: got %d %v %v, want %v", regex, data[:at], n, ok, err, loc)
			}
			if ok {
				return
			}
		}
	})
}

// iostream-8, iostream-9.
func TestReadInto(t *testing.T) {
	each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
		into := func(size int, partial bool) string {
			p := make([]byte, size)
			n, err := s.ReadInto(p, partial).Await()
			require.NoError(t, err)
			return strconv.Itoa(n) + " " + string(p[:n])
		}
		require.Equal(t, "0 ", into(0, false))
		require.Equal(t, "0 ", into(0, true))
		p := make([]byte, 6)
		f := s.ReadInto(p, false)
		for _, part := range []string{"he", "llo", " world"} {
			io.WriteString(peer, part)
			pause(s)
		}
		n, err := f.Await()
		require.NoError(t, err)
		require.Equal(t, "hello ", string(p[:n]))
		require.Equal(t, "3 wor", into(3, true))
		require.Equal(t, "2 ld", into(10, true))
		first := s.ReadInto(make([]byte, 1), true)
		_, err = s.ReadInto(make([]byte, 1), true).Await()
		require.ErrorIs(t, err, ErrAlreadyReading)
		io.WriteString(peer, "xy")
		n, err = first.Await()
		require.NoError(t, err)
		require.Equal(t, 1, n)
		require.Equal(t, "1 y", into(1, false))
	})
}

// iostream-9: most bytes are read straight into the caller's buffer, however the input is
// cut.
func TestReadIntoALargeBuffer(t *testing.T) {
	each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
		data := pattern(3<<20 + 17)
		go peer.Write(append(data, "rest"...))
		p := make([]byte, len(data))
		n, err := s.ReadInto(p, false).Await()
		require.NoError(t, err)
		require.Equal(t, len(p), n)
		require.True(t, bytes.Equal(data, p))
		require.Equal(t, "rest", await(t, s.ReadBytes(4, false)))
	})
}

// iostream-13: after a ReadInto that failed, a smaller read gets its bytes.
func TestReadIntoUnsatisfiedAtEOF(t *testing.T) {
	each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
		f := s.ReadInto(make([]byte, 10), false)
		io.WriteString(peer, "abc")
		pause(s)
		peer.Close()
		_, err := f.Await()
		var closed *StreamClosedError
		require.ErrorAs(t, err, &closed)
		require.Equal(t, "abc", await(t, s.ReadUntilClose()))
	})
}

func pattern(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i>>8 ^ i)
	}
	return b
}

// iostream-14: when the stream is closed, the pending read is completed if the held input is
// enough.
func TestCloseBySatisfiedRead(t *testing.T) {
	each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
		f := s.ReadUntil([]byte("\n"), 0)
		io.WriteString(peer, "first ")
		pause(s)
		io.WriteString(peer, "second\n")
		peer.Close()
		require.Equal(t, "first second\n", await(t, f))
	})
}

// iostream-10, iostream-11: an error completes ReadUntilClose, as an orderly end does.
func TestReadUntilCloseByReset(t *testing.T) {
	pair(t, nil, func(s *IOStream, peer net.Conn) {
		f := s.ReadUntilClose()
		io.WriteString(peer, "abc")
		pause(s)
		peer.(*net.TCPConn).SetLinger(0)
		peer.Close()
		require.Equal(t, "abc", await(t, f))
		require.ErrorIs(t, s.Err(), unix.ECONNRESET)
		require.Equal(t, "", await(t, s.ReadUntilClose()))
	})
}

// iostream-16.
func TestReadChunkSize(t *testing.T) {
	for _, tt := range []struct{ chunk, buffer, want int }{
		{0, 0, 64 << 10},
		{4096, 0, 4096},
		{1 << 20, 0, 64 << 10},
		{0, 1000, 500},
		{100, 1000, 100},
		{600, 1000, 500},
		{0, 1, 1},
	} {
		o := Options{ReadChunkSize: tt.chunk, MaxBufferSize: tt.buffer}
		if got := o.readChunkSize(); got != tt.want {
			t.Errorf("chunk %d of buffer %d: got %d, want %d", tt.chunk, tt.buffer, got, tt.want)
		}
	}
	each(t, &Options{ReadChunkSize: 100}, func(t *testing.T, s *IOStream, peer net.Conn) {
		data := pattern(100_000)
		go peer.Write(data)
		require.Equal(t, string(data[:10]), await(t, s.ReadBytes(10, false)))
		require.Equal(t, string(data[10:]), await(t, s.ReadBytes(len(data)-10, false)))
	})
}

// iostream-17: ReadUntil reads a long input that arrives in many parts, with the delimiter at its
// end.
func TestLargeReadUntil(t *testing.T) {
	each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
		data := bytes.Repeat([]byte("0123456789\r"), 200_000)
		go func() {
			for rest := append(data, "\r\n"...); len(rest) > 0; {
				n := min(len(rest), 1000)
				peer.Write(rest[:n])
				rest = rest[n:]
			}
		}()
		require.Equal(t, len(data)+2, len(await(t, s.ReadUntil([]byte("\r\n"), 0))))
	})
}

// iostream-45: the stream holds input in one piece, however it arrived. A large read takes that
// piece without a copy.
func TestReadBuffer(t *testing.T) {
	each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
		data := pattern(1 << 20)
		go peer.Write(data)
		got := await(t, s.ReadBytes(len(data), false))
		require.True(t, got == string(data))
		require.Nil(t, s.in)
	})
}

// The read buffer against a plain slice.
func FuzzReadBuffer(f *testing.F) {
	f.Add([]byte{5, 200, 3, 130, 255, 7})
	f.Fuzz(func(t *testing.T, ops []byte) {
		b, model, next := &readBuffer{}, []byte(nil), byte(0)
		for _, op := range ops {
			n := int(op & 127)
			if op < 128 {
				part := make([]byte, n)
				for i := range part {
					part[i], next = next, next+1
				}
				b.append(part)
				model = append(model, part...)
			} else {
				n = min(n, len(model))
				b.dropFront(n)
				model = model[n:]
			}
			if !bytes.Equal(b.bytes(), model) {
				t.Fatalf("got %v, want %v", b.bytes(), model)
			}
		}
	})
}

// iostream-34: a panic of a consumer closes its own connection only.
func TestPanicInConsume(t *testing.T) {
	each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
		c := &panicking{}
		s.SetConsumer(c)
		closed := false
		s.SetCloseCallback(func() { closed = true })
		io.WriteString(peer, "boom")
		_, err := off(s, func() (int, error) { return peer.Read(make([]byte, 1)) })
		require.Error(t, err)
		pause(s)
		require.True(t, closed)
		require.ErrorContains(t, s.Err(), "boom")
		require.ErrorContains(t, c.lost, "boom")
	})
}

type panicking struct{ lost error }

func (*panicking) Consume(p []byte) int       { panic(string(p)) }
func (*panicking) Direct() []byte             { return nil }
func (*panicking) DirectFilled(int)           {}
func (c *panicking) ConnectionLost(err error) { c.lost = err }

// A hang-up while the stream is not read loses no bytes and causes no busy loop.
func TestHangupWhileNotReading(t *testing.T) {
	for _, transport := range []string{"tcp", "unix"} {
		over(t, transport, &Options{ReadChunkSize: 1000}, func(s *IOStream, peer net.Conn) {
			io.WriteString(peer, strings.Repeat("x", 5000))
			pause(s)
			require.Zero(t, s.watching&ioloop.Read, transport)
			s.CloseWrite()
			peer.Close()
			pause(s)
			before := s.Loop().Stats().Events
			pause(s)
			pause(s)
			require.Equal(t, before, s.Loop().Stats().Events, transport)
			require.False(t, s.Closed(), transport)
			require.Len(t, await(t, s.ReadUntilClose()), 5000, transport)
		})
	}
}

// A hang-up while the stream does not read and holds bytes loses no bytes and causes no busy
// loop.
func TestHangupAfterHeldBytes(t *testing.T) {
	each(t, nil, func(t *testing.T, s *IOStream, peer net.Conn) {
		io.WriteString(peer, "abc")
		pause(s)
		s.CloseWrite()
		peer.Close()
		pause(s)
		before := s.Loop().Stats().Events
		pause(s)
		require.Equal(t, before, s.Loop().Stats().Events)
		require.False(t, s.Closed())
		require.Equal(t, "abc", await(t, s.ReadBytes(3, false)))
		require.True(t, s.Closed())
	})
}

// iostream-33: an error that is not a disconnect is logged, and Err returns it.
func TestReadErrorIsTheReason(t *testing.T) {
	pair(t, nil, func(s *IOStream, peer net.Conn) {
		log := captureLog(t)
		s.failRead(unix.EIO)
		require.ErrorIs(t, s.Err(), unix.EIO)
		require.Contains(t, log(), "error on read: input/output error")
	})
	for _, quiet := range []error{unix.ECONNRESET, unix.ECONNABORTED, unix.EPIPE, unix.ETIMEDOUT} {
		pair(t, nil, func(s *IOStream, peer net.Conn) {
			log := captureLog(t)
			s.failRead(quiet)
			require.True(t, errors.Is(s.Err(), quiet))
			require.Empty(t, log())
		})
	}
}
