// Package tcpserver accepts connections and hands each to a callback as a stream.
// Tornado: tornado.tcpserver, and the sockets of tornado.netutil.
package tcpserver
