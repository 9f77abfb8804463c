// Command chunk_benchmark fetches a response of many chunks, with each of the two HTTP clients.
package main

import (
	"fmt"
	"log"
	"log/slog"
	"strings"

	"github.com/gotornado/tornado/httpclient"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/options"
	"github.com/gotornado/tornado/web"
)

var (
	port      = options.Define("port", 8888, "run on the given port")
	numChunks = options.Define("num_chunks", 1000, "number of chunks")
	chunkSize = options.Define("chunk_size", 2048, "bytes of a chunk")
)

// ChunkHandler sends each chunk as soon as the one before it is sent.
type ChunkHandler struct{ web.RequestHandler }

func (h *ChunkHandler) Get(args ...string) error {
	chunk := strings.Repeat("A", chunkSize.Value())
	for range numChunks.Value() {
		h.WriteString(chunk)
		if _, err := h.Flush().Await(); err != nil {
			return err
		}
	}
	return nil
}

// measure fetches the page with a client, and logs the time that it took.
func measure(client httpclient.AsyncHTTPClient, name string) error {
	defer client.Close()
	slog.Warn("starting fetch", "client", name)
	response, err := client.FetchURL(fmt.Sprintf("http://127.0.0.1:%d/", port.Value())).Await()
	if err != nil {
		return err
	}
	if len(response.Body) != numChunks.Value()*chunkSize.Value() {
		return fmt.Errorf("chunk_benchmark: got %d bytes", len(response.Body))
	}
	slog.Warn("fetch completed", "client", name, "time", response.RequestTime)
	return nil
}

func main() {
	options.ParseCommandLine()
	app := web.NewApplication([]web.URLSpec{
		web.URL(`/`, ChunkHandler{}),
	}, web.Settings{})
	if _, err := app.Listen(port.Value(), web.ListenOptions{Address: "127.0.0.1"}); err != nil {
		log.Fatal(err)
	}
	loop := ioloop.Instance()
	_, err := ioloop.RunSync(loop, 0, func() (struct{}, error) {
		// Tornado's two clients are libcurl's and its own. Here they are net/http's and its own.
		if err := measure(httpclient.NewNetHTTPClient(loop, nil, httpclient.Options{}), "net/http"); err != nil {
			return struct{}{}, err
		}
		return struct{}{}, measure(httpclient.New(loop, httpclient.Options{}), "simple")
	})
	if err != nil {
		log.Fatal(err)
	}
}
