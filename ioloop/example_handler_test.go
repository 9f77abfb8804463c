package ioloop_test

import (
	"fmt"
	"net"
	"syscall"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
)

// listen returns a non-blocking socket that listens on a free port of 127.0.0.1.
func listen() (fd int, address string, err error) {
	if fd, err = syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0); err != nil {
		return 0, "", err
	}
	if err = syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err == nil {
		err = syscall.Listen(fd, 128)
	}
	if err == nil {
		err = syscall.SetNonblock(fd, true)
	}
	if err != nil {
		return 0, "", err
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		return 0, "", err
	}
	return fd, fmt.Sprintf("127.0.0.1:%d", name.(*syscall.SockaddrInet4).Port), nil
}

// A server on a bare socket: the loop calls a handler when the socket is readable. Package
// tcpserver does all this for you.
func ExampleIOLoop_AddHandler() {
	onLoop(func(l *ioloop.IOLoop) {
		fd, address, err := listen()
		if err != nil {
			panic(err)
		}
		defer syscall.Close(fd)
		received := ioloop.NewFuture[[]byte](l)
		l.AddHandler(fd, ioloop.HandlerFunc(func(fd int, events ioloop.Events) {
			connection, _, err := syscall.Accept(fd)
			if err != nil {
				return // the client has gone
			}
			syscall.SetNonblock(connection, true)
			l.SpawnFunc(func() { // a handler must not wait; a coroutine may
				stream, err := iostream.New(l, connection, nil)
				if err != nil {
					syscall.Close(connection)
					return
				}
				data, _ := stream.ReadUntilClose().Await()
				received.SetResult(data)
			})
		}), ioloop.Read)
		defer l.RemoveHandler(fd)

		go func() { // a client
			if conn, err := net.Dial("tcp", address); err == nil {
				fmt.Fprint(conn, "hello, socket")
				conn.Close()
			}
		}()
		data, err := received.Await()
		fmt.Println(string(data), err)
	})
	// Output: hello, socket <nil>
}
