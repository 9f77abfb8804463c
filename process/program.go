package process

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// ownPath is the path that this process was started by, for starting the program again:
// absolute, with its symbolic links. It is taken at the start of the process, because the
// directory may change later, and the file may be renamed or replaced by a new version.
var ownPath, errOwnPath = startedBy(os.Args[0])

// startedBy returns the absolute path of the program that was started under a name. A name
// that is not the program's, as a parent may pass it, gives the path that the system knows.
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

func isSameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}
