// Package tcpserver accepts connections and hands each to a function as a stream.
// Tornado: tornado.tcpserver, and the sockets of tornado.netutil.
package tcpserver
