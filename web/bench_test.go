package web

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
)

// A sinkConn discards responses.
type sinkConn struct {
	fakeConn
	size int
}

func (c *sinkConn) WriteHeaders(_ httputil.ResponseStartLine, h *httputil.HTTPHeaders, chunk []byte) error {
	c.size += h.Len() + len(chunk)
	return nil
}

func (c *sinkConn) Write(chunk []byte) error {
	c.size += len(chunk)
	return nil
}

func (c *sinkConn) SendFile(_ *iostream.File, _, n int64) error {
	c.size += int(n)
	return nil
}

type hello struct{ RequestHandler }

func (h *hello) Get(args ...string) error { return h.WriteString("Hello, world") }

// benchmarkLifecycle measures requests for path from the head to the end of the response,
// without a server and with the access log off.
func benchmarkLifecycle(b *testing.B, app *Application, path string) {
	benchmarkLifecycleWith(b, app, path)
}

// benchmarkLifecycleWith is benchmarkLifecycle with additional header lines.
func benchmarkLifecycleWith(b *testing.B, app *Application, path string, fields ...httputil.Field) {
	before := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelError + 1})))
	defer slog.SetDefault(before)
	loop, err := ioloop.New(ioloop.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer loop.Close()
	conn := &sinkConn{fakeConn: fakeConn{loop: loop}}
	headers := httputil.NewHTTPHeaders(append([]httputil.Field{
		{Name: "Host", Value: "localhost:8888"}, {Name: "User-Agent", Value: "bench"}, {Name: "Accept", Value: "*/*"},
	}, fields...))
	start := httputil.RequestStartLine{Method: "GET", Path: path, Version: "HTTP/1.1"}
	ioloop.RunSync(loop, 0, func() (int, error) {
		b.ReportAllocs()
		for b.Loop() {
			delegate := app.StartRequest(conn)
			if _, err := delegate.HeadersReceived(start, headers); err != nil {
				b.Fatal(err)
			}
			delegate.Finish()
		}
		return 0, nil
	})
}

func BenchmarkHelloLifecycle(b *testing.B) {
	benchmarkLifecycle(b, NewApplication([]URLSpec{URL("/", hello{})}, Settings{}), "/")
}

type jsonHello struct{ RequestHandler }

func (h *jsonHello) Get(args ...string) error {
	return h.WriteJSON(map[string]any{"message": "Hello, world"})
}

type refuser struct{ RequestHandler }

func (h *refuser) Get(args ...string) error { return NewHTTPError(404) }

type cookieSetter struct{ RequestHandler }

func (h *cookieSetter) Get(args ...string) error {
	h.SetSignedCookie("user", "42")
	return h.WriteString("Hello, world")
}

// BenchmarkLifecycles measures the other common responses.
func BenchmarkLifecycles(b *testing.B) {
	app := NewApplication([]URLSpec{URL("/json", jsonHello{}), URL("/404", refuser{}), URL("/cookie", cookieSetter{})}, Settings{CookieSecret: "secret"})
	for _, path := range []string{"/json", "/404", "/cookie"} {
		b.Run(path[1:], func(b *testing.B) { benchmarkLifecycle(b, app, path) })
	}
}

func BenchmarkRouting(b *testing.B) {
	var specs []URLSpec
	for i := range 10 {
		specs = append(specs, URL(fmt.Sprintf("/plain%d", i), hello{}),
			URL(fmt.Sprintf("/regexp%d/([0-9]+)", i), hello{}), URL(fmt.Sprintf("/template%d/{id:[0-9]+}", i), hello{}))
	}
	app := NewApplication(specs, Settings{})
	hosts := NewApplication(specs, Settings{})
	hosts.AddHandlers(`www\.example\.com`, specs)
	for _, bb := range []struct {
		name, path string
		app        *Application
	}{
		{"plain", "/plain9", app},
		{"plain,hosts", "/plain9", hosts},
		{"regexp", "/regexp9/1234", app},
		{"template", "/template9/1234", app},
		{"unknown", "/nothing", app},
	} {
		b.Run(bb.name, func(b *testing.B) {
			r := &httputil.HTTPServerRequest{Path: bb.path, HostName: "www.example.com"}
			b.ReportAllocs()
			for b.Loop() {
				bb.app.findTarget(r)
			}
		})
	}
}

func BenchmarkStaticFileLifecycle(b *testing.B) {
	name := filepath.Join(b.TempDir(), "file.bin")
	if err := os.WriteFile(name, make([]byte, 16<<10), 0o666); err != nil {
		b.Fatal(err)
	}
	if err := os.Chtimes(name, time.Time{}, time.Unix(1_000_000_000, 0)); err != nil { // else its hash is not kept
		b.Fatal(err)
	}
	app := NewApplication([]URLSpec{URL(`/(.*)`, StaticFileHandler{Path: filepath.Dir(name)})}, Settings{})
	benchmarkLifecycle(b, app, "/file.bin")
}

// BenchmarkFind looks up the last of many routes. Package bench/routing has benchmarks of
// other routers.
func BenchmarkFind(b *testing.B) {
	for _, kind := range []struct{ name, pattern, path string }{
		{"literal", "/api/thing%d/list", "/api/thing%d/list"},
		{"group", "/api/thing%d/([0-9]+)", "/api/thing%d/1234567"},
		{"group inside", "/api/thing%d/([^/]+)/edit", "/api/thing%d/1234567/edit"},
		{"regexp", "/api/thing%d/([0-9]+|all)", "/api/thing%d/1234567"},
	} {
		for _, n := range []int{1, 100, 1000} {
			var specs []URLSpec
			for i := range n {
				specs = append(specs, URL(fmt.Sprintf(kind.pattern, i), hello{}))
			}
			app := NewApplication(specs, Settings{})
			r := &httputil.HTTPServerRequest{Path: fmt.Sprintf(kind.path, n-1)}
			b.Run(fmt.Sprintf("%s/%d", kind.name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if app.findTarget(r).spec == nil {
						b.Fatal("not found")
					}
				}
			})
		}
	}
}
