package httpserver

import (
	"cmp"
	"math"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/internal/succession"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/gotornado/tornado/tcpserver"
)

// Options configure a server. The zero value does what Tornado does. For every timeout, 0 means
// the default and a negative value disables it. Timeouts are rounded up to a few of the loop's
// CoarseTick, shorter ones by a quarter of their length. No timeout ends a request whose handler is still working, or an upgraded
// connection.
type Options struct {
	Loop          *ioloop.IOLoop          // nil means ioloop.Instance
	Stream        iostream.Options        // options of each connection's stream; its TLS makes an HTTPS server
	Sockets       tcpserver.SocketOptions // of Listen and Bind
	NoKeepAlive   bool                    // close the connection after each response
	MaxHeaderSize int                     // largest size of a request's head in bytes; a larger head closes the connection; 0 means 64 KiB
	MaxBodySize   int64                   // largest size of a request's body in bytes; a larger body gets 400; 0 means the stream's MaxBufferSize, or 100 MiB
	ChunkSize     int                     // largest number of bytes of a streamed body in one call of DataReceived; 0 means 64 KiB

	// IdleConnectionTimeout closes a connection on which nothing happens: no request begins,
	// no byte of a body arrives, and the client takes no byte of a response. 0 means an hour.
	IdleConnectionTimeout time.Duration
	// HeaderTimeout limits the time from the first byte of a request's head to the last one.
	// After that the client gets 408. 0 means 20 s. Tornado has no such timeout.
	HeaderTimeout time.Duration
	// BodyTimeout limits the time from the end of the head to the end of the body. The time in
	// which the delegate of a streamed body works does not count. After that the connection is
	// closed. 0 means no limit. SetBodyTimeout of the connection sets it for one request.
	// Tornado: body_timeout.
	BodyTimeout time.Duration

	// MaxConnections limits the number of open connections. WebSockets count, as do connections
	// that are retained (see web.RequestHandler.RetainConnection). At the limit the server stops
	// accepting, and new connections wait in the backlog. Several loops may each exceed the limit
	// by one. 0 means no limit. Tornado has neither this limit nor the next one.
	MaxConnections int
	// MaxConnectionsPerAddress limits the number of open connections of one IPv4 address or IPv6
	// /64. Further connections get 503; with TLS they are closed. Addresses in TrustedDownstream
	// and unix sockets are exempt. 0 means no limit.
	MaxConnectionsPerAddress int

	// XHeaders takes the client's address from X-Real-Ip or X-Forwarded-For and the scheme
	// from X-Scheme or X-Forwarded-Proto, for each request. Set it only behind a proxy that
	// sets these headers, because any client can send them. Tornado: xheaders.
	XHeaders bool
	// TrustedDownstream lists the addresses (10.0.0.1) and networks (10.0.0.0/8) of proxies
	// that X-Forwarded-For skips.
	TrustedDownstream []string
	// Protocol is the scheme of requests, "http" or "https". Set it if a proxy ends TLS and
	// sends no header. "" means https if Stream.TLS is set.
	Protocol string

	// ProxyProtocol names the proxies, such as HAProxy or a TCP load balancer, that begin each
	// connection with a header that contains the client's address. The server reads the header
	// before TLS. Requests, logs and MaxConnectionsPerAddress use that address. See also XHeaders.
	ProxyProtocol tcpserver.ProxyProtocol

	// DecompressRequest inflates bodies whose Content-Encoding is gzip, and renames that header
	// to X-Consumed-Content-Encoding. MaxBodySize limits the inflated bytes too. Its default of
	// 100 MiB fits into 100 KB of gzip, so set it as low as the application allows.
	// Tornado: decompress_request.
	DecompressRequest bool
	// MaxDecompressed limits the bytes of all inflated bodies that the server has in memory,
	// from their arrival to the end of their requests. A request that exceeds it gets 503.
	// Streamed bodies do not count. 0 means four times MaxBodySize, a negative value no limit.
	MaxDecompressed int64
}

// withDefaults returns o with the defaults filled in.
func (o Options) withDefaults() Options {
	o.MaxHeaderSize = cmp.Or(o.MaxHeaderSize, 64<<10)
	o.MaxBodySize = cmp.Or(o.MaxBodySize, int64(o.Stream.MaxBufferSize), 100<<20)
	o.MaxDecompressed = cmp.Or(o.MaxDecompressed, 4*min(o.MaxBodySize, math.MaxInt64/4))
	o.ChunkSize = cmp.Or(o.ChunkSize, 64<<10)
	o.IdleConnectionTimeout = cmp.Or(o.IdleConnectionTimeout, defaultIdleTimeout)
	o.HeaderTimeout = cmp.Or(o.HeaderTimeout, defaultHeaderTimeout)
	if o.Protocol == "" && o.Stream.TLS != nil {
		o.Protocol = "https"
	}
	o.Protocol = cmp.Or(o.Protocol, "http")
	return o
}

// An HTTPServer serves a delegate over HTTP/1.x; make it with New. Listen, Bind, Start and
// Stop are methods of tcpserver.TCPServer. Shutdown ends the server gracefully. Tornado:
// httpserver.HTTPServer.
type HTTPServer struct {
	*tcpserver.TCPServer
	delegate    httputil.HTTPServerConnectionDelegate
	options     Options
	downstream  tcpserver.Networks
	connections atomic.Int64
	exchanges   sync.Pool
	inflated    byteBudget
	limiter     *connectionLimiter // nil without a limit on connections

	mu       sync.Mutex
	tables   map[*ioloop.IOLoop]*connectionTable
	shutdown *shutdownProgress // nil until Shutdown
}

// New returns a server for delegate, such as a web.Application. The server accepts
// connections after Listen, or after Bind and Start. New panics if TrustedDownstream is
// malformed or if Stream.TLS has no certificate.
func New(delegate httputil.HTTPServerConnectionDelegate, o Options) *HTTPServer {
	s := &HTTPServer{
		delegate: delegate, options: o.withDefaults(), downstream: parseDownstream(o.TrustedDownstream),
		tables: map[*ioloop.IOLoop]*connectionTable{},
	}
	s.inflated.max = s.options.MaxDecompressed
	s.exchanges.New = func() any { return new(h1Exchange) }
	s.TCPServer = tcpserver.New(s.handleStream, tcpserver.Options{
		Loop: o.Loop, Stream: o.Stream, Sockets: o.Sockets, ProxyProtocol: o.ProxyProtocol,
	})
	s.limiter = newConnectionLimiter(o, s.downstream, s.TCPServer.PauseAccepting, s.TCPServer.ResumeAccepting)
	succession.AddDrainer(s, func(s *HTTPServer) succession.Drainer { return s })
	return s
}

// Connections returns the number of open connections, without upgraded ones. Any goroutine
// may call it.
func (s *HTTPServer) Connections() int { return int(s.connections.Load()) }

// handleStream serves a new connection, or refuses it if its address has too many.
func (s *HTTPServer) handleStream(stream *iostream.IOStream, peer netip.AddrPort) error {
	ip := "0.0.0.0"
	if peer.IsValid() {
		ip = peer.Addr().String()
	}
	admitted := s.limiter == nil || s.limiter.admitConnection(peer.Addr(), false)
	if !admitted && s.options.Stream.TLS != nil {
		stream.Close() // a TLS handshake for the 503 would cost too much
		return nil
	}
	c := s.serveStream(stream, ip)
	c.counted = admitted && s.limiter != nil
	if !admitted {
		c.refuseWith(response503)
	}
	return nil
}

// serveStream returns a new connection that serves stream.
func (s *HTTPServer) serveStream(stream clientStream, remoteIP string) *connection {
	s.connections.Add(1)
	c := &connection{table: s.tableOf(stream.Loop()), stream: stream, remoteIP: remoteIP}
	c.restartIdleTimeout()
	stream.SetConsumer(c)
	if c.table.draining {
		c.table.awaitFirstRequest(c)
	}
	return c
}

// leaveServer removes a connection that has ended or was detached from all counts.
func (c *connection) leaveServer() {
	c.server().connections.Add(-1)
	c.server().uncountConnection(c)
	c.table.removeConnection(c)
}
