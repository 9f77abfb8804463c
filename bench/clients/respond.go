package clients

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
)

// Serve responds to every request on a port of the loopback address with size bytes, until the
// process ends. With a negative size it reads requests and never responds. ready is called when
// it listens.
func Serve(port, size int, ready func()) error {
	l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return err
	}
	ready()
	var response []byte
	if size >= 0 {
		response = fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s", size, strings.Repeat("x", size))
	}
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		go respond(conn, response)
	}
}

// respond serves one connection.
func respond(conn net.Conn, response []byte) {
	defer conn.Close()
	if response == nil {
		io.Copy(io.Discard, conn)
		return
	}
	in := bufio.NewReaderSize(conn, 4<<10)
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return
		}
		if string(line) == "\r\n" {
			if _, err := conn.Write(response); err != nil {
				return
			}
		}
	}
}
