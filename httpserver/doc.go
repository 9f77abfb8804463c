// Package httpserver serves HTTP/1.x (RFC 9112) on an event loop. It passes requests to a
// connection delegate, such as web.Application. It knows neither handlers nor WebSockets.
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
// Options limit everything that a client can send or delay, in bytes and in time. If two
// servers could read a request in different ways, the response is 400 and the connection is
// closed.
//
// head.go, body.go and keepalive.go do no I/O: they map bytes or facts to values. A connection
// joins them to a stream: it parses a head, passes the body to the delegate, sends the
// delegate's response, and starts again; see state.go. Pipelined requests are served in order,
// and their bytes wait in the stream.
//
// Tornado: tornado.httpserver and tornado.http1connection.
package httpserver
