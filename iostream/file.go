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

// A File is a file of the disk that is open for reading. SendFile sends it without
// passing its bytes through the program. A File belongs to one loop, but
// ReadAt and Load may run elsewhere; Close waits for the read that is under way.
type File struct {
	reading  sync.RWMutex // for fd, off the loop
	fd       int
	mode     fs.FileMode
	size     int64
	modified time.Time
}

// OpenFile opens a file for reading. It does not wait for a writer if name is that of
// a named pipe: look at Mode before reading. The error is an [*fs.PathError].
func OpenFile(name string) (*File, error) {
	fd, err := openFD(name)
	return newFile(name, fd, err)
}

// OpenFileNoLinks is OpenFile for a path without symbolic links: if name, or one of the
// directories on the way to it, is a symbolic link, the error is ELOOP (by errors.Is).
func OpenFileNoLinks(name string) (*File, error) {
	fd, err, ok := openNoLinks(name, openFlags)
	if !ok {
		if err = checkNoLinks(name); err == nil {
			fd, err = openFD(name)
		}
	}
	return newFile(name, fd, err)
}

// checkNoLinks does in steps what openNoLinks does in one: a link that is made in between
// is not seen.
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

// newFile returns the file of a descriptor, or the error with which opening it failed.
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

// Mode tells regular files and directories from others, and has their permissions.
func (f *File) Mode() fs.FileMode { return f.mode }

// Size is the size in bytes, as it was when the file was opened.
func (f *File) Size() int64 { return f.size }

// ModTime is the time of the last change before the file was opened.
func (f *File) ModTime() time.Time { return f.modified }

// ReadAt implements [io.ReaderAt]. It may have to wait for the disk, which holds the
// loop up: see Cached. On a closed file the error is fs.ErrClosed.
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

// Cached reports whether n bytes from offset on seem to be in memory, so that reading
// or sending them does not wait for the disk. It asks for their ends alone, and is
// false wherever the system does not tell.
func (f *File) Cached(offset, n int64) bool {
	return n <= 0 || f.fd >= 0 && cached(f.fd, offset) && (n == 1 || cached(f.fd, offset+n-1))
}

// Load reads n bytes from offset on into the system's memory, and waits for the disk:
// run it off the loop, before sending what is not Cached. Fewer bytes than n are no
// error.
func (f *File) Load(offset, n int64) error {
	_, err := io.Copy(io.Discard, io.NewSectionReader(f, offset, n))
	return err
}

// Close closes the file. What SendFile has not sent by then is never sent, and its
// stream is closed with an error. Closing twice does nothing.
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
	errFileShrank = errors.New("iostream: the file has fewer bytes than were to be sent")
	errNoSendfile = errors.New("iostream: no sendfile here")
)
