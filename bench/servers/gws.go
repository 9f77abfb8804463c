package servers

import (
	"net/http"

	"github.com/lxzan/gws"
)

type gwsEcho struct{ gws.BuiltinEventHandler }

func (gwsEcho) OnMessage(c *gws.Conn, message *gws.Message) {
	defer message.Close()
	c.WriteMessage(message.Opcode, message.Bytes())
}

// serveGws follows the best practice in the README of gws: an upgrader on net/http, a goroutine
// for the read loop so that the request can be collected, and recovery of panics. It does not
// handle the messages of one connection in parallel, which cannot speed up an echo. With
// compression, contexts are kept, as in the README. gws does not check the UTF-8 of text messages
// by default (CheckUtf8Enabled); this server uses the default.
func (o wsOptions) serveGws(port int, ready func()) error {
	return o.serveGwsHandler(port, ready, gwsEcho{})
}

func (o wsOptions) serveGwsHandler(port int, ready func(), handler gws.Event) error {
	upgrader := gws.NewUpgrader(handler, &gws.ServerOption{
		Recovery:          gws.Recovery,
		PermessageDeflate: gws.PermessageDeflate{Enabled: o.compress, ServerContextTakeover: true, ClientContextTakeover: true},
	})
	mux := http.NewServeMux()
	mux.HandleFunc("/ws", func(w http.ResponseWriter, r *http.Request) {
		c, err := upgrader.Upgrade(w, r)
		if err != nil {
			return
		}
		go c.ReadLoop()
	})
	listener, err := o.listen(port, ready)
	if err != nil {
		return err
	}
	return http.Serve(listener, mux)
}
