package load

// A dialogue is the client's half of one connection: what to send, and whether what
// comes back is right. It does no I/O.
type dialogue interface {
	// question returns what to send next and how many answers it asks for. The
	// bytes are valid until the next call.
	question() (p []byte, answers int)
	// answer takes the first n bytes of buf, which is not empty; done says that they
	// complete an answer. n = 0 asks to be called again with more bytes added.
	answer(buf []byte) (n int, done bool, err error)
}
