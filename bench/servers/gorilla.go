package servers

import (
	"net/http"

	"github.com/gorilla/websocket"
)

// serveGorilla is gorilla/websocket's own echo example. By default it checks UTF-8 only in close
// reasons, and does not compress.
func (o wsOptions) serveGorilla(port int, ready func()) error {
	upgrader := websocket.Upgrader{EnableCompression: o.compress}
	return o.serveGorillaWith(port, ready, &upgrader, func(c *websocket.Conn) {
		for {
			kind, message, err := c.ReadMessage()
			if err != nil {
				return
			}
			if err := c.WriteMessage(kind, message); err != nil {
				return
			}
		}
	})
}

func (o wsOptions) serveGorillaWith(port int, ready func(), upgrader *websocket.Upgrader, serve func(c *websocket.Conn)) error {
	mux := http.NewServeMux()
	mux.HandleFunc("/ws", func(w http.ResponseWriter, r *http.Request) {
		c, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer c.Close()
		serve(c)
	})
	listener, err := o.listen(port, ready)
	if err != nil {
		return err
	}
	return http.Serve(listener, mux)
}
