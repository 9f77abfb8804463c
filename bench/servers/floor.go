package servers

import (
	"strconv"

	"golang.org/x/sys/unix"

	"github.com/gotornado/tornado/bench/socket"
)

// serveFloor is a reference, not a real server: the minimum that an epoll loop in Go spends on a
// request. It sends the same bytes in one write for each read.
func serveFloor(port int, ready func()) error {
	listener, err := socket.Listen(port)
	if err != nil {
		return err
	}
	poller, err := socket.NewPoller()
	if err != nil {
		return err
	}
	if err := poller.Add(listener, listener); err != nil {
		return err
	}
	ready()
	response := []byte("HTTP/1.1 200 OK\r\nServer: floor\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nContent-Type: " +
		contentType + "\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n\r\n" + body)
	scratch := make([]byte, 64<<10)
	for {
		events, err := poller.Wait(-1)
		if err != nil {
			return err
		}
		for _, event := range events {
			fd := int(event.Fd)
			if fd == listener {
				err = acceptFloor(poller, listener)
			} else if answerFloor(fd, scratch, response) != nil {
				err = unix.Close(fd) // this also removes it from the poller
			}
			if err != nil {
				return err
			}
		}
	}
}

func acceptFloor(poller *socket.Poller, listener int) error {
	fd, err := socket.Accept(listener)
	if err != nil {
		return err
	}
	return poller.Add(fd, fd)
}

func answerFloor(fd int, scratch, response []byte) error {
	n, err := socket.Read(fd, scratch)
	if n > 0 {
		_, err = socket.Write(fd, response)
	}
	return err
}
