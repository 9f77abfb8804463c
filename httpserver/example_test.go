package httpserver_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/ioloop"
)

// A greeter serves requests without package web. It makes a greeting for each request.
type greeter struct{}

func (greeter) StartRequest(conn httputil.HTTPConnection) httputil.HTTPMessageDelegate {
	return &greeting{conn: conn}
}

// A greeting receives one request, and sends its response.
type greeting struct {
	conn httputil.HTTPConnection
	path string
}

func (g *greeting) HeadersReceived(start httputil.RequestStartLine, headers httputil.HTTPHeaders) (httputil.BodyMode, error) {
	g.path = start.Path
	return httputil.BodyWhole, nil
}

func (g *greeting) DataReceived(chunk []byte) error { return nil }

func (g *greeting) Finish() {
	body := "You requested " + g.path
	var headers httputil.HTTPHeaders
	headers.Set("Content-Length", fmt.Sprint(len(body)))
	start := httputil.ResponseStartLine{Version: "HTTP/1.1", Code: 200, Reason: "OK"}
	if g.conn.WriteHeaders(start, &headers, []byte(body)) == nil {
		g.conn.Finish()
	}
}

func (g *greeting) OnConnectionClose() {}

// A server without handlers, which ends in order: Shutdown waits for the responses of running
// requests. A program calls it after a signal; see IOLoop.AddCallbackFromSignal.
func Example() {
	loop, err := ioloop.New(ioloop.Options{})
	if err != nil {
		panic(err)
	}
	server := httpserver.New(greeter{}, httpserver.Options{Loop: loop}) // Options.Stream.TLS makes it HTTPS
	address, err := server.Listen(0, "127.0.0.1")
	if err != nil {
		panic(err)
	}
	go func() {
		if response, err := http.Get("http://" + address.String() + "/path"); err == nil {
			body, err := io.ReadAll(response.Body)
			fmt.Println(string(body), err)
			response.Body.Close()
		}
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		fmt.Println("shutdown:", server.Shutdown(ctx))
		loop.Stop()
	}()
	loop.Start()
	// Output:
	// You requested /path <nil>
	// shutdown: <nil>
}
