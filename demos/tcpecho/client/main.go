// Command client sends a line to a TCP server, and prints the line that the server sends back.
package main

import (
	"fmt"
	"log"
	"strings"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/options"
	"github.com/gotornado/tornado/tcpclient"
)

var (
	host    = options.Define("host", "localhost", "TCP server host")
	port    = options.Define("port", 9888, "TCP port to connect to")
	message = options.Define("message", "ping", "message to send")
)

// maxLine is the longest line in bytes that the client accepts.
const maxLine = 64 << 10

// sendMessage returns the server's reply to the message. It waits, so it runs in a coroutine.
func sendMessage(loop *ioloop.IOLoop) (reply string, err error) {
	var client tcpclient.TCPClient
	stream, err := client.Connect(loop, host.Value(), port.Value(), tcpclient.Options{}).Await()
	if err != nil {
		return "", err
	}
	defer stream.Close()
	if _, err := stream.Write([]byte(message.Value() + "\n")).Await(); err != nil {
		return "", err
	}
	fmt.Println("Sent to server:", message.Value())
	line, err := stream.ReadUntil([]byte("\n"), maxLine).Await()
	return strings.TrimSpace(string(line)), err
}

func main() {
	options.ParseCommandLine()
	loop := ioloop.Instance()
	reply, err := ioloop.RunSync(loop, 0, func() (string, error) { return sendMessage(loop) })
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("Response from server:", reply)
}
