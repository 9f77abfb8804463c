package autoreload

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"

	"github.com/gotornado/tornado/internal/succession"
)

// A message is sent over the control channel between a version of the program and its supervisor.
// The files of Sockets are sent with it.
type message struct {
	Report  bool     `json:",omitempty"` // to the program: report now
	Drain   bool     `json:",omitempty"` // to the program: finish and exit
	Failure *string  `json:",omitempty"` // to the program: the last build's messages
	Ready   bool     `json:",omitempty"` // to the supervisor: a report
	Sockets []string `json:",omitempty"` // names of the listening sockets
	Watched []string `json:",omitempty"` // paths of Watch
}

// A controlChannel is one end of the control channel.
type controlChannel struct {
	conn  *net.UnixConn
	text  []byte // received and not decoded
	files []*os.File
}

// controlPair makes a control channel. It returns the controlChannel of one end, and the file of
// the other end.
func controlPair() (own *controlChannel, other *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("autoreload: %w", err)
	}
	for _, fd := range fds {
		unix.CloseOnExec(fd)
	}
	other = os.NewFile(uintptr(fds[1]), "control channel")
	if own, err = newControl(os.NewFile(uintptr(fds[0]), "control channel")); err != nil {
		other.Close()
	}
	return own, other, err
}

// newControl returns the controlChannel of a socket. It closes f.
func newControl(f *os.File) (*controlChannel, error) {
	defer f.Close() // FileConn returns a copy
	conn, err := net.FileConn(f)
	if err != nil {
		return nil, fmt.Errorf("autoreload: %w", err)
	}
	u, ok := conn.(*net.UnixConn)
	if !ok {
		conn.Close()
		return nil, errors.New("autoreload: the control channel is not a unix socket")
	}
	return &controlChannel{conn: u}, nil
}

// send sends m with the files of sockets.
func (c *controlChannel) send(m message, sockets []succession.Socket) error {
	var fds []int
	for _, s := range sockets {
		m.Sockets = append(m.Sockets, s.Name)
		fds = append(fds, int(s.File.Fd()))
	}
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	var rights []byte
	if len(fds) > 0 {
		rights = unix.UnixRights(fds...)
	}
	_, _, err = c.conn.WriteMsgUnix(append(text, '\n'), rights, nil)
	return err
}

// receive waits for the next message, and returns the sockets that came with it.
func (c *controlChannel) receive() (m message, sockets []succession.Socket, err error) {
	end := bytes.IndexByte(c.text, '\n')
	for end < 0 {
		if err := c.read(); err != nil {
			return m, nil, err
		}
		end = bytes.IndexByte(c.text, '\n')
	}
	err = json.Unmarshal(c.text[:end], &m)
	c.text = c.text[end+1:]
	for i, name := range m.Sockets {
		if i < len(c.files) {
			sockets = append(sockets, succession.Socket{Name: name, File: c.files[i]})
		}
	}
	c.files = c.files[min(len(m.Sockets), len(c.files)):]
	return m, sockets, err
}

// read reads once.
func (c *controlChannel) read() error {
	var text [32 << 10]byte
	var rights [4 << 10]byte
	n, oobn, _, _, err := c.conn.ReadMsgUnix(text[:], rights[:])
	if err == nil && n == 0 {
		err = errors.New("the other process has ended")
	}
	if err != nil {
		return err
	}
	c.text = append(c.text, text[:n]...)
	messages, err := unix.ParseSocketControlMessage(rights[:oobn])
	if err != nil {
		return err
	}
	for _, m := range messages {
		fds, err := unix.ParseUnixRights(&m)
		if err != nil {
			return err
		}
		for _, fd := range fds {
			unix.CloseOnExec(fd)
			c.files = append(c.files, os.NewFile(uintptr(fd), "listening socket"))
		}
	}
	return nil
}

func (c *controlChannel) hangUp() { c.conn.Close() }

// closeSockets closes the files of sockets.
func closeSockets(sockets []succession.Socket) {
	for _, s := range sockets {
		s.File.Close()
	}
}
