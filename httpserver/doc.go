// Package httpserver serves HTTP/1.x (RFC 9112) from an event loop to a connection
// delegate; web.Application is one. It knows neither handlers nor WebSockets.
//
//	server := httpserver.New(app, httpserver.Options{XHeaders: true}) // behind a proxy
//	if _, err := server.Bind(8888, ""); err != nil {
//		log.Fatal(err)
//	}
//	if err := server.Start(0); err != nil { // a loop for each CPU
//		log.Fatal(err)
//	}
//	log.Fatal(ioloop.Instance().Start())
//
// Whatever a client sends or does not send has a limit, in bytes and in time: see Options.
// What could be read in two ways is refused with 400, and the connection closed.
//
// head.go, body.go and keepalive.go are pure: bytes or facts in, values out, no
// stream. A connection glues them to a stream: it parses a head, passes the body on,
// lets the delegate answer, and starts over. Requests that a client sends ahead
// are answered strictly one after another; their bytes wait in the stream.
//
// Tornado: tornado.httpserver and tornado.http1connection.
package httpserver
