// Command demo-server shows the features of Tornado for Go in pages to try in a browser. It
// has a chat, an echo and a live chart over WebSockets. It also has uploads, a JSON API, a
// login, streamed responses, seekable files, errors, handlers that wait, and one that calls
// other pages.
//
//	go run ./cmd/demo-server
//
// It listens on the loopback interface only, unless -address says otherwise. Each demo is one
// file in this directory. The index page shows the source of each running handler.
//
// At the first SIGINT (Ctrl+C) or SIGTERM, the server finishes its requests and closes its
// WebSockets, in at most ten seconds; a second signal ends it immediately. At SIGHUP a new
// process takes over the sockets, so that no connection is refused, and the old one ends as
// above. Pages with a WebSocket reconnect, users stay logged in, and the chat keeps its
// history.
//
// -help lists the options, among them those for the log: -logging=LEVEL, -log_file_prefix=PATH
// and their kin.
package main

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/options"
	"github.com/gotornado/tornado/web"
)

type demoConfig struct {
	address string // "" means all addresses
	port    int    // 0 means any free port
	loops   int    // 0 means one per CPU
	debug   bool
	upload  int64  // size limit of one request, in bytes
	state   string // file name; "" means none
	blog    string // file name; "" means a temporary file

	inherited []*os.File // files of the previous process: its state, then its sockets
}

var (
	port      = options.Define("port", 8888, "TCP port to listen on; 0 means any free one")
	address   = options.Define("address", "127.0.0.1", "address to listen on; empty means all addresses")
	loops     = options.Define("loops", 1, "number of event loops; 0 means one per CPU")
	debug     = options.Define("debug", false, "show errors to clients, check which loop calls come from")
	upload    = options.Define("max-upload", int64(4<<30), "size limit of one upload, in bytes", options.Metavar("BYTES"))
	statePath = options.Define("state", "", "stores the chat's history and the cookie secret while no server runs", options.Metavar("FILE"))
	blogPath  = options.Define("blog", "", "SQLite database of the blog; without it the blog is temporary", options.Metavar("FILE"))
)

func main() {
	if rest := options.ParseCommandLine(); len(rest) > 0 {
		fmt.Fprintf(os.Stderr, "demo-server: unexpected argument %q\n", rest[0])
		os.Exit(2)
	}
	err := run(demoConfig{
		address: address.Value(), port: port.Value(), loops: loops.Value(), debug: debug.Value(),
		upload: upload.Value(), state: statePath.Value(), blog: blogPath.Value(),
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, "demo-server:", err)
		os.Exit(1)
	}
}

// A demo is the whole server: its first loop, its listening server and the demos' data.
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

// newDemo returns a server that listens. It serves when its loop is started.
func newDemo(o demoConfig) (*demo, error) {
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
		d.closeBlog()
		loop.Close()
		return nil, err
	}
	d.live.startSampling()
	return d, nil
}

// begin returns a demo with the data that is kept in memory.
func begin(loop *ioloop.IOLoop, first savedState) *demo {
	d := &demo{loop: loop, hub: newHub(loop), notes: &notes{}, secret: first.Secret}
	d.hub.restore(first.Said)
	d.live = &live{demo: d}
	return d
}

// open opens the blog and listens. temporary is the directory of the previous process's blog;
// this process removes it later, once nothing here can fail any more.
func (d *demo) open(o demoConfig, temporary string) (err error) {
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

// closeBlog closes the blog, after the server has stopped.
func (d *demo) closeBlog() error {
	if d.blog == nil {
		return nil
	}
	return d.blog.closeDatabase()
}

func listen(s *httpserver.HTTPServer, o demoConfig) (bound netip.AddrPort, err error) {
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

func (d *demo) application(o demoConfig) (*web.Application, error) {
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
		web.URL(`/logout`, logoutPage{}),
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
		web.URL(`/gather`, gatherPage{Demo: d}),
		web.URL(`/stats`, statsHandler{Demo: d}),
		web.URL(`/song`, songPage{}),
		web.URL(`/files/(song\.wav)`, songFile{web.StaticFileHandler{Path: "/"}}),
		web.URL(`/static/(.*)`, web.StaticFileHandler{FS: static}),
		web.URL(`/favicon\.ico`, web.RedirectHandler{URL: "/static/favicon.svg"}),
	), settings), err
}
