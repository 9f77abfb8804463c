package load

// A dialogue is the client's side of one connection: it makes requests and checks responses. It
// does no I/O.
type dialogue interface {
	// nextRequest returns the next bytes to send, and the number of responses that they request.
	// The bytes are valid until the next call.
	nextRequest() (p []byte, responses int)
	// checkResponse takes the first n bytes of buf, which is not empty. done says that they complete a
	// response. If n is 0, it must be called again with more bytes.
	checkResponse(buf []byte) (n int, done bool, err error)
}
