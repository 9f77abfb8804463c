// Command server is a TCP server that sends each line back to the client that has sent it.
package main

import (
	"log"
	"log/slog"
	"net/netip"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/gotornado/tornado/options"
	"github.com/gotornado/tornado/tcpserver"
)

var port = options.Define("port", 9888, "TCP port to listen on")

// maxLine is the longest line in bytes. Without a limit, a client that sends no line end would
// fill the memory.
const maxLine = 64 << 10

// handleStream serves one client. It runs in a coroutine of its own: while it waits, the loop
// serves other clients.
func handleStream(stream *iostream.IOStream, client netip.AddrPort) error {
	for {
		line, err := stream.ReadUntil([]byte("\n"), maxLine).Await()
		if err != nil {
			return lost(client, err)
		}
		slog.Info("received", "bytes", line)
		if _, err := stream.Write(line).Await(); err != nil {
			return lost(client, err)
		}
	}
}

// lost logs that a connection has ended. The server closes a stream when its handler returns an
// error.
func lost(client netip.AddrPort, err error) error {
	slog.Warn("lost client", "host", client.Addr(), "error", err)
	return err
}

func main() {
	options.ParseCommandLine()
	server := tcpserver.New(handleStream, tcpserver.Options{})
	if _, err := server.Listen(port.Value(), ""); err != nil {
		log.Fatal(err)
	}
	slog.Info("listening", "port", port.Value())
	log.Fatal(ioloop.Instance().Start())
}
