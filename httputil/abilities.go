package httputil

import (
	"crypto/tls"
	"net/netip"
	"time"
)

// The interfaces below are optional abilities of an HTTPConnection. A caller asks for an ability
// with a type assertion, and does without it if the assertion fails. Connections of package
// httpserver have all abilities. A type parameter stands for a type of a package that this
// package does not import.

// A LoopBound connection lives on one loop: *ioloop.IOLoop.
type LoopBound[Loop any] interface {
	// Loop returns the loop. Any goroutine may call it.
	Loop() Loop
}

// A Detacher gives up its stream, *iostream.IOStream, for another protocol.
type Detacher[Stream any] interface {
	// Detach ends the work of the connection, and returns the stream with the bytes that follow
	// the request. The caller must close the stream. Detach returns nil if the client has left.
	// Tornado: HTTP1Connection.detach.
	Detach() Stream
}

// A StreamHolder shows its stream, *iostream.IOStream.
type StreamHolder[Stream any] interface {
	// Stream returns the stream of the connection, so that the caller can read its state and
	// configure it (no delay, buffer sizes). Only the connection may read, write or close it. It
	// returns nil if the connection has none. Tornado: request.connection.stream.
	Stream() Stream
}

// A TLSReporter knows how its client connected.
type TLSReporter interface {
	// TLSState returns the results of the client's TLS handshake, or nil without TLS.
	TLSState() *tls.ConnectionState
}

// A FileSender sends parts of files, *iostream.File, without a copy through the program.
type FileSender[File any] interface {
	// SendFile is Write for n bytes of file from offset on. The file must stay open until
	// Flushed calls back. If the file cannot be read, it returns an error and closes the
	// connection.
	SendFile(file File, offset, n int64) error
}

// A BodySizeLimiter changes the limit of the request's body.
type BodySizeLimiter interface {
	// SetMaxBodySize limits the body to n bytes, before it is read.
	// Tornado: HTTP1Connection.set_max_body_size.
	SetMaxBodySize(n int64)
}

// A BodyTimer changes the time for the request's body.
type BodyTimer interface {
	// SetBodyTimeout limits the time until the end of the body; 0 means no limit.
	// Tornado: HTTP1Connection.set_body_timeout.
	SetBodyTimeout(d time.Duration)
}

// A LossReporter tells a client that has gone from one that only sends no more.
type LossReporter interface {
	// Lost reports whether the client can receive nothing more.
	Lost() bool
}

// A RegistryMember has a place in a registry of upgraded connections of the server,
// *upgrades.Registry of the project's internal package.
type RegistryMember[Registry any] interface {
	// UpgradeRegistry returns the registry and the address of the peer, which is not valid for
	// a unix socket. A connection that was detached must be added to the registry if the server
	// is to wait for it at a shutdown. The registry is nil if the server has none.
	UpgradeRegistry() (registry Registry, peer netip.Addr)
}

// A ShutdownObserver is an HTTPMessageDelegate that is told of a shutdown.
type ShutdownObserver interface {
	// OnShutdown runs in a loop coroutine when the server begins to shut down while the
	// request is served.
	OnShutdown()
}
