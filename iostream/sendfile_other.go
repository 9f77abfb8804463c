//go:build !linux

package iostream

// sendfileFD is another call on each system, or none.
func sendfileFD(socket, file int, offset int64, n int) (int, error) { return 0, errNoSendfile }

// cached is unknown.
func cached(file int, offset int64) bool { return false }
