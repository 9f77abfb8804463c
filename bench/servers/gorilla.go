package servers

import (
	"net/http"

	"github.com/gorilla/websocket"
)

// serveGorilla is gorilla/websocket's own echo example. Its defaults check the UTF-8
// of nothing but close reasons, and compress nothing.
func serveGorilla(port int, ready func()) error {
	var upgrader websocket.Upgrader
	mux := http.NewServeMux()
	mux.HandleFunc("/ws", func(w http.ResponseWriter, r *http.Request) {
		c, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer c.Close()
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
	listener, err := listen(port, ready)
	if err != nil {
		return err
	}
	return http.Serve(listener, mux)
}
