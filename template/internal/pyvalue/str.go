package pyvalue

// A reprer is a value of ours with a repr of its own.
type reprer interface {
	appendRepr(dst []byte) ([]byte, error)
}
