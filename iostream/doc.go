// Package iostream has buffered, non-blocking streams that an [ioloop.IOLoop] drives. Reads
// and writes return futures. A [Consumer] instead parses the input in place.
//
//	stream, err := iostream.Connect(loop, "tcp", "example.com:80", nil).Await()
//	if err != nil {
//		return err
//	}
//	defer stream.Close()
//	stream.Write([]byte("GET / HTTP/1.0\r\nHost: example.com\r\n\r\n"))
//	head, err := stream.ReadUntil([]byte("\r\n\r\n"), 65536).Await()
//
// A stream belongs to its loop: only code on the loop may call its methods. No method runs a
// callback on the caller's stack. [NewConn] returns a [net.Conn] of a stream for code that
// runs on other goroutines, and [FromConn] returns a stream of a net.Conn.
//
// An idle stream has no buffers. Input arrives in a scratch buffer of the loop, and only the
// bytes that no reader took are copied. Output is gathered in a pooled buffer and sent in one
// system call at the end of the loop's turn; then the buffer returns to the pool.
//
// A TLS stream has the same methods. A coroutine runs its handshake. After the handshake an
// idle TLS stream needs no goroutine, and no more memory than crypto/tls itself. Output is
// encrypted a little ahead of the socket, and input is decrypted when it arrives.
package iostream
