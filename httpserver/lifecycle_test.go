package httpserver_test

import (
	"bytes"
	"log/slog"
	"testing"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/gotornado/tornado/web"
)

// A memoryStream accepts output as a socket does, without a kernel.
type memoryStream struct {
	loop *ioloop.IOLoop
	out  []byte
}

func (s *memoryStream) Loop() *ioloop.IOLoop          { return s.loop }
func (s *memoryStream) SetConsumer(iostream.Consumer) {}
func (s *memoryStream) Pause()                        {}
func (s *memoryStream) Resume()                       {}
func (s *memoryStream) Yield()                        {}
func (s *memoryStream) BeginWrite() []byte            { return s.out }
func (s *memoryStream) EndWrite(b []byte)             { s.out = b }
func (s *memoryStream) Send(p []byte)                 { s.out = append(s.out, p...) }
func (s *memoryStream) Push()                         {}
func (s *memoryStream) SendRef(p []byte)              { s.out = append(s.out, p...) }
func (s *memoryStream) Flushed(fn func(error))        {}
func (s *memoryStream) Buffered() int                 { return 0 }
func (s *memoryStream) Close()                        {}
func (s *memoryStream) CloseWrite()                   {}
func (s *memoryStream) CloseWhenFlushed()             {}

func (s *memoryStream) SendFile(*iostream.File, int64, int) error { return nil }

type helloHandler struct{ web.RequestHandler }

func (h *helloHandler) Get(args ...string) error { return h.WriteString("Hello, world") }

// BenchmarkHelloWithoutKernel measures the cost of the framework for one request, without the
// kernel.
func BenchmarkHelloWithoutKernel(b *testing.B) {
	slog.SetLogLoggerLevel(slog.LevelWarn)
	defer slog.SetLogLoggerLevel(slog.LevelInfo)
	l, err := ioloop.New(ioloop.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	app := web.NewApplication([]web.URLSpec{web.URL("/", helloHandler{})}, web.Settings{})
	stream := &memoryStream{loop: l}
	c := httpserver.New(app, httpserver.Options{Loop: l}).ServeStream(stream)
	const request = "GET / HTTP/1.1\r\nHost: 127.0.0.1:8888\r\n\r\n"
	const at = 16
	batch := bytes.Repeat([]byte(request), at)
	b.ReportAllocs()
	for n := 0; n < b.N; n += at {
		for left := batch; len(left) > 0; { // a connection must be offered its bytes again after each burst, because the loop's time stands still
			left = left[c.Consume(left):]
		}
		stream.out = stream.out[:0]
	}
}
