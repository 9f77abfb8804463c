// Package http1 has the protocol cores of HTTP/1.x that servers and clients share. They parse
// heads, find the end of a body, decode and encode chunks, and inflate. They do no I/O: bytes
// go in, events come out. Tornado: the parsing parts of tornado.http1connection.
package http1
