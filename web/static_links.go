package web

import (
	"errors"
	"io/fs"
	"path/filepath"
	"syscall"

	"github.com/gotornado/tornado/iostream"
)

// errLinkLeavesRoot reports a symbolic link to a directory that the handler must not serve.
var errLinkLeavesRoot = errors.New("web: a symbolic link leaves the static root: add its target directory to AllowedSymlinkDirectories")

// openInRoot opens the file of an absolute path, even if it is open already. Unlike
// openFile, it checks symbolic links.
func (h *StaticFileHandler) openInRoot(path string, files fs.FS) (err error) {
	h.file.close()
	h.file, err = h.openBelow(h.linkRoot, path, files)
	return err
}

// openBelow opens the file of an absolute path, unless symbolic links lead out of root. A
// path without links needs no further system call.
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

// openLinked opens a path with symbolic links. It resolves the links first and then opens
// the result without following links, so it opens exactly the file that was checked.
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

// mayLinkTo reports whether target, a path without links, is below root or below one of
// AllowedSymlinkDirectories. These directories may be links themselves.
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

// resolveLinks returns path as an absolute path without symbolic links. A circle of links
// is the error ELOOP.
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
