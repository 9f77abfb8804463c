// Package iostream has buffered, non-blocking streams that an [ioloop.IOLoop]
// drives: reads and writes as futures, and beneath them a push interface for
// protocol cores that parse in place.
//
// A stream belongs to its loop; none of its methods may be called from another
// goroutine. None of them runs a callback on the caller's stack.
//
// An idle stream owns no buffer. Bytes arrive in a scratch buffer of the loop's,
// and only what nobody took is copied; output gathers in a pooled buffer, leaves
// at the end of the loop's turn in one system call, and gives the buffer back.
package iostream
