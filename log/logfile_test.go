package log

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// lineCounts returns the number of lines of each file in dir, as "name:count".
func lineCounts(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	var found []string
	for _, e := range entries {
		text, err := os.ReadFile(filepath.Join(dir, e.Name()))
		require.NoError(t, err)
		found = append(found, fmt.Sprintf("%s:%d", e.Name(), strings.Count(string(text), "\n")))
	}
	return strings.Join(found, " ")
}

// log-13: files are rotated by size at the same lines as by Python's handler.
func TestRotationBySize(t *testing.T) {
	line := strings.Repeat("x", 34) + "\n"
	for _, tt := range []struct {
		size          int64
		backups       int
		lines, atOnce int
		want          string
	}{
		{200, 2, 12, 1, "p.log:2 p.log.1:5 p.log.2:5"},
		{200, 2, 12, 12, "p.log:2 p.log.1:5 p.log.2:5"},
		{200, 2, 20, 20, "p.log:5 p.log.1:5 p.log.2:5"},
		{175, 2, 5, 1, "p.log:1 p.log.1:4"}, // a file of exactly the maximal size is rotated
		{176, 2, 5, 1, "p.log:5"},
		{10, 3, 3, 3, "p.log:1 p.log.1:1 p.log.2:1"}, // a line larger than the size
		{0, 2, 12, 1, "p.log:12"},
		{200, 0, 12, 1, "p.log:12"},
	} {
		dir := t.TempDir()
		f, err := NewRotatingFile(filepath.Join(dir, "p.log"), tt.size, tt.backups)
		require.NoError(t, err)
		for range tt.lines / tt.atOnce {
			n, err := f.Write([]byte(strings.Repeat(line, tt.atOnce)))
			require.NoError(t, err)
			require.Equal(t, tt.atOnce*len(line), n)
		}
		require.NoError(t, f.Close())
		if got := lineCounts(t, dir); got != tt.want {
			t.Errorf("%d bytes, %d backups, %d lines by %d: %s, want %s", tt.size, tt.backups, tt.lines, tt.atOnce, got, tt.want)
		}
	}
}

// log-13: each row has the beginning and the end of an interval, and the suffix of the renamed
// file.
func TestIntervals(t *testing.T) {
	const layout = "Mon 2006-01-02 15:04:05"
	at := time.Date(2026, 11, 30, 23, 13, 3, 500, time.Local) // a Monday
	for _, tt := range []struct {
		when         string
		interval     int
		suffix, ends string
	}{
		{"S", 5, "2026-11-30_23-13-03", "Mon 2026-11-30 23:13:08"},
		{"M", 1, "2026-11-30_23-13", "Mon 2026-11-30 23:14:03"},
		{"H", 2, "2026-11-30_23", "Tue 2026-12-01 01:13:03"},
		{"D", 1, "2026-11-30", "Tue 2026-12-01 23:13:03"},
		{"MIDNIGHT", 1, "2026-11-30", "Tue 2026-12-01 00:00:00"},
		{"MIDNIGHT", 3, "2026-11-30", "Thu 2026-12-03 00:00:00"},
		{"W0", 1, "2026-11-24", "Tue 2026-12-01 00:00:00"},
		{"W1", 1, "2026-11-25", "Wed 2026-12-02 00:00:00"},
		{"W6", 1, "2026-11-30", "Mon 2026-12-07 00:00:00"},
		{"W6", 2, "2026-11-30", "Mon 2026-12-14 00:00:00"},
	} {
		r := &byTime{when: tt.when, suffix: suffixes[tt.when], interval: tt.interval}
		r.beginInterval(at)
		if got := r.begun.Format(r.suffix); got != tt.suffix || r.ends.Format(layout) != tt.ends {
			t.Errorf("%s × %d: %s until %s, want %s until %s", tt.when, tt.interval, got, r.ends.Format(layout), tt.suffix, tt.ends)
		}
	}
}

// log-13: a file that an earlier process has left belongs to the interval of its last change.
func TestRotationByTime(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "t.log")
	write := func(text string) {
		f, err := NewTimedRotatingFile(path, "s", 1, 3)
		require.NoError(t, err)
		_, err = f.Write([]byte(text + "\n"))
		require.NoError(t, err)
		require.NoError(t, f.Close())
	}
	write("1")
	age := func(second int) {
		past := time.Date(2026, 11, 30, 23, 13, second, 0, time.Local)
		require.NoError(t, os.Chtimes(path, past, past))
	}
	age(3)
	write("2")
	age(3) // another file of the same second gets a name of its own
	write("3")
	age(4)
	write("4")
	require.Equal(t, "t.log:1 t.log.2026-11-30_23-13-03:1 t.log.2026-11-30_23-13-03.1:1 t.log.2026-11-30_23-13-04:1", lineCounts(t, dir))
	age(5)
	write("5")
	require.Equal(t, "t.log:1 t.log.2026-11-30_23-13-03.1:1 t.log.2026-11-30_23-13-04:1 t.log.2026-11-30_23-13-05:1", lineCounts(t, dir))

	f, err := NewTimedRotatingFile(filepath.Join(dir, "empty"), "S", 1, 1)
	require.NoError(t, err)
	f.rotation.(*byTime).ends = time.Now()
	_, err = f.Write([]byte("6\n"))
	require.NoError(t, err)
	require.Contains(t, lineCounts(t, dir), "empty:1 t.log:1")
}

func TestSuffixOrder(t *testing.T) {
	sorted := []string{"2026-11-30_23-13-03", "2026-11-30_23-13-03.1", "2026-11-30_23-13-03.2", "2026-11-30_23-13-03.10", "2026-11-30_23-13-04", "2026-12-01"}
	for i := range sorted {
		shuffled := slices.Concat(sorted[i:], sorted[:i])
		slices.SortFunc(shuffled, compareSuffixes)
		require.Equal(t, sorted, shuffled)
	}
}

func TestWrongRotation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	for _, tt := range []struct {
		err  func() error
		want string
	}{
		{func() error { _, err := NewTimedRotatingFile(path, "W7", 1, 1); return err }, `log: cannot rotate at "W7"; use S, M, H, D, midnight or W0 to W6`},
		{func() error { _, err := NewTimedRotatingFile(path, "S", 0, 1); return err }, "log: a rotation interval of 0 is too small; the least is 1"},
		{func() error { _, err := NewFile(path + "/y"); return err }, "log: open " + path + "/y: no such file or directory"},
	} {
		if err := tt.err(); err == nil || err.Error() != tt.want {
			t.Errorf("got %v, want %s", err, tt.want)
		}
	}
}

// log-b3: after another program has renamed, removed or truncated the file, lines go to the file
// at the path.
func TestReopening(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(path string) error
		want   string
	}{
		{"renamed", func(path string) error { return os.Rename(path, path+".old") }, "w.log:1 w.log.old:1"},
		{"removed", os.Remove, "w.log:1"},
		{"truncated", func(path string) error { return os.Truncate(path, 0) }, "w.log:1"},
		{"replaced", func(path string) error {
			if err := os.Rename(path, path+".old"); err != nil {
				return err
			}
			return os.WriteFile(path, []byte("new\n"), 0o600)
		}, "w.log:2 w.log.old:1"},
		{"untouched", func(string) error { return nil }, "w.log:2"},
	} {
		dir := t.TempDir()
		path := filepath.Join(dir, "w.log")
		f, err := NewFile(path)
		require.NoError(t, err)
		_, err = f.Write([]byte("1\n"))
		require.NoError(t, err)
		require.NoError(t, tt.change(path), tt.name)
		_, err = f.Write([]byte("2\n"))
		require.NoError(t, err, tt.name)
		require.NoError(t, f.Close())
		require.Equal(t, tt.want, lineCounts(t, dir), tt.name)
	}
}

// If the file cannot be opened again, each write tries to open it. Lost lines are counted.
func TestADirectoryThatGoesAway(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	require.NoError(t, os.Mkdir(dir, 0o755))
	file, err := NewFile(filepath.Join(dir, "x.log"))
	require.NoError(t, err)
	f := NewFormatter(file, FormatterOptions{})
	ctx := t.Context()
	require.NoError(t, f.Handle(ctx, record(0, "first")))
	require.NoError(t, os.RemoveAll(dir))
	require.Error(t, f.Handle(ctx, record(0, "lost")))
	require.Error(t, f.Handle(ctx, record(0, "lost\ntoo")))
	require.EqualValues(t, 3, f.Lost(), "a record of two lines counts twice")
	require.NoError(t, os.Mkdir(dir, 0o755))
	require.NoError(t, f.Handle(ctx, record(0, "back")))
	text, err := os.ReadFile(filepath.Join(dir, "x.log"))
	require.NoError(t, err)
	require.Regexp(t, `^\[W .*\] 3 log lines were lost: open .*/x.log: no such file or directory\n\[I .*\] back\n$`, string(text))
}
