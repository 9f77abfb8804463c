package servers

import (
	"log/slog"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/gotornado/tornado/tcpserver"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/websocket"
)

type tornadoHello struct{ web.RequestHandler }

func (h *tornadoHello) Get(args ...string) error {
	h.WriteString(body)
	return nil
}

type tornadoEcho struct{ websocket.WebSocketHandler }

func (h *tornadoEcho) OnMessage(m websocket.Message) error {
	defer h.Recycle(m)
	return h.WriteMessage(m)
}

// A tornadoKeepingEcho does not recycle its messages, like a handler that keeps them.
type tornadoKeepingEcho struct{ websocket.WebSocketHandler }

func (h *tornadoKeepingEcho) OnMessage(m websocket.Message) error { return h.WriteMessage(m) }

type tornadoDeflateEcho struct{ tornadoEcho }

func (h *tornadoDeflateEcho) GetCompressionOptions() *websocket.CompressionOptions {
	return &websocket.CompressionOptions{}
}

var (
	_ websocket.Handler = (*tornadoEcho)(nil)
	_ websocket.Handler = (*tornadoKeepingEcho)(nil)
	_ websocket.Handler = (*tornadoDeflateEcho)(nil)
)

// serveTornado is this project on one loop. The access log is disabled through the level of the
// default logger, because the other servers write none.
func serveTornado(port int, ready func()) error {
	return serveTornadoRoutes(port, ready, web.URL(`/`, tornadoHello{}), web.URL(`/ws`, tornadoEcho{}))
}

func serveTornadoKeeping(port int, ready func()) error {
	return serveTornadoRoutes(port, ready, web.URL(`/ws`, tornadoKeepingEcho{}))
}

func (o wsOptions) serveTornado(port int, ready func()) error {
	stream := iostream.Options{}
	if o.tls {
		config, err := serverTLS()
		if err != nil {
			return err
		}
		stream.TLS = config
	}
	route := web.URL(`/ws`, tornadoEcho{})
	if o.compress {
		route = web.URL(`/ws`, tornadoDeflateEcho{})
	}
	return serveTornadoOver(stream, port, ready, route)
}

func serveTornadoRoutes(port int, ready func(), routes ...web.URLSpec) error {
	return serveTornadoOver(iostream.Options{}, port, ready, routes...)
}

func serveTornadoOver(stream iostream.Options, port int, ready func(), routes ...web.URLSpec) error {
	slog.SetLogLoggerLevel(slog.LevelWarn)
	loop, err := ioloop.New(ioloop.Options{})
	if err != nil {
		return err
	}
	app := web.NewApplication(routes, web.Settings{})
	options := web.ListenOptions{Address: "127.0.0.1", Options: httpserver.Options{
		Loop: loop, Stream: stream, Sockets: tcpserver.SocketOptions{ReusePort: true, Backlog: 4096},
	}}
	if _, err := app.Listen(port, options); err != nil {
		return err
	}
	ready()
	return loop.Start()
}
