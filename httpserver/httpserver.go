package httpserver

import (
	"cmp"
	"math"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gotornado/tornado/httputil"
	"github.com/gotornado/tornado/ioloop"
	"github.com/gotornado/tornado/iostream"
	"github.com/gotornado/tornado/tcpserver"
)

// Options tune a server. The zero value does what Tornado does. Of a time-out, 0 is the
// default and a negative one none; they are rounded up to a few of the loop's CoarseTick.
// No time-out cuts a request that waits for its handler, or an upgraded connection.
type Options struct {
	Loop          *ioloop.IOLoop          // nil means ioloop.Instance
	Stream        iostream.Options        // of each connection; its TLS makes an HTTPS server
	Sockets       tcpserver.SocketOptions // of Listen and Bind
	NoKeepAlive   bool                    // close after each answer
	MaxHeaderSize int                     // bytes of a request's head; a larger one closes the connection; 0 means 64 KiB
	MaxBodySize   int64                   // bytes of a request's body; a larger one is refused with 400; 0 means the stream's MaxBufferSize, or 100 MiB
	ChunkSize     int                     // bytes of a streamed body in one call of DataReceived; 0 means 64 KiB

	// IdleConnectionTimeout closes a connection on which nothing moves: no request
	// begins, no byte of a body comes, none of an answer is taken. 0 means an hour.
	IdleConnectionTimeout time.Duration
	// HeaderTimeout is the time from the first byte of a request's head to its last,
	// however they come; then the client is told 408. 0 means 20 s. Tornado has none.
	HeaderTimeout time.Duration
	// BodyTimeout is the time from the end of the head to the end of the body, without
	// what the delegate of a streamed body takes; then the connection is closed. 0 means
	// none. SetBodyTimeout of the connection sets it for one request. Tornado: body_timeout.
	BodyTimeout time.Duration

	// MaxConnections bounds the open connections, upgraded ones that are retained (see
	// web.RequestHandler.RetainConnection) included. When it is reached the server accepts
	// no more, and those that come wait in the backlog. Several loops may exceed it
	// by one each. 0 means no limit. Tornado has none, nor the one that follows.
	MaxConnections int
	// MaxConnectionsPerAddress bounds the open connections of one IPv4 address or IPv6 /64;
	// more are told 503, or closed if they are TLS. TrustedDownstream is exempt, as are unix sockets. 0
	// means no limit.
	MaxConnectionsPerAddress int

	// XHeaders takes the client's address from X-Real-Ip or X-Forwarded-For and the
	// scheme from X-Scheme or X-Forwarded-Proto, for each request. Set it behind a proxy
	// that sets these headers, and nowhere else: anybody can send them. Tornado: xheaders.
	XHeaders bool
	// TrustedDownstream are the addresses (10.0.0.1) and networks (10.0.0.0/8) of
	// proxies that X-Forwarded-For is to skip.
	TrustedDownstream []string
	// Protocol is what requests say that they came by, "http" or "https": for a proxy
	// that ends TLS and sends no header. "" means https if Stream.TLS is set.
	Protocol string

	// ProxyProtocol names the proxies, such as HAProxy or a load balancer of TCP, that begin each
	// connection with a header that tells the client's address. It is read before TLS, and
	// is the address that requests, logs and MaxConnectionsPerAddress see. See also XHeaders.
	ProxyProtocol tcpserver.ProxyProtocol

	// DecompressRequest inflates bodies whose Content-Encoding is gzip; the header is then
	// called X-Consumed-Content-Encoding. MaxBodySize counts for the inflated bytes, too.
	// Its default of 100 MiB fits into 100 KB of gzip, so set it as low as the application
	// allows. Tornado: decompress_request.
	DecompressRequest bool
	// MaxDecompressed bounds the inflated bytes of all bodies that the server holds in
	// memory, from their arrival to the end of their requests. A request for which no room is
	// left gets 503. Bodies that a handler streams do not count. 0 means four times
	// MaxBodySize, a negative value no limit.
	MaxDecompressed int64
}

// withDefaults is the only place a default is written.
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

// An HTTPServer serves a delegate over HTTP/1.x: make it with New. Listen, Bind, Start
// and Stop are those of tcpserver.TCPServer; Shutdown ends it in order.
// Tornado: httpserver.HTTPServer.
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

// New makes a server of delegate, such as a web.Application, which serves when Listen,
// or Bind and Start, was called. What is wrong in TrustedDownstream panics, and so does
// a Stream.TLS without a certificate.
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
	admitted := s.limiter == nil || s.limiter.admitConnection(peer.Addr(), false)
	if !admitted && s.options.Stream.TLS != nil {
		stream.Close() // a handshake is more than it shall cost
		return nil
	}
	c := s.serveStream(stream, ip)
	c.counted = admitted && s.limiter != nil
	if !admitted {
		c.refuseWith(response503)
	}
	return nil
}

// serve makes a connection of stream.
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

// gone is told when a connection has ended, or was detached.
func (c *connection) leaveServer() {
	c.server().connections.Add(-1)
	c.server().uncountConnection(c)
	c.table.removeConnection(c)
}
