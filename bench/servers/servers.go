// Package servers holds what is compared: each file is one server as its own
// documentation writes it, answering GET / with "Hello, world", or echoing WebSocket
// messages at /ws, or both.
package servers

import (
	"fmt"
	"net"
	"slices"
	"strconv"
)

// Workloads a server may take part in.
const (
	HTTP          = "http"           // one request at a time on a connection
	HTTPPipelined = "http-pipelined" // several requests sent at once
	WebSocket     = "ws"             // echo
)

// The answer to GET /, in every server that does not build its head by hand.
const (
	body        = "Hello, world"
	contentType = "text/html; charset=UTF-8"
)

// A Server is one entry of the comparison.
type Server struct {
	Name      string
	Workloads []string
	// Serve listens on the loopback address, calls ready, and serves until the
	// process ends or something fails.
	Serve func(port int, ready func()) error
}

// All lists the servers in the order of the tables.
func All() []Server {
	return []Server{
		{"tornado", []string{HTTP, HTTPPipelined, WebSocket}, serveTornado},
		{"floor", []string{HTTP}, serveFloor},
		{"gnet", []string{HTTP, HTTPPipelined}, serveGnet},
		{"fasthttp", []string{HTTP, HTTPPipelined}, serveFasthttp},
		{"nethttp", []string{HTTP, HTTPPipelined}, serveNetHTTP},
		{"gws", []string{WebSocket}, serveGws},
		{"gorilla", []string{WebSocket}, serveGorilla},
		{"nbio", []string{WebSocket}, serveNbio},
	}
}

// Find returns the server of that name.
func Find(name string) (Server, error) {
	for _, s := range All() {
		if s.Name == name {
			return s, nil
		}
	}
	return Server{}, fmt.Errorf("servers: no server is called %q", name)
}

// For returns the servers that take part in a workload and are named in only, which
// may be empty for all.
func For(workload string, only []string) []Server {
	return slices.DeleteFunc(All(), func(s Server) bool {
		return !slices.Contains(s.Workloads, workload) || len(only) > 0 && !slices.Contains(only, s.Name)
	})
}

func address(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// listen is net.Listen for the servers that take a listener.
func listen(port int, ready func()) (net.Listener, error) {
	listener, err := net.Listen("tcp", address(port))
	if err == nil {
		ready()
	}
	return listener, err
}
