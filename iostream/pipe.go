package iostream

import (
	"fmt"

	"github.com/gotornado/tornado/ioloop"
	"golang.org/x/sys/unix"
)

// NewPipe makes a stream of fd, one end of a pipe, which becomes non-blocking. The stream
// closes fd; after an error, the caller still owns fd. The reading end cannot write, and
// the writing end cannot read. A terminal also works; a file does not, because it is always
// ready. nil options are the defaults. Tornado: iostream.PipeIOStream.
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
		s.eof, s.watching = true, ioloop.None // a writing end has no input; the poller always reports that its reading end was closed
	case unix.O_RDONLY:
		s.closeState = sendShut
	}
	if err := s.attach(fd); err != nil {
		return nil, err
	}
	return s, nil
}
