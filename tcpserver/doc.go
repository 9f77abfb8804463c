// Package tcpserver accepts connections and calls a function with the stream of each.
// Tornado: tornado.tcpserver, and the sockets of tornado.netutil.
//
//	server := tcpserver.New(func(stream *iostream.IOStream, peer netip.AddrPort) error {
//		line, err := stream.ReadUntil([]byte("\n"), 4096).Await() // the loop serves other connections meanwhile
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
// process). If the process has no descriptor left, the server accepts again a moment later.
package tcpserver
