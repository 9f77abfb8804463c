// Package routing compares how routers find one of many routes, without a kernel, server or
// client.
package routing

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"testing"

	"github.com/go-chi/chi/v5"
	"github.com/gorilla/mux"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
)

// sizes are the numbers of routes. Requests are for the last one.
var sizes = []int{1, 100, 1000}

// A shape is a kind of route in each router's syntax; %d is its number.
type shape struct{ name, regexp, template, chi, servemux, path string }

var shapes = []shape{
	{"literal", "/api/thing%d/list", "/api/thing%d/list", "/api/thing%d/list", "/api/thing%d/list", "/api/thing%d/list"},
	// ServeMux has no regular expressions: its group matches any text.
	{"group", "/api/thing%d/([0-9]+)", "/api/thing%d/{id:[0-9]+}", "/api/thing%d/{id:[0-9]+}", "/api/thing%d/{id}", "/api/thing%d/1234567"},
}

// handle is the handler of every peer; it records that it was called.
type handle struct{ called int }

func (h *handle) ServeHTTP(http.ResponseWriter, *http.Request) { h.called++ }

// peers build a router of n routes of a shape.
var peers = []struct {
	name  string
	build func(s shape, n int, h http.Handler) http.Handler
}{
	{"mux", func(s shape, n int, h http.Handler) http.Handler {
		router := mux.NewRouter()
		for i := range n {
			router.Handle(fmt.Sprintf(s.template, i), h)
		}
		return router
	}},
	{"chi", func(s shape, n int, h http.Handler) http.Handler {
		router := chi.NewRouter()
		for i := range n {
			router.Handle(fmt.Sprintf(s.chi, i), h)
		}
		return router
	}},
	{"servemux", func(s shape, n int, h http.Handler) http.Handler {
		router := http.NewServeMux()
		for i := range n {
			router.Handle(fmt.Sprintf(s.servemux, i), h)
		}
		return router
	}},
}

// BenchmarkPeers measures a router with a handler that does nothing.
func BenchmarkPeers(b *testing.B) {
	for _, s := range shapes {
		for _, n := range sizes {
			for _, peer := range peers {
				b.Run(fmt.Sprintf("%s/%d/%s", s.name, n, peer.name), func(b *testing.B) {
					h := &handle{}
					router := peer.build(s, n, h)
					r, err := http.NewRequest("GET", fmt.Sprintf(s.path, n-1), nil)
					if err != nil {
						b.Fatal(err)
					}
					asked := 0
					b.ReportAllocs()
					for b.Loop() {
						router.ServeHTTP(nil, r)
						asked++
					}
					if h.called != asked {
						b.Fatalf("%d of %d were found", h.called, asked)
					}
				})
			}
		}
	}
}

type hello struct{ web.RequestHandler }

func (h *hello) Get(args ...string) error { return h.WriteString("Hello, world") }

// sink is a connection that drops responses, except their status.
type sink struct {
	loop   *ioloop.IOLoop
	status int
}

func (s *sink) WriteHeaders(start httputil.ResponseStartLine, _ *httputil.HTTPHeaders, _ []byte) error {
	s.status = start.Code
	return nil
}
func (*sink) Write([]byte) error            { return nil }
func (*sink) Finish() error                 { return nil }
func (s *sink) Flushed(fn func(error))      { s.loop.CallSoon(func() { fn(nil) }) }
func (*sink) Info() httputil.ConnectionInfo { return httputil.ConnectionInfo{} }
func (s *sink) Loop() *ioloop.IOLoop        { return s.loop }

// BenchmarkTornado measures the whole life of a request, from its head to the end of its
// response; only the cost of routing grows with the routes. BenchmarkFind of package web measures
// routing alone.
func BenchmarkTornado(b *testing.B) {
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: slog.LevelError})))
	for _, s := range shapes {
		for _, n := range sizes {
			b.Run(fmt.Sprintf("%s/%d", s.name, n), func(b *testing.B) { lives(b, s, n) })
		}
	}
}

func lives(b *testing.B, s shape, n int) {
	var specs []web.URLSpec
	for i := range n {
		specs = append(specs, web.URL(fmt.Sprintf(s.regexp, i), hello{}))
	}
	app := web.NewApplication(specs, web.Settings{})
	loop, err := ioloop.New(ioloop.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer loop.Close()
	conn := &sink{loop: loop}
	headers := httputil.NewHTTPHeaders([]httputil.Field{{Name: "Host", Value: "localhost"}})
	start := httputil.RequestStartLine{Method: "GET", Path: fmt.Sprintf(s.path, n-1), Version: "HTTP/1.1"}
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
	if conn.status != 200 {
		b.Fatalf("status %d", conn.status)
	}
}

func TestEveryPeerFindsTheLastRouteOnly(t *testing.T) {
	for _, s := range shapes {
		for _, peer := range peers {
			h := &handle{}
			router := peer.build(s, 10, h)
			for _, path := range []string{fmt.Sprintf(s.path, 9), "/api/thing10/list"} {
				r, err := http.NewRequest("GET", path, nil)
				if err != nil {
					t.Fatal(err)
				}
				router.ServeHTTP(discard{http.Header{}}, r)
			}
			if h.called != 1 {
				t.Errorf("%s, %s: %d of two paths were found, want one", s.name, peer.name, h.called)
			}
		}
	}
}

// discard drops the page for a path that was not found.
type discard struct{ header http.Header }

func (d discard) Header() http.Header         { return d.header }
func (d discard) Write(p []byte) (int, error) { return len(p), nil }
func (d discard) WriteHeader(int)             {}
