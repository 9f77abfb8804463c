// Command client runs all cases of the fuzzing server of the Autobahn test suite, which tests
// WebSocket clients.
package main

import (
	"errors"
	"fmt"
	"log"
	"log/slog"
	"net/url"
	"strconv"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/gotornado/tornado/options"
	"github.com/gotornado/tornado/websocket"
)

var (
	server = options.Define("url", "ws://localhost:9001", "URL of the fuzzing server")
	name   = options.Define("name", "Tornado for Go", "name of the client in the report")
)

// maxMessage is the largest message of the suite in bytes, 16 MiB.
const maxMessage = 16 << 20

// runTests runs the cases one after another, and then lets the server write its report.
func runTests(loop *ioloop.IOLoop) error {
	conn, err := websocket.Connect(loop, server.Value()+"/getCaseCount", websocket.ConnectOptions{}).Await()
	if err != nil {
		return err
	}
	message, err := conn.ReadMessage().Await()
	conn.Abort()
	if err != nil {
		return err
	}
	count, err := strconv.Atoi(message.String())
	if err != nil {
		return err
	}
	slog.Info("running cases", "number", count)
	agent := url.QueryEscape(name.Value())
	for n := 1; n <= count; n++ {
		slog.Info("running case", "number", n)
		if err := echo(loop, fmt.Sprintf("/runCase?case=%d&agent=%s", n, agent)); err != nil {
			return err
		}
	}
	return echo(loop, "/updateReports?agent="+agent)
}

// echo connects to a path of the server, and sends each message back until the connection ends.
// The cases break the protocol, so the end is an error only if there was no connection.
func echo(loop *ioloop.IOLoop, path string) error {
	conn, err := websocket.Connect(loop, server.Value()+path, websocket.ConnectOptions{
		Compression:    new(websocket.CompressionOptions),
		MaxMessageSize: maxMessage,
	}).Await()
	if errors.As(err, new(*iostream.StreamClosedError)) {
		return nil // the server has closed the connection after the handshake
	}
	if err != nil {
		return err
	}
	defer conn.Abort()
	for {
		message, err := conn.ReadMessage().Await()
		if err == nil {
			err = conn.WriteMessage(message)
		}
		if err != nil {
			return nil
		}
	}
}

func main() {
	options.ParseCommandLine()
	loop := ioloop.Instance()
	if _, err := ioloop.RunSync(loop, 0, func() (struct{}, error) { return struct{}{}, runTests(loop) }); err != nil {
		log.Fatal(err)
	}
}
