// Package tcpserver accepts connections and hands each to a function as a stream.
// Tornado: tornado.tcpserver, and the sockets of tornado.netutil.
//
//	server := tcpserver.New(func(stream *iostream.IOStream, peer netip.AddrPort) error {
//		line, err := stream.ReadUntil([]byte("\n"), 4096).Await() // others are served meanwhile
//		if err != nil {
//			return err
//		}
//		_, err = stream.Write(line).Await()
//		return err
//	}, tcpserver.Options{})
//	address, err := server.Listen(8888, "")
//	err = ioloop.Instance().Start()
//
// A server accepts on one loop, or on several (Start), or in several processes (package
// process). It goes on accepting when it has run out of descriptors, a moment later.
package tcpserver
