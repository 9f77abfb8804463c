package tcpserver_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/netip"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/gotornado/tornado/tcpserver"
)

// An echo server: the handler waits for each line, and the loop goes on meanwhile.
func Example() {
	loop, err := ioloop.New(ioloop.Options{})
	if err != nil {
		panic(err)
	}
	server := tcpserver.New(func(stream *iostream.IOStream, peer netip.AddrPort) error {
		for {
			line, err := stream.ReadUntil([]byte("\n"), 4096).Await()
			if err != nil {
				return err // the server does not log this error, which says that the client has gone
			}
			if _, err := stream.Write(line).Await(); err != nil {
				return err
			}
		}
	}, tcpserver.Options{Loop: loop})
	address, err := server.Listen(0, "127.0.0.1")
	if err != nil {
		panic(err)
	}
	go func() {
		fmt.Println(talk(address.String()))
		server.Stop()
		loop.Stop()
	}()
	loop.Start()
	// Output: Hello, Tornado
}

// talk sends a line and returns the response.
func talk(address string) string {
	c, err := net.Dial("tcp", address)
	if err != nil {
		return err.Error()
	}
	defer c.Close()
	io.WriteString(c, "Hello, Tornado\n")
	answer, _ := bufio.NewReader(c).ReadString('\n')
	return answer
}

// Three ways to start a server. Listen is the simplest. Bind and Start serve with several loops.
// AddSockets takes sockets that are open already, for example those of a parent process. For TLS,
// set Options.Stream.TLS.
func ExampleTCPServer_Start() {
	loop, err := ioloop.New(ioloop.Options{})
	if err != nil {
		panic(err)
	}
	echo := func(stream *iostream.IOStream, peer netip.AddrPort) error {
		line, err := stream.ReadUntil([]byte("\n"), 4096).Await()
		if err == nil {
			_, err = stream.Write(line).Await()
		}
		return err
	}
	newServer := func() *tcpserver.TCPServer { return tcpserver.New(echo, tcpserver.Options{Loop: loop}) }

	simple := newServer()
	first, err := simple.Listen(0, "127.0.0.1") // 0 means a free port
	if err != nil {
		panic(err)
	}
	several := newServer()
	second, err := several.Bind(0, "127.0.0.1")
	if err == nil {
		err = several.Start(2) // loops; 0 means one for each CPU
	}
	if err != nil {
		panic(err)
	}
	inherited := newServer()
	sockets, err := tcpserver.BindSockets(0, "127.0.0.1", tcpserver.SocketOptions{})
	if err == nil {
		err = inherited.AddSockets(sockets)
	}
	if err != nil {
		panic(err)
	}

	go func() {
		fmt.Print(talk(first.String()))
		fmt.Print(talk(second.String()))
		fmt.Print(talk(sockets[0].Addr().String()))
		loop.Stop()
	}()
	loop.Start()
	several.Close()
	// Output:
	// Hello, Tornado
	// Hello, Tornado
	// Hello, Tornado
}
