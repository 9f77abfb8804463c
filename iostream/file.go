package iostream

import (
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// A File is a disk file, open for reading. SendFile sends it without passing its bytes
// through the program. A File belongs to one loop. ReadAt and Load may run off the loop;
// Close waits until they return.
type File struct {
	reading  sync.RWMutex // for fd, off the loop
	fd       int
	mode     fs.FileMode
	size     int64
	modified time.Time
}

// OpenFile opens a file for reading. On a named pipe it does not wait for a writer: check
// Mode before reading. The error is an [*fs.PathError].
func OpenFile(name string) (*File, error) {
	fd, err := openFD(name)
	return newFile(name, fd, err)
}

// OpenFileNoLinks is OpenFile for a path without symbolic links. If name, or a directory on
// the path to it, is a symbolic link, the error is ELOOP (by errors.Is).
func OpenFileNoLinks(name string) (*File, error) {
	fd, err, ok := openNoLinks(name, openFlags)
	if !ok {
		if err = checkNoLinks(name); err == nil {
			fd, err = openFD(name)
		}
	}
	return newFile(name, fd, err)
}

// checkNoLinks checks in several steps what openNoLinks checks in one system call. It does
// not see a link that is made in between.
func checkNoLinks(name string) error {
	real, err := filepath.EvalSymlinks(name)
	if e, ok := errors.AsType[unix.Errno](err); ok {
		return e
	}
	if err != nil || real != filepath.Clean(name) {
		return unix.ELOOP
	}
	return nil
}

// newFile returns the File of a descriptor, or err as an [*fs.PathError].
func newFile(name string, fd int, err error) (*File, error) {
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	f := &File{fd: fd}
	if err := f.stat(); err != nil {
		f.Close()
		return nil, &fs.PathError{Op: "stat", Path: name, Err: err}
	}
	return f, nil
}

const openFlags = unix.O_RDONLY | unix.O_CLOEXEC | unix.O_NONBLOCK

func openFD(name string) (int, error) {
	for {
		fd, err := unix.Open(name, openFlags, 0)
		if err != unix.EINTR {
			return fd, err
		}
	}
}

func (f *File) stat() error {
	var s unix.Stat_t
	if err := unix.Fstat(f.fd, &s); err != nil {
		return err
	}
	switch s.Mode & unix.S_IFMT {
	case unix.S_IFREG:
	case unix.S_IFDIR:
		f.mode = fs.ModeDir
	default:
		f.mode = fs.ModeIrregular
	}
	f.mode |= fs.FileMode(s.Mode & 0o777)
	f.size, f.modified = s.Size, time.Unix(s.Mtim.Unix())
	return nil
}

// Mode returns the type of the file (regular, a directory, or other) and its permissions.
func (f *File) Mode() fs.FileMode { return f.mode }

// Size returns the size in bytes at the time of opening.
func (f *File) Size() int64 { return f.size }

// ModTime returns the time of the last change before the file was opened.
func (f *File) ModTime() time.Time { return f.modified }

// ReadAt implements [io.ReaderAt]. It may wait for the disk; on the loop, check Cached
// first. On a closed file the error is fs.ErrClosed.
func (f *File) ReadAt(p []byte, offset int64) (n int, err error) {
	f.reading.RLock()
	defer f.reading.RUnlock()
	for n < len(p) {
		if f.fd < 0 {
			return n, fs.ErrClosed
		}
		m, err := unix.Pread(f.fd, p[n:], offset+int64(n))
		switch {
		case err == unix.EINTR:
		case err != nil:
			return n, err
		case m == 0:
			return n, io.EOF
		default:
			n += m
		}
	}
	return n, nil
}

// Cached reports whether n bytes from offset on seem to be in memory, so that they can be
// read or sent without waiting for the disk. It checks only the first and the last byte. On
// systems that do not tell, it returns false.
func (f *File) Cached(offset, n int64) bool {
	return n <= 0 || f.fd >= 0 && cached(f.fd, offset) && (n == 1 || cached(f.fd, offset+n-1))
}

// Load reads n bytes from offset on into the system's memory and waits for the disk. Run it
// off the loop before sending bytes that are not Cached. It is not an error if the file has
// fewer bytes.
func (f *File) Load(offset, n int64) error {
	_, err := io.Copy(io.Discard, io.NewSectionReader(f, offset, n))
	return err
}

// Close closes the file. A SendFile that is not complete closes its stream with an error. A
// second Close does nothing.
func (f *File) Close() error {
	if f.fd < 0 {
		return nil
	}
	f.reading.Lock()
	defer f.reading.Unlock()
	fd := f.fd
	f.fd = -1
	return unix.Close(fd)
}

var (
	errFileShrank = errors.New("iostream: the file became shorter while it was sent: replace files, do not truncate them")
	errNoSendfile = errors.New("iostream: sendfile is not available for this file")
)
