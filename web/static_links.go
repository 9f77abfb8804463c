package web

import (
	"errors"
	"io/fs"
	"path/filepath"
	"syscall"

	"github.com/gotornado/tornado/iostream"
)

// errLinkLeavesRoot reports a symbolic link that leads to where h may not serve from.
var errLinkLeavesRoot = errors.New("web: a symbolic link leaves the static root: list the directory it leads to in AllowedSymlinkDirectories")

// openInRoot opens the file of an absolute path, anew if it is open: only here, and not in
// open, symbolic links are checked.
func (h *StaticFileHandler) openInRoot(path string, files fs.FS) (err error) {
	h.file.close()
	h.file, err = h.openBelow(h.linkRoot, path, files)
	return err
}

// openBelow opens the file of an absolute path below root, unless symbolic links lead out
// of root. A path without links, which most are, costs no further system call.
func (h *StaticFileHandler) openBelow(root, path string, files fs.FS) (staticFile, error) {
	if files != nil {
		return openStatic(path, files)
	}
	f, err := iostream.OpenFileNoLinks(path)
	if errors.Is(err, syscall.ELOOP) {
		f, err = h.openLinked(root, path)
	}
	return newDiskFile(path, f, err)
}

// openLinked opens what a path with symbolic links leads to. The links are resolved first,
// and the result is opened without any: so what is opened is what was checked.
func (h *StaticFileHandler) openLinked(root, path string) (*iostream.File, error) {
	target, err := resolveLinks(path)
	if err != nil {
		return nil, err
	}
	if !h.mayLinkTo(root, target) {
		return nil, errLinkLeavesRoot
	}
	return iostream.OpenFileNoLinks(target)
}

// mayLinkTo reports whether target, a path without links, is below root or one of
// AllowedSymlinkDirectories. They may be reached through links themselves.
func (h *StaticFileHandler) mayLinkTo(root, target string) bool {
	if dir, err := resolveLinks(root); err == nil && within(dir, target) {
		return true
	}
	for _, allowed := range h.AllowedSymlinkDirectories {
		if dir, err := resolveLinks(allowed); err == nil && within(dir, target) {
			return true
		}
	}
	return false
}

// resolveLinks returns path as an absolute one without symbolic links. Links in a circle
// are ELOOP.
func resolveLinks(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	target, err := filepath.EvalSymlinks(path)
	if _, ok := errors.AsType[*fs.PathError](err); err != nil && !ok {
		return "", syscall.ELOOP
	}
	return target, err
}
