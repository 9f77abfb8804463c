// Command demo-server shows what Tornado for Go does, in pages to try in a browser: a
// chat, an echo and a live chart over WebSockets, uploads, a JSON API, a login, answers
// that stream, files that seek, errors, handlers that wait.
//
//	go run ./cmd/demo-server
//
// It listens on this machine alone unless -address says otherwise. Each demo is one
// file beside this one, and the index page shows the handler that is running.
//
// The first SIGINT (Ctrl+C) or SIGTERM lets requests end and says goodbye to WebSockets,
// for ten seconds at most; the second ends the program at once. At SIGHUP a new process
// takes over, without a connection being refused, and this one ends in the same way:
// pages with a WebSocket come back by themselves, who is logged in stays so, and the
// chat knows what was said.
//
// The flags are
//
//	-port N             TCP port to listen on, 0 for any that is free (8888)
//	-address A          address to listen on, "" for every one of this machine (127.0.0.1)
//	-loops N            number of event loops, 0 for one for each CPU (1)
//	-debug              show clients what failed and where, check whose loop calls are on
//	-max-upload N       bytes that one upload may have (4 GiB)
//	-state FILE         keep the chat's history and the secret that signs cookies here
//	                    while no server runs; without it both are new at each start
//	-blog FILE          keep the blog in a SQLite database, else it is gone with the server
package main

import (
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
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
	upload  int64  // bytes of one request
	state   string // a file; "" is none
	blog    string // a file; "" is a temporary one

	inherited []*os.File // from the process before this one: its state, then its sockets
}

func main() {
	o := options{}
	flag.IntVar(&o.port, "port", 8888, "TCP port to listen on; 0 takes any that is free")
	flag.StringVar(&o.address, "address", "127.0.0.1", `address to listen on; "" is every address of this machine`)
	flag.IntVar(&o.loops, "loops", 1, "number of event loops; 0 is one for each CPU")
	flag.BoolVar(&o.debug, "debug", false, "show errors to clients, check that calls come from their loop")
	flag.Int64Var(&o.upload, "max-upload", 4<<30, "`bytes` that one upload may have")
	flag.StringVar(&o.state, "state", "", "`file` that keeps the chat's history and the cookies' secret while no server runs")
	flag.StringVar(&o.blog, "blog", "", "`file` of the blog's SQLite database, else one that is gone with the server")
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

// A demo is the whole server: its first loop, and what listens.
type demo struct {
	loop   *ioloop.IOLoop
	server *httpserver.HTTPServer
	hub    *hub
	live   *live
	notes  *notes
	blog   *blog
	secret string // signs cookies
	bound  netip.AddrPort
}

// newDemo makes a server that listens, and serves as soon as its loop is started.
func newDemo(o options) (*demo, error) {
	first, err := firstState(o)
	if err != nil {
		return nil, err
	}
	loop, err := ioloop.New(ioloop.Options{Debug: o.debug})
	if err != nil {
		return nil, err
	}
	d := begin(loop, first)
	if err := d.open(o, first.Blog); err != nil {
		d.close()
		loop.Close()
		return nil, err
	}
	d.live.start()
	return d, nil
}

// begin makes what the demos keep in memory.
func begin(loop *ioloop.IOLoop, first state) *demo {
	d := &demo{loop: loop, hub: newHub(loop), notes: &notes{}, secret: first.Secret}
	d.hub.restore(first.Said)
	d.live = &live{demo: d}
	return d
}

// open opens what the demos keep, and listens. temporary is the directory of the
// predecessor's blog; it is ours to remove as soon as nothing can fail any more.
func (d *demo) open(o options, temporary string) (err error) {
	if temporary != "" {
		o.blog = filepath.Join(temporary, blogFile)
	}
	if d.blog, err = openBlog(o.blog); err != nil {
		return err
	}
	app, err := d.application(o)
	if err != nil {
		return err
	}
	d.server = httpserver.New(counted{app, &d.live.requests}, httpserver.Options{Loop: d.loop})
	if d.bound, err = listen(d.server, o); err == nil && temporary != "" {
		d.blog.temporary = temporary
	}
	return err
}

// close closes what open opened, when nobody is served any more.
func (d *demo) close() error {
	if d.blog == nil {
		return nil
	}
	return d.blog.close()
}

func listen(s *httpserver.HTTPServer, o options) (bound netip.AddrPort, err error) {
	if len(o.inherited) > 0 {
		bound, err = s.BindFiles(o.inherited[1:])
	} else {
		bound, err = s.Bind(o.port, o.address)
	}
	if err != nil {
		return bound, err
	}
	return bound, s.Start(o.loops)
}

func (d *demo) application(o options) (*web.Application, error) {
	settings, err := blogSettings(web.Settings{
		Debug: o.debug, DefaultHandlerClass: web.Class(notFound{}),
		CookieSecret: d.secret, LoginURL: "/login",
		XSRFCookies: true, XSRFCookieKwargs: web.CookieOptions{SameSite: "Lax", HTTPOnly: true},
	}, d.blog)
	return web.NewApplication(append(blogRoutes(d.blog),
		web.URL(`/`, indexHandler{Demos: demos()}),
		web.URL(`/hello`, helloHandler{}),
		web.URL(`/echo`, echoPage{}),
		web.URL(`/ws/echo`, echoSocket{}),
		web.URL(`/chat(?:/([a-z]{1,32}))?`, chatPage{}),
		web.URL(`/ws/chat(?:/([a-z]{1,32}))?`, chatSocket{Hub: d.hub}),
		web.URL(`/live`, livePage{}),
		web.URL(`/ws/live`, liveSocket{Live: d.live}),
		web.URL(`/login`, loginPage{}),
		web.URL(`/logout`, logoutHandler{}),
		web.URL(`/account`, accountPage{}),
		web.URL(`/api`, apiPage{}),
		web.URL(`/api/notes`, notesHandler{Notes: d.notes}),
		web.URL(`/api/notes/([0-9]+)`, noteHandler{Notes: d.notes}, web.Name("note")),
		web.URL(`/api/.*`, apiNotFound{}),
		web.URL(`/upload`, uploadHandler{Most: o.upload}),
		web.URL(`/stream`, streamPage{}),
		web.URL(`/countdown/([0-9]+)`, countdownHandler{streamHandler{Pause: time.Second}}),
		web.URL(`/rows/([0-9]+)\.csv`, rowsHandler{}),
		web.URL(`/errors`, errorsPage{}),
		web.URL(`/fail/([a-z]+)`, failHandler{}),
		web.URL(`/sleep/([0-9.]+)`, sleepHandler{}),
		web.URL(`/stats`, statsHandler{Demo: d}),
		web.URL(`/song`, songPage{}),
		web.URL(`/files/(song\.wav)`, songFile{web.StaticFileHandler{Path: "/"}}),
		web.URL(`/static/(.*)`, web.StaticFileHandler{FS: static}),
		web.URL(`/favicon\.ico`, web.RedirectHandler{URL: "/static/favicon.svg"}),
	), settings), err
}
