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

// serveGws is the best practice of gws's README: an upgrader behind net/http, the read
// loop in a goroutine of its own so that the request can be collected, panics
// recovered. Left out is parallel handling of one connection's
// messages, which give an echo nothing to gain; with
// compression contexts are kept, as its README has them. By default gws does not check the
// UTF-8 of text messages (CheckUtf8Enabled), and that is how it runs here.
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
