package tcpserver_test

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net/http/httptest"
	"net/netip"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/gotornado/tornado/tcpserver"
)

// A room sends each line to all members. It belongs to one loop, so it needs no lock.
type room map[*iostream.IOStream]string

func (r room) say(line string) {
	for stream := range r {
		stream.Send([]byte(line))
	}
}

// chat serves one client, whose first line is the name.
func (r room) chat(stream *iostream.IOStream, _ netip.AddrPort) error {
	name, err := stream.ReadUntil([]byte("\n"), 64).Await()
	if err != nil {
		return err
	}
	who := string(name[:len(name)-1])
	r[stream] = who
	defer func() {
		delete(r, stream)
		r.say(who + " has left\n")
	}()
	r.say(who + " is here\n")
	for {
		line, err := stream.ReadUntil([]byte("\n"), 4096).Await()
		if err != nil {
			return err
		}
		r.say(who + ": " + string(line))
	}
}

// A chat over TLS, in which each message is a line.
func Example_chat() {
	certificates := httptest.NewTLSServer(nil) // in earnest: tls.LoadX509KeyPair
	defer certificates.Close()
	loop, err := ioloop.New(ioloop.Options{})
	if err != nil {
		panic(err)
	}
	server := tcpserver.New(room{}.chat, tcpserver.Options{Loop: loop, Stream: iostream.Options{
		TLS: &tls.Config{Certificates: certificates.TLS.Certificates},
	}})
	address, err := server.Listen(0, "127.0.0.1")
	if err != nil {
		panic(err)
	}
	go func() {
		defer loop.CloseAll()
		ada, alan := enter(address.String(), "Ada"), enter(address.String(), "Alan")
		ada.says("Good evening!")
		alan.hears(2)
		alan.Close()
		ada.hears(4)
	}()
	loop.Start()
	// Output:
	// Alan hears: Alan is here
	// Alan hears: Ada: Good evening!
	// Ada hears: Ada is here
	// Ada hears: Alan is here
	// Ada hears: Ada: Good evening!
	// Ada hears: Alan has left
}

// A guest is a client of the chat.
type guest struct {
	*tls.Conn
	name  string
	lines *bufio.Reader
}

// enter returns a guest after the room has let the guest in.
func enter(address, name string) guest {
	c, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true}) // in earnest: RootCAs
	if err != nil {
		panic(err)
	}
	g := guest{c, name, bufio.NewReader(c)}
	g.says(name)
	g.lines.Peek(1)
	return g
}

func (g guest) says(line string) { fmt.Fprintln(g, line) }

func (g guest) hears(lines int) {
	for range lines {
		line, err := g.lines.ReadString('\n')
		if err != nil {
			panic(err)
		}
		fmt.Print(g.name, " hears: ", line)
	}
}
