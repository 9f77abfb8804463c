package servers

import (
	"log/slog"

	"github.com/gotornado/tornado/httpserver"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/web"
	"github.com/gotornado/tornado/websocket"
)

type tornadoHello struct{ web.RequestHandler }

func (h *tornadoHello) Get(args ...string) error {
	h.WriteString(body)
	return nil
}

type tornadoEcho struct{ websocket.WebSocketHandler }

func (h *tornadoEcho) OnMessage(m websocket.Message) error { return h.WriteMessage(m) }

var _ websocket.Handler = (*tornadoEcho)(nil)

// serveTornado is this project on one loop. The access log is off, by the level of
// the default logger, because none of the others writes one.
func serveTornado(port int, ready func()) error {
	return serveTornadoRoutes(port, ready, web.URL(`/`, tornadoHello{}), web.URL(`/ws`, tornadoEcho{}))
}

func serveTornadoRoutes(port int, ready func(), routes ...web.URLSpec) error {
	slog.SetLogLoggerLevel(slog.LevelWarn)
	loop, err := ioloop.New(ioloop.Options{})
	if err != nil {
		return err
	}
	app := web.NewApplication(routes, web.Settings{})
	options := web.ListenOptions{Address: "127.0.0.1", Options: httpserver.Options{Loop: loop}}
	if _, err := app.Listen(port, options); err != nil {
		return err
	}
	ready()
	return loop.Start()
}
