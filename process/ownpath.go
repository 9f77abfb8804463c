package process

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// ownPath is the absolute path that this process was started by, with its symbolic links.
// It is computed at the start of the process, because later the directory may change, and
// the file may be renamed or replaced by a new version.
var ownPath, errOwnPath = startedBy(os.Args[0])

// startedBy returns the absolute path of the program that was started under a name. If the
// name is not the program's, as a parent may choose, it returns the path that the system
// knows.
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
