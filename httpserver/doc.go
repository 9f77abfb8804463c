// Package httpserver serves HTTP/1.x (RFC 9112) from an event loop to a connection
// delegate; web.Application is one. It knows neither handlers nor WebSockets.
//
// head.go, body.go and keepalive.go are pure: bytes or facts in, values out, no
// stream. A connection glues them to a stream: it parses a head, passes the body on,
// lets the delegate answer, and starts over. Requests that a client sends ahead
// are answered strictly one after another; their bytes wait in the stream.
//
// Tornado: tornado.httpserver and tornado.http1connection.
package httpserver
