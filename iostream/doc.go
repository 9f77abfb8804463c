// Package iostream has buffered, non-blocking streams that an [ioloop.IOLoop]
// drives: reads and writes as futures, and beneath them a push interface for
// protocol cores that parse in place.
//
//	stream, err := iostream.Connect(loop, "tcp", "example.com:80", nil).Await()
//	if err != nil {
//		return err
//	}
//	defer stream.Close()
//	stream.Write([]byte("GET / HTTP/1.0\r\nHost: example.com\r\n\r\n"))
//	head, err := stream.ReadUntil([]byte("\r\n\r\n"), 65536).Await()
//
// A stream belongs to its loop; none of its methods may be called from another
// goroutine. None of them runs a callback on the caller's stack.
//
// An idle stream owns no buffer. Bytes arrive in a scratch buffer of the loop's,
// and only what nobody took is copied; output gathers in a pooled buffer, leaves
// at the end of the loop's turn in one system call, and gives the buffer back.
//
// A TLS stream is used as any other. Its handshake runs in a coroutine, from the
// first byte to the last; after that a connection that idles holds no goroutine and
// no more than crypto/tls itself keeps. Output is encrypted a little ahead of the
// socket, input when it comes.
package iostream
