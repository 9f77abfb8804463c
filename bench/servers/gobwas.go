package servers

import (
	"net/http"

	"github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
)

// serveGobwas is the first example in the README of gobwas/ws: wsutil, with a goroutine per
// connection.
func serveGobwas(port int, ready func()) error {
	mux := http.NewServeMux()
	mux.HandleFunc("/ws", func(w http.ResponseWriter, r *http.Request) {
		c, _, _, err := ws.UpgradeHTTP(r, w)
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			for {
				message, op, err := wsutil.ReadClientData(c)
				if err != nil {
					return
				}
				if err := wsutil.WriteServerMessage(c, op, message); err != nil {
					return
				}
			}
		}()
	})
	listener, err := listen(port, ready)
	if err != nil {
		return err
	}
	return http.Serve(listener, mux)
}
