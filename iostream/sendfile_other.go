//go:build !linux

package iostream

// sendfileFD returns errNoSendfile, because the system call differs between the systems.
func sendfileFD(socket, file int, offset int64, n int) (int, error) { return 0, errNoSendfile }

// cached returns false, because these systems have no way to ask.
func cached(file int, offset int64) bool { return false }
