package iostream

import (
	"fmt"

	"github.com/gotornado/tornado/ioloop"
	"golang.org/x/sys/unix"
)

// NewPipe makes a stream of fd, one end of a pipe, which it makes non-blocking and
// closes in the end; after an error fd is still the caller's. The stream of a reading
// end cannot write and the other way round. It also takes a terminal, but not a file,
// which is always ready. nil options are the defaults. Tornado: iostream.PipeIOStream.
func NewPipe(l *ioloop.IOLoop, fd int, o *Options) (*IOStream, error) {
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFL, 0)
	if err == nil {
		err = unix.SetNonblock(fd, true)
	}
	if err != nil {
		return nil, fmt.Errorf("iostream: pipe: %w", err)
	}
	s := newStream(l, o)
	switch flags & unix.O_ACCMODE {
	case unix.O_WRONLY:
		s.eof, s.watching = true, ioloop.None // nothing comes; that the reader goes is told anyway
	case unix.O_RDONLY:
		s.ending = shut
	}
	if err := s.attach(fd); err != nil {
		return nil, err
	}
	return s, nil
}
