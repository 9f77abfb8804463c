package web

import "github.com/gotornado/tornado/httpserver"

// ListenOptions configure Listen. The zero value does what Tornado does.
type ListenOptions struct {
	Address            string // host name or IP address to listen on; "" means every address of the machine
	httpserver.Options        // options of the server
}

// Listen serves the application over HTTP on a TCP port; 0 means any free port. The server
// uses Options.Loop, by default [ioloop.Instance], and serves while that loop runs. The error
// says why the port is not available. For several processes or loops, make an
// [httpserver.HTTPServer] yourself. Tornado: Application.listen.
func (a *Application) Listen(port int, options ...ListenOptions) (*httpserver.HTTPServer, error) {
	var o ListenOptions
	if len(options) > 0 {
		o = options[0]
	}
	server := httpserver.New(a, o.Options)
	_, err := server.Listen(port, o.Address)
	return server, err
}
