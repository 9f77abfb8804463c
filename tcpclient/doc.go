// Package tcpclient connects streams to servers by name. It resolves the name, tries the
// addresses of both families in parallel, and starts TLS if configured. Blocking work runs
// off the loop. Tornado: tornado.tcpclient, and the resolvers of tornado.netutil.
//
//	var client tcpclient.TCPClient
//	stream, err := client.Connect(loop, "example.com", 25, tcpclient.Options{Timeout: 10 * time.Second}).Await()
//	if err != nil {
//		return err
//	}
//	defer stream.Close()
//	greeting, err := stream.ReadUntil([]byte("\r\n"), 512).Await()
package tcpclient
