//go:build !linux

package iostream

// sendfileFD returns errNoSendfile: the call differs on each system.
func sendfileFD(socket, file int, offset int64, n int) (int, error) { return 0, errNoSendfile }

// cached returns false: the system does not tell.
func cached(file int, offset int64) bool { return false }
