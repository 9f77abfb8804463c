package log

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// A LogFile is a log file that may be renamed, removed and shared. Each write goes to the
// file that has the path then: if another program has renamed it, as logrotate does, a
// new one is opened. Processes may share a path and its rotation: no line is lost.
// Any goroutine may write.
type LogFile struct {
	path     string
	rotation rotation

	mu      sync.Mutex
	file    *os.File // nil when it could not be opened
	retryAt time.Time
}

// A rotation determines when a file is renamed, and its new name.
type rotation interface {
	// opened is called with the file that gets the next lines.
	opened(info fs.FileInfo)
	// fits returns how many bytes of lines, in whole lines, may be written at the time now to a
	// file of size bytes. 0 means that the file must be rotated first.
	fits(lines []byte, size int64, now time.Time) int
	// rotate renames the file. Only one process at a time calls it.
	rotate(path string, now time.Time) error
}

// NewFile returns a log file that is appended to and never rotated, but reopened when
// another program has renamed or removed it. Python: WatchedFileHandler.
func NewFile(path string) (*LogFile, error) { return newFile(path, never{}) }

func newFile(path string, r rotation) (*LogFile, error) {
	f := &LogFile{path: path, rotation: r}
	if err := f.openFile(); err != nil {
		return nil, fmt.Errorf("log: %w", err)
	}
	return f, nil
}

func (f *LogFile) openFile() error {
	file, err := os.OpenFile(f.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o666)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		file.Close()
		return err
	}
	f.file = file
	f.rotation.opened(info)
	return nil
}

func (f *LogFile) close() error {
	if f.file == nil {
		return nil
	}
	err := f.file.Close()
	f.file = nil
	return err
}

// Name returns the path of the file.
func (f *LogFile) Name() string { return f.path }

// Close closes the file. A later write opens it again.
func (f *LogFile) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.close()
}

// Write appends lines, which must end in a newline, and rotates the file between two of
// them when its time has come. A line is never split between files.
func (f *LogFile) Write(lines []byte) (written int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for written < len(lines) {
		n, err := f.writeSome(lines[written:])
		written += n
		if err != nil {
			return written, err
		}
	}
	return written, nil
}

// writeSome writes the lines that fit into the current file. Meanwhile a shared lock prevents
// other processes from rotating the file.
func (f *LogFile) writeSome(lines []byte) (int, error) {
	for {
		size, err := f.current()
		if err != nil {
			return 0, err
		}
		now := time.Now()
		n := f.rotation.fits(lines, size, now)
		if n == 0 {
			n = len(lines)
			if now.After(f.retryAt) && f.rotate(now) {
				continue
			}
		}
		n, err = f.file.Write(lines[:n])
		unlock(f.file)
		return n, err
	}
}

// current returns the size of the file at the path, and locks it. It opens the file if the open
// file is another one.
func (f *LogFile) current() (int64, error) {
	for {
		if f.file == nil {
			if err := f.openFile(); err != nil {
				return 0, err
			}
		}
		lockShared(f.file)
		open, err := f.file.Stat()
		if err != nil {
			return 0, errors.Join(err, f.close())
		}
		if named, err := os.Stat(f.path); err == nil && os.SameFile(open, named) {
			return open.Size(), nil
		}
		f.close() // which unlocks it
	}
}

// rotate renames the file, unless another process does so. It reports whether the file at the
// path may be another one now. If a file cannot be renamed, lines are written to it for another
// minute.
func (f *LogFile) rotate(now time.Time) bool {
	unlock(f.file)
	if !lockExclusive(f.file) {
		f.retryAt = now.Add(10 * time.Millisecond) // another process is at it
		lockShared(f.file)
		return true
	}
	defer f.close()
	open, err := f.file.Stat()
	if err != nil {
		return true
	}
	if named, err := os.Stat(f.path); err != nil || !os.SameFile(open, named) {
		return true // another process has rotated it
	}
	if err := f.rotation.rotate(f.path, now); err != nil {
		f.retryAt = now.Add(time.Minute)
		go Gen().Warn(fmt.Sprintf("cannot rotate a log file; it grows on: %v", err))
	}
	return true
}

// lockTries is the number of tries to get a lock that another process holds.
const lockTries = 50

// lockShared waits for a process that rotates the file, but only for a short time, because that
// process may have been stopped. Without the lock, lines may be written to the file after its
// rename. On file systems without locks the same may happen.
func lockShared(file *os.File) { lock(file, unix.LOCK_SH) }

func lockExclusive(file *os.File) bool { return lock(file, unix.LOCK_EX) }

func lock(file *os.File, how int) bool {
	for range lockTries {
		err := unix.Flock(int(file.Fd()), how|unix.LOCK_NB)
		if err == nil {
			return true
		}
		if err != unix.EWOULDBLOCK && err != unix.EINTR {
			return true // this file system has no locks, so the process is taken to be the only one
		}
		time.Sleep(100 * time.Microsecond)
	}
	return false
}

func unlock(file *os.File) { _ = unix.Flock(int(file.Fd()), unix.LOCK_UN) }

// never is the rotation of a file that only other programs rotate.
type never struct{}

func (never) opened(fs.FileInfo)                          {}
func (never) fits(lines []byte, _ int64, _ time.Time) int { return len(lines) }
func (never) rotate(string, time.Time) error              { return nil }

// firstLine returns the length of the first of lines, with its newline.
func firstLine(lines []byte) int {
	if i := bytes.IndexByte(lines, '\n'); i >= 0 {
		return i + 1
	}
	return len(lines)
}

var _ io.WriteCloser = (*LogFile)(nil)
