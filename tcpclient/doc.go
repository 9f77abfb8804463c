// Package tcpclient connects streams to servers by name: it resolves, tries the
// addresses of both families beside each other, and speaks TLS if asked to. All that
// may block runs off the loop. Tornado: tornado.tcpclient, and the resolvers of
// tornado.netutil.
package tcpclient
