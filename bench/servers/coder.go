package servers

import (
	"net/http"

	"github.com/coder/websocket"
)

// serveCoder serves coder/websocket's echo: a goroutine reads a message and writes it. The limit
// of 32 KiB per message is lifted. It does not check UTF-8.
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
