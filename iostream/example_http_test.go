package iostream_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"time"

	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
)

// A tiny HTTP client. Package httpclient has a complete one.
func ExampleIOStream_Connect() {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "Hello, world") }))
	defer server.Close()
	loop, err := ioloop.New(ioloop.Options{})
	if err != nil {
		panic(err)
	}
	defer loop.Close()
	body, err := ioloop.RunSync(loop, time.Minute, func() (string, error) {
		stream := iostream.NewUnconnected(loop, nil)
		defer stream.Close()
		if _, err := stream.Connect("tcp", server.Listener.Addr().String()).Await(); err != nil {
			return "", err
		}
		stream.Write([]byte("GET / HTTP/1.0\r\nHost: example.com\r\n\r\n"))
		head, err := stream.ReadUntil([]byte("\r\n\r\n"), 65536).Await()
		if err != nil {
			return "", err
		}
		length := 0
		for line := range strings.Lines(string(head)) {
			if value, found := strings.CutPrefix(line, "Content-Length: "); found {
				if length, err = strconv.Atoi(strings.TrimSpace(value)); err != nil {
					return "", err
				}
			}
		}
		body, err := stream.ReadBytes(length, false).Await()
		return string(body), err
	})
	fmt.Println(body, err)
	// Output: Hello, world <nil>
}
