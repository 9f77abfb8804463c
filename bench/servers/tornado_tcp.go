package servers

import (
	"net/netip"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/gotornado/tornado/tcpserver"
)

// A tornadoPipe writes back the bytes that its stream offers, on the loop's own stack.
type tornadoPipe struct{ stream *iostream.IOStream }

func (p *tornadoPipe) Consume(data []byte) int {
	p.stream.SendNow(data)
	return len(data)
}

func (p *tornadoPipe) Direct() []byte       { return nil }
func (p *tornadoPipe) DirectFilled(int)     {}
func (p *tornadoPipe) ConnectionLost(error) {}

// echoTornado uses this project's push interface, as its own protocols do, on one loop.
func echoTornado(port int, ready func()) error {
	return echoTornadoWith(iostream.Options{}, port, ready)
}

func echoTornadoWith(o iostream.Options, port int, ready func()) error {
	loop, err := ioloop.New(ioloop.Options{})
	if err != nil {
		return err
	}
	server := tcpserver.New(func(stream *iostream.IOStream, _ netip.AddrPort) error {
		stream.SetConsumer(&tornadoPipe{stream})
		return nil
	}, tcpserver.Options{Loop: loop, Stream: o, Sockets: tcpserver.SocketOptions{Backlog: 4096}})
	if _, err := server.Listen(port, "127.0.0.1"); err != nil {
		return err
	}
	ready()
	return loop.Start()
}
