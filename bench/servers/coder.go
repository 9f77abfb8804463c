package servers

import (
	"net/http"

	"github.com/coder/websocket"
)

// serveCoder is coder/websocket's echo: a goroutine that reads a message and writes it.
// Its limit of 32 KiB for a message is lifted; it checks no UTF-8.
func (o wsOptions) serveCoder(port int, ready func()) error {
	accept := &websocket.AcceptOptions{}
	if o.compress {
		accept.CompressionMode = websocket.CompressionContextTakeover
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/ws", func(w http.ResponseWriter, r *http.Request) {
		c, err := websocket.Accept(w, r, accept)
		if err != nil {
			return
		}
		defer c.CloseNow()
		c.SetReadLimit(-1)
		for {
			kind, message, err := c.Read(r.Context())
			if err != nil {
				return
			}
			if err := c.Write(r.Context(), kind, message); err != nil {
				return
			}
		}
	})
	listener, err := o.listen(port, ready)
	if err != nil {
		return err
	}
	return http.Serve(listener, mux)
}
