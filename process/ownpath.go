package process

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// ownPath is the absolute path under which this process was started; symbolic links in it stay.
// It is computed when the process starts. Later the directory may have changed, or a new version
// may have replaced the file.
var ownPath, errOwnPath = startedBy(os.Args[0])

// startedBy returns the absolute path of the program that was started under a name. A parent may
// choose a name that is not the program's. Then startedBy returns the path that the system knows.
func startedBy(name string) (string, error) {
	running, runningErr := os.Executable()
	path, err := exec.LookPath(name)
	if err == nil || errors.Is(err, exec.ErrDot) { // ErrDot: a relative path in PATH
		path, err = filepath.Abs(path)
	}
	if err == nil && (runningErr != nil || isSameFile(path, running)) {
		return path, nil
	}
	if runningErr != nil {
		return "", fmt.Errorf("the path of the program: %w", errors.Join(err, runningErr))
	}
	return running, nil
}

// isSameFile reports whether two paths lead to the same file.
func isSameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}
