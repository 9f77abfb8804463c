package tcpclient_test

import (
	"fmt"
	"io"
	"net"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/tcpclient"
)

func Example() {
	address := greet("Hello from the other side\n")
	loop, err := ioloop.New(ioloop.Options{})
	if err != nil {
		panic(err)
	}
	line, err := ioloop.RunSync(loop, 0, func() ([]byte, error) {
		var client tcpclient.TCPClient
		stream, err := client.Connect(loop, "127.0.0.1", address.Port, tcpclient.Options{}).Await()
		if err != nil {
			return nil, err
		}
		defer stream.Close()
		return stream.ReadUntil([]byte("\n"), 0).Await()
	})
	fmt.Printf("%s%v\n", line, err)
	// Output:
	// Hello from the other side
	// <nil>
}

// greet serves one connection.
func greet(text string) *net.TCPAddr {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go func() {
		defer ln.Close()
		if c, err := ln.Accept(); err == nil {
			io.WriteString(c, text)
			c.Close()
		}
	}()
	return ln.Addr().(*net.TCPAddr)
}
