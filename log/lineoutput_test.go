package log

import (
	"bytes"
	"log/slog"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A disk is a writer that has room for a limited number of bytes.
type disk struct {
	mu   sync.Mutex
	room int
	text strings.Builder
}

func (d *disk) Write(p []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := min(len(p), d.room)
	d.room -= n
	d.text.Write(p[:n])
	if n < len(p) {
		return n, syscall.ENOSPC
	}
	return n, nil
}

// A full disk does not stop the program. Lost lines are counted, and the log names their number
// when there is room again. A line that was cut off gets a newline.
func TestAFullDisk(t *testing.T) {
	for _, format := range []string{"text", "json", "logfmt"} {
		line := format1(t, format, "a line")
		d := &disk{room: len(line) + len(line)/2}
		f := NewFormatter(d, FormatterOptions{Format: format})
		log := func(text string) error { return f.Handle(t.Context(), record(0, text)) }
		require.NoError(t, log("a line"))
		require.ErrorIs(t, log("a line"), syscall.ENOSPC)
		require.ErrorIs(t, log("a line"), syscall.ENOSPC)
		require.EqualValues(t, 2, f.Lost())
		d.room = 10_000
		require.NoError(t, log("the last"))
		require.NoError(t, log("one more"))
		lines := strings.Split(d.text.String(), "\n")
		require.Len(t, lines, 6)
		require.Equal(t, line, lines[0]+"\n")
		require.Equal(t, line[:len(line)/2], lines[1])
		require.Contains(t, lines[2], "2 log lines were lost: no space left on device")
		require.Contains(t, lines[3], "the last")
		require.Contains(t, lines[4], "one more")
		require.EqualValues(t, 2, f.Lost())
	}
}

func format1(t *testing.T, name, text string) string {
	return format(t, FormatterOptions{Format: name}, record(0, text))
}

// The device /dev/full behaves like a full disk.
func TestDevFull(t *testing.T) {
	file, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("this system has no /dev/full")
	}
	f := NewFormatter(file, FormatterOptions{})
	require.ErrorIs(t, f.Handle(t.Context(), record(0, "x")), syscall.ENOSPC)
	require.EqualValues(t, 1, f.Lost())
}

// A stuck writer waits until the test releases it.
type stuck struct {
	gate chan struct{}
	out  bytes.Buffer
}

func (s *stuck) Write(p []byte) (int, error) {
	<-s.gate
	return s.out.Write(p)
}

// log-b6: the access log does not wait for a slow disk. It keeps a limited number of bytes, and
// counts the lines that it loses.
func TestASlowDisk(t *testing.T) {
	w := &stuck{gate: make(chan struct{})}
	f := NewFormatter(w, FormatterOptions{Batch: true})
	line := []byte(strings.Repeat("x", 1000))
	for range 3000 {
		f.access(time.Now(), slog.LevelInfo, "web:1", line)
	}
	require.Greater(t, f.Lost(), int64(100))
	require.Less(t, f.Lost(), int64(2500))
	lost := f.Lost()
	close(w.gate)
	require.NoError(t, f.Flush())
	f.access(time.Now(), slog.LevelInfo, "web:1", line)
	require.NoError(t, f.Flush())
	require.Equal(t, lost, f.Lost())
	require.Contains(t, w.out.String(), "log lines were lost: the output is too slow")
	require.EqualValues(t, 3001-lost, strings.Count(w.out.String(), string(line)))
}

// A record that is not batched waits for a slow disk and is not lost.
func TestARecordWaitsForASlowDisk(t *testing.T) {
	w := &stuck{gate: make(chan struct{})}
	f := NewFormatter(w, FormatterOptions{Batch: true})
	for range 3000 {
		f.access(time.Now(), slog.LevelInfo, "web:1", []byte(strings.Repeat("x", 1000)))
	}
	lost, done := f.Lost(), make(chan error)
	go func() { done <- f.Handle(t.Context(), record(0, strings.Repeat("important", 300))) }()
	close(w.gate)
	require.NoError(t, <-done)
	require.Equal(t, lost, f.Lost())
	require.Contains(t, w.out.String(), "importantimportant\n")
}

// log-b6: batched lines are written together, before the next record that is not batched.
func TestBatches(t *testing.T) {
	var writes []string
	f := NewFormatter(writerFunc(func(p []byte) (int, error) {
		writes = append(writes, string(p))
		return len(p), nil
	}), FormatterOptions{Batch: true})
	for range 3 {
		f.access(time.Now(), slog.LevelInfo, "web:1", []byte("200"))
	}
	require.NoError(t, f.Handle(t.Context(), record(0, "m")))
	require.Len(t, writes, 1)
	require.Equal(t, 4, strings.Count(writes[0], "\n"))
	require.True(t, strings.HasSuffix(writes[0], " m\n"))
	f.access(time.Now(), slog.LevelError, "web:1", []byte("500"))
	require.Len(t, writes, 2, "an error is not delayed")
}

type writerFunc func([]byte) (int, error)

func (w writerFunc) Write(p []byte) (int, error) { return w(p) }

// A batched line is written after BatchDelay, even if nothing else is logged.
func TestBatchesEnd(t *testing.T) {
	written := make(chan string, 1)
	f := NewFormatter(writerFunc(func(p []byte) (int, error) {
		written <- string(p)
		return len(p), nil
	}), FormatterOptions{Batch: true})
	f.access(time.Now(), slog.LevelInfo, "web:1", []byte("200"))
	select {
	case line := <-written:
		require.Contains(t, line, "200")
	case <-time.After(time.Minute):
		t.Fatal("the line is not written")
	}
}

// A write that is short and returns no error counts as an error.
func TestShortWrites(t *testing.T) {
	f := NewFormatter(writerFunc(func(p []byte) (int, error) { return 1, nil }), FormatterOptions{})
	require.Error(t, f.Handle(t.Context(), record(0, "x")))
	require.EqualValues(t, 1, f.Lost())
}

func TestAccessLineDoesNotAllocate(t *testing.T) {
	before := slog.Default()
	defer slog.SetDefault(before)
	for _, options := range []FormatterOptions{{}, {Batch: true}, {Color: true}} {
		slog.SetDefault(slog.New(NewFormatter(writerFunc(func(p []byte) (int, error) { return len(p), nil }), options)))
		now := time.Now()
		got := testing.AllocsPerRun(1000, func() {
			var line [256]byte
			AccessLine(now, slog.LevelInfo, append(line[:0], "200 GET / (127.0.0.1) 0.51ms"...))
		})
		if got > 0.5 {
			t.Errorf("%+v: %v allocations", options, got)
		}
	}
}

func BenchmarkAccessLine(b *testing.B) {
	before := slog.Default()
	defer slog.SetDefault(before)
	file, err := NewRotatingFile(b.TempDir()+"/p.log", 100_000_000, 1)
	if err != nil {
		b.Fatal(err)
	}
	for name, h := range map[string]slog.Handler{
		"batched":   NewFormatter(file, FormatterOptions{Batch: true}),
		"unbatched": NewFormatter(file, FormatterOptions{}),
		"json":      NewFormatter(file, FormatterOptions{Batch: true, Format: "json"}),
		"slog":      slog.NewTextHandler(file, nil),
	} {
		b.Run(name, func(b *testing.B) {
			slog.SetDefault(slog.New(h))
			b.ReportAllocs()
			for b.Loop() {
				var line [256]byte
				AccessLine(time.Now(), slog.LevelInfo, append(line[:0], "200 GET / (127.0.0.1) 0.51ms"...))
			}
		})
	}
}
