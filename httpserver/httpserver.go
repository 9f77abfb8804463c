package httpserver

import (
	"cmp"
	"net/netip"
	"sync"
	"sync/atomic"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/gotornado/tornado/tcpserver"
)

// Options tune a server. The zero value does what Tornado does.
type Options struct {
	Loop          *ioloop.IOLoop          // nil means ioloop.Instance
	Stream        iostream.Options        // of each connection; its TLS makes an HTTPS server
	Sockets       tcpserver.SocketOptions // of Listen and Bind
	NoKeepAlive   bool                    // close after each answer
	MaxHeaderSize int                     // bytes of a request's head; 0 means 64 KiB
	MaxBodySize   int64                   // bytes of a request's body; 0 means the stream's MaxBufferSize, or 100 MiB
	ChunkSize     int                     // bytes of a streamed body in one call of DataReceived; 0 means 64 KiB
}

// withDefaults is the only place a default is written.
func (o Options) withDefaults() Options {
	o.MaxHeaderSize = cmp.Or(o.MaxHeaderSize, 64<<10)
	o.MaxBodySize = cmp.Or(o.MaxBodySize, int64(o.Stream.MaxBufferSize), 100<<20)
	o.ChunkSize = cmp.Or(o.ChunkSize, 64<<10)
	return o
}

// An HTTPServer serves a delegate over HTTP/1.x. Listen, Bind, Start and Stop are
// those of tcpserver.TCPServer. Tornado: httpserver.HTTPServer.
type HTTPServer struct {
	*tcpserver.TCPServer
	delegate    httputil.HTTPServerConnectionDelegate
	options     Options
	connections atomic.Int64
	exchanges   sync.Pool
}

// New makes a server of delegate.
func New(delegate httputil.HTTPServerConnectionDelegate, o Options) *HTTPServer {
	s := &HTTPServer{delegate: delegate, options: o.withDefaults()}
	s.exchanges.New = func() any { return new(exchange) }
	s.TCPServer = tcpserver.New(s.handleStream, tcpserver.Options{Loop: o.Loop, Stream: o.Stream, Sockets: o.Sockets})
	return s
}

// Connections returns the number of open connections, upgraded ones not counted.
// Any goroutine may call it.
func (s *HTTPServer) Connections() int { return int(s.connections.Load()) }

func (s *HTTPServer) handleStream(stream *iostream.IOStream, peer netip.AddrPort) error {
	ip := "0.0.0.0"
	if peer.IsValid() {
		ip = peer.Addr().String()
	}
	s.serve(stream, ip)
	return nil
}

// protocol is what requests say that they came by.
func (s *HTTPServer) protocol() string {
	if s.options.Stream.TLS != nil {
		return "https"
	}
	return "http"
}

// serve makes a connection of stream.
func (s *HTTPServer) serve(stream stream, remoteIP string) *connection {
	s.connections.Add(1)
	c := &connection{server: s, stream: stream, remoteIP: remoteIP}
	stream.SetConsumer(c)
	return c
}
