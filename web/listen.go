package web

import "github.com/gotornado/tornado/httpserver"

// ListenOptions tune Listen. The zero value does what Tornado does.
type ListenOptions struct {
	Address            string // a name or an address in numbers; "" is every address of the machine
	httpserver.Options        // of the server
}

// Listen serves the application over HTTP on a TCP port, 0 for any that is free, in the
// server's loop once that runs. The error says why the port cannot be had. For several
// processes or loops make an [httpserver.HTTPServer] yourself.
// Tornado: Application.listen.
func (a *Application) Listen(port int, options ...ListenOptions) (*httpserver.HTTPServer, error) {
	var o ListenOptions
	if len(options) > 0 {
		o = options[0]
	}
	server := httpserver.New(a, o.Options)
	_, err := server.Listen(port, o.Address)
	return server, err
}
