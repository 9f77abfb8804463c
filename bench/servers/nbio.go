package servers

import (
	"net/http"
	"time"

	"github.com/lesismal/nbio/logging"
	"github.com/lesismal/nbio/nbhttp"
	"github.com/lesismal/nbio/nbhttp/websocket"
)

// serveNbio runs nbio in IOModNonBlocking, in which its pollers serve all connections. It has one
// poller for one core, and handles messages on it (ServerExecutor), because handing each to the
// default pool costs more than the echo. As in its author's benchmark, payloads are released
// after the call, and there is no keep-alive deadline to move for every message. It checks the
// UTF-8 of text messages by default.
func (o wsOptions) serveNbio(port int, ready func()) error {
	upgrader := websocket.NewUpgrader()
	upgrader.EnableCompression(o.compress)
	upgrader.OnMessage(func(c *websocket.Conn, kind websocket.MessageType, data []byte) {
		c.WriteMessage(kind, data)
	})
	return serveNbioWith(port, ready, upgrader)
}

func serveNbioWith(port int, ready func(), upgrader *websocket.Upgrader) error {
	logging.SetLevel(logging.LevelError)
	upgrader.KeepaliveTime = 0
	mux := http.NewServeMux()
	mux.HandleFunc("/ws", func(w http.ResponseWriter, r *http.Request) {
		c, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		c.SetReadDeadline(time.Time{})
	})
	engine := nbhttp.NewEngine(nbhttp.Config{
		Listen:                  listenShared,
		Network:                 "tcp",
		Addrs:                   []string{address(port)},
		Handler:                 mux,
		NPoller:                 1,
		IOMod:                   nbhttp.IOModNonBlocking,
		ReleaseWebsocketPayload: true,
		ServerExecutor:          func(f func()) { f() },
	})
	if err := engine.Start(); err != nil {
		return err
	}
	ready()
	select {}
}
