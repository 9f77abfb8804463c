// Command demo-server shows what Tornado for Go does, in pages to try in a browser:
// an echo and a chat over WebSockets, handlers that wait, and the loop's counters.
//
//	go run ./cmd/demo-server
//
// It listens on this machine alone unless -address says otherwise. Each demo is one
// file beside this one, and the index page shows the handler that is running.
package main

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
)

type options struct {
	address string // "" is every address of the machine
	port    int    // 0 is any that is free
	loops   int    // 0 is one for each CPU
	debug   bool
}

func main() {
	o := options{}
	flag.IntVar(&o.port, "port", 8888, "TCP port to listen on; 0 takes any that is free")
	flag.StringVar(&o.address, "address", "127.0.0.1", `address to listen on; "" is every address of this machine`)
	flag.IntVar(&o.loops, "loops", 1, "number of event loops; 0 is one for each CPU")
	flag.BoolVar(&o.debug, "debug", false, "show errors to clients, check that calls come from their loop")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "demo-server: unexpected argument %q\n", flag.Arg(0))
		flag.Usage()
		os.Exit(2)
	}
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "demo-server:", err)
		os.Exit(1)
	}
}

// run serves until it is interrupted.
func run(o options) error {
	if o.debug {
		slog.SetLogLoggerLevel(slog.LevelDebug)
	}
	d, err := newDemo(o)
	if err != nil {
		return err
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-signals
		signal.Stop(signals) // a second one ends the program the hard way
		d.shutDown()
	}()
	fmt.Printf("Tornado for Go %s: point your browser at %s (Ctrl+C ends it)\n", web.Version, browserURL(d.bound))
	return d.loop.Start()
}

// grace is how long requests under way and WebSockets have to end.
const grace = 10 * time.Second

// shutDown ends the server when everybody has been answered. It blocks.
func (d *demo) shutDown() {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if err := d.server.Shutdown(ctx); err != nil {
		slog.Warn("connections were cut", "error", err)
	}
	d.loop.Stop()
}

// A demo is the whole server: its first loop, and what listens.
type demo struct {
	loop   *ioloop.IOLoop
	server *httpserver.HTTPServer
	hub    *hub
	bound  netip.AddrPort
}

// newDemo makes a server that listens, and serves as soon as its loop is started.
func newDemo(o options) (*demo, error) {
	loop, err := ioloop.New(ioloop.Options{Debug: o.debug})
	if err != nil {
		return nil, err
	}
	d := &demo{loop: loop, hub: newHub(loop)}
	d.server = httpserver.New(d.application(o), httpserver.Options{Loop: loop})
	if d.bound, err = listen(d.server, o); err != nil {
		loop.Close()
		return nil, err
	}
	return d, nil
}

func listen(s *httpserver.HTTPServer, o options) (netip.AddrPort, error) {
	bound, err := s.Bind(o.port, o.address)
	if err != nil {
		return bound, err
	}
	return bound, s.Start(o.loops)
}

func (d *demo) application(o options) *web.Application {
	return web.NewApplication([]web.URLSpec{
		web.URL(`/`, indexHandler{Demos: demos()}),
		web.URL(`/hello`, helloHandler{}),
		web.URL(`/echo`, echoPage{}),
		web.URL(`/ws/echo`, echoSocket{}),
		web.URL(`/chat(?:/([a-z]{1,32}))?`, chatPage{}),
		web.URL(`/ws/chat(?:/([a-z]{1,32}))?`, chatSocket{Hub: d.hub}),
		web.URL(`/sleep/([0-9.]+)`, sleepHandler{}),
		web.URL(`/stats`, statsHandler{Demo: d}),
		web.URL(`/song`, songPage{}),
		web.URL(`/files/(song\.wav)`, songFile{web.StaticFileHandler{Path: "/"}}),
		web.URL(`/static/(.*)`, web.StaticFileHandler{FS: static}),
		web.URL(`/favicon\.ico`, web.RedirectHandler{URL: "/static/favicon.svg"}),
	}, web.Settings{Debug: o.debug, DefaultHandlerClass: web.Class(notFound{})})
}

// browserURL is where a browser on this machine finds the server.
func browserURL(bound netip.AddrPort) string {
	host := bound.Addr().Unmap().String()
	switch {
	case bound.Addr().IsUnspecified():
		host = "localhost"
	case strings.Contains(host, ":"):
		host = "[" + host + "]"
	}
	return fmt.Sprintf("http://%s:%d/", host, bound.Port())
}
