// Package servers holds the compared servers. Each file is one server, written as its own
// documentation suggests. A server responds to GET / with "Hello, world", or echoes WebSocket
// messages at /ws, or both, or echoes the bytes of a TCP connection.
package servers

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"os/exec"
	"slices"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// Workloads in which a server may take part.
const (
	HTTP          = "http"           // one request at a time on a connection
	HTTPPipelined = "http-pipelined" // several requests sent at once
	WebSocket     = "ws"             // echo of messages
	Broadcast     = "broadcast"      // each message goes to every WebSocket
	WSDeflate     = "ws-deflate"     // with permessage-deflate
	WSS           = "wss"            // over TLS
	TCP           = "tcp"            // echo of bytes
	TLS           = "tls"            // echo of bytes over TLS
	TLSHandshake  = "tls-handshake"  // full handshakes
	Static        = "static"         // a file of 16 KiB
	GZip          = "gzip"           // 16 KiB of JSON, compressed for each request
	JSON          = "json"           // a small API: JSON in, JSON out
)

// The response to GET /, for all servers that do not build its head by hand.
const (
	body        = "Hello, world"
	contentType = "text/html; charset=UTF-8"
)

// A Server is one entry of the comparison. A name may have several entries, for different
// workloads.
type Server struct {
	Name      string
	Workloads []string
	// Serve listens on the loopback address, calls ready, and serves until the process ends or
	// an error occurs.
	Serve func(port int, ready func()) error
}

// All returns the servers in the order of the tables.
func All() []Server {
	return []Server{
		{"tornado", []string{HTTP, HTTPPipelined, WebSocket}, serveTornado},
		{"tornado-keeping", []string{WebSocket}, serveTornadoKeeping},
		{"httpserver", []string{HTTP, HTTPPipelined}, serveHTTPServer},
		{"floor", []string{HTTP}, serveFloor},
		{"gnet", []string{HTTP, HTTPPipelined}, serveGnet},
		{"fasthttp", []string{HTTP, HTTPPipelined}, serveFasthttp},
		{"nethttp", []string{HTTP, HTTPPipelined}, serveNetHTTP},
		{"gws", []string{WebSocket}, wsOptions{}.serveGws},
		{"gorilla", []string{WebSocket}, wsOptions{}.serveGorilla},
		{"nbio", []string{WebSocket}, wsOptions{}.serveNbio},
		{"gobwas", []string{WebSocket}, serveGobwas},
		{"coder", []string{WebSocket}, wsOptions{}.serveCoder},
		{"tornado", []string{Broadcast}, broadcastTornado},
		{"gws", []string{Broadcast}, broadcastGws},
		{"gorilla", []string{Broadcast}, broadcastGorilla},
		{"nbio", []string{Broadcast}, broadcastNbio},
		{"tornado", []string{WSDeflate}, wsOptions{compress: true}.serveTornado},
		{"gws", []string{WSDeflate}, wsOptions{compress: true}.serveGws},
		{"gorilla", []string{WSDeflate}, wsOptions{compress: true}.serveGorilla},
		{"nbio", []string{WSDeflate}, wsOptions{compress: true}.serveNbio},
		{"coder", []string{WSDeflate}, wsOptions{compress: true}.serveCoder},
		{"tornado", []string{WSS}, wsOptions{tls: true}.serveTornado},
		{"gws", []string{WSS}, wsOptions{tls: true}.serveGws},
		{"gorilla", []string{WSS}, wsOptions{tls: true}.serveGorilla},
		{"coder", []string{WSS}, wsOptions{tls: true}.serveCoder},
		{"tornado", []string{TCP}, echoTornado},
		{"gnet", []string{TCP}, echoGnet},
		{"netpoll", []string{TCP}, echoNetpoll},
		{"net", []string{TCP}, echoNet},
		{"c", []string{TCP}, echoC},
		{"tornado", []string{TLS, TLSHandshake}, echoTornadoTLS},
		{"net", []string{TLS, TLSHandshake}, echoNetTLS},
		{"tornado", []string{Static}, staticTornado},
		{"nethttp", []string{Static}, staticNetHTTP},
		{"fasthttp", []string{Static}, staticFasthttp},
		{"nginx", []string{Static}, staticNginx},
		{"tornado", []string{GZip}, gzipTornado},
		{"nethttp", []string{GZip}, gzipNetHTTP},
		{"fasthttp", []string{GZip}, gzipFasthttp},
		{"tornado", []string{JSON}, jsonTornado},
		{"nethttp", []string{JSON}, jsonNetHTTP},
		{"fasthttp", []string{JSON}, jsonFasthttp},
	}
}

// Find returns the server with the given name that takes part in a workload.
func Find(name, workload string) (Server, error) {
	for _, s := range For(workload, nil) {
		if s.Name == name {
			return s, nil
		}
	}
	return Server{}, fmt.Errorf("servers: no server called %q takes part in %q", name, workload)
}

// For returns the servers that take part in a workload and are named in only; an empty only means
// all. The C server is left out without a compiler, and nginx if it is not installed.
func For(workload string, only []string) []Server {
	return slices.DeleteFunc(All(), func(s Server) bool {
		return !slices.Contains(s.Workloads, workload) || len(only) > 0 && !slices.Contains(only, s.Name) ||
			s.Name == "c" && !has(compiler) || s.Name == nginx && !has(nginx)
	})
}

func has(program string) bool {
	_, err := exec.LookPath(program)
	return err == nil
}

func address(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// listen is net.Listen for servers that take a listener.
func listen(port int, ready func()) (net.Listener, error) {
	listener, err := listenShared("tcp", address(port))
	if err == nil {
		ready()
	}
	return listener, err
}

// listenShared is net.Listen on a port that other processes of the same server share.
func listenShared(network, address string) (net.Listener, error) {
	config := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) (err error) {
		c.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_REUSEPORT, 1) })
		return err
	}}
	return config.Listen(context.Background(), network, address)
}

// wsOptions are the options of a workload's WebSockets.
type wsOptions struct{ compress, tls bool }

// listen listens, over TLS if o.tls is set.
func (o wsOptions) listen(port int, ready func()) (net.Listener, error) {
	if !o.tls {
		return listen(port, ready)
	}
	config, err := serverTLS()
	if err != nil {
		return nil, err
	}
	listener, err := listen(port, ready)
	if err != nil {
		return nil, err
	}
	return tls.NewListener(listener, config), nil
}
