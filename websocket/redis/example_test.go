package redis_test

import (
	"context"
	"errors"
	"log"
	"os"
	"time"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/options"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/websocket"
	"github.com/gotornado/tornado/websocket/redis"
)

// A Room is a handler of a chat. Its sockets join the group that the URL names.
type Room struct {
	websocket.WebSocketHandler
	Rooms *websocket.Cluster
}

// Open joins the group.
func (h *Room) Open(args ...string) error {
	h.Rooms.Group(args[0]).Add(h)
	return nil
}

// OnMessage sends a message to all members, in all processes.
func (h *Room) OnMessage(m websocket.Message) error {
	h.Rooms.Group(h.PathArgs()[0]).Broadcast(m)
	return nil
}

// This program is a chat that runs in any number of processes. Start it twice with different
// ports, and open a WebSocket to ws://localhost:PORT/rooms/any of each.
func ExampleBroker() {
	port := options.Define("port", 8888, "run on the given port")
	broker := options.Define("broker", "redis://127.0.0.1:6379", "URL of the Redis server")
	options.ParseCommandLine()

	rooms, err := websocket.NewCluster(&redis.Broker{URL: broker.Value()}, websocket.ClusterOptions{})
	if err != nil {
		log.Fatal(err) // the URL is wrong; a server that cannot be reached is not an error
	}
	loop, err := ioloop.New(ioloop.Options{})
	if err != nil {
		log.Fatal(err)
	}
	server := httpserver.New(web.NewApplication([]web.URLSpec{
		web.URL("/rooms/([a-z]+)", Room{Rooms: rooms}),
	}, web.Settings{}), httpserver.Options{Loop: loop})
	if _, err := server.Listen(port.Value(), ""); err != nil {
		log.Fatal(err)
	}
	loop.AddCallbackFromSignal(func(os.Signal) {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		ioloop.RunInExecutor(loop, func() (any, error) { // Leave and Shutdown block
			return nil, errors.Join(rooms.Leave(ctx, 30*time.Second), server.Shutdown(ctx))
		}).Await()
		loop.Stop()
	}, os.Interrupt)
	if err := loop.Start(); err != nil {
		log.Fatal(err)
	}
}
