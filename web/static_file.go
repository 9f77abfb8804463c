package web

import (
	"errors"
	"io"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/gotornado/tornado/iostream"
)

// A staticFile is an open file of a directory or of an fs.FS.
type staticFile struct {
	path     string
	disk     *iostream.File // or
	other    fs.File
	mode     fs.FileMode
	size     int64
	modified time.Time
}

// openFile opens the file of an absolute path, unless it is open already.
func (h *StaticFileHandler) openFile(path string, files fs.FS) error {
	if h.file.path == path {
		return nil
	}
	h.file.close()
	file, err := openStatic(path, files)
	h.file = file
	return err
}

func openStatic(path string, files fs.FS) (staticFile, error) {
	if files == nil {
		f, err := iostream.OpenFile(path)
		return newDiskFile(path, f, err)
	}
	if s, ok := files.(fs.StatFS); ok { // opening a named pipe would block
		if info, err := s.Stat(path); err != nil || !info.Mode().IsRegular() {
			return newStaticFile(path, nil, info), err
		}
	}
	f, err := files.Open(path)
	if err != nil {
		return staticFile{}, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return staticFile{}, err
	}
	return newStaticFile(path, f, info), nil
}

// newDiskFile returns the staticFile for the result of opening path.
func newDiskFile(path string, f *iostream.File, err error) (staticFile, error) {
	if err != nil {
		return staticFile{}, err
	}
	return staticFile{path: path, disk: f, mode: f.Mode(), size: f.Size(), modified: f.ModTime()}, nil
}

func newStaticFile(path string, f fs.File, info fs.FileInfo) staticFile {
	if info == nil {
		return staticFile{}
	}
	return staticFile{path: path, other: f, mode: info.Mode(), size: info.Size(), modified: info.ModTime()}
}

func (f *staticFile) close() {
	switch {
	case f.disk != nil:
		f.disk.Close()
	case f.other != nil:
		f.other.Close()
	}
	*f = staticFile{}
}

// readerAt returns f if it can be read at any offset, otherwise nil.
func (f *staticFile) readerAt() io.ReaderAt {
	if f.disk != nil {
		return f.disk
	}
	r, _ := f.other.(io.ReaderAt)
	return r
}

// blocks reports whether reading may block on a disk.
func (f *staticFile) blocks(offset, n int64) bool {
	if f.disk != nil {
		return !f.disk.Cached(offset, n)
	}
	return !f.modified.IsZero()
}

// ParseURLPath converts urlPath, the path in a URL, to the separators of the file system.
// Tornado: parse_url_path.
func (h *StaticFileHandler) ParseURLPath(urlPath string) string { return filepath.FromSlash(urlPath) }

// GetAbsolutePath joins root and path, and removes dots and double slashes. It does not
// access the file system. If path is absolute already, root is not used. Tornado:
// get_absolute_path.
func (h *StaticFileHandler) GetAbsolutePath(root, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(root, path)
}

// ValidateAbsolutePath returns the path of the file to serve: absolutePath or, for a
// directory, DefaultFilename in it. Otherwise it returns an [*HTTPError]: 403 outside of
// root, 404 if the file does not exist, and 403 if it is not a regular file. A symbolic
// link counts as the file to which it leads. A directory whose URL has no slash at its end
// is redirected; then the result is "" and nil. Tornado: validate_absolute_path.
func (h *StaticFileHandler) ValidateAbsolutePath(root, absolutePath string) (string, error) {
	if !within(root, absolutePath) {
		return "", HTTPErrorf(403, "%s is not in root static directory", h.name)
	}
	files := h.fsWith(h.Settings())
	h.linkRoot = root
	err := h.openInRoot(absolutePath, files)
	if err == nil && h.file.mode.IsDir() && h.DefaultFilename != "" {
		if urlPath := h.Request().Path; !strings.HasSuffix(urlPath, "/") {
			return "", h.redirectToDirectory(urlPath)
		}
		absolutePath = path.Join(absolutePath, h.DefaultFilename)
		err = h.openInRoot(absolutePath, files)
	}
	switch {
	case err == errLinkLeavesRoot:
		return "", HTTPErrorf(403, "%s is not in root static directory", h.name)
	case err != nil:
		return "", openError(err, h.name)
	case !h.file.mode.IsRegular():
		return "", HTTPErrorf(403, "%s is not a file", h.name)
	}
	return absolutePath, nil
}

// within reports whether a clean path is root or below it.
func within(root, path string) bool {
	switch root {
	case "/":
		return strings.HasPrefix(path, "/")
	case ".":
		return fs.ValidPath(path)
	}
	rest, ok := strings.CutPrefix(path, filepath.Clean(root))
	return ok && (rest == "" || rest[0] == filepath.Separator)
}

func (h *StaticFileHandler) redirectToDirectory(urlPath string) error {
	if beginsWithHost(urlPath) {
		return HTTPErrorf(403, "cannot redirect path with two initial slashes")
	}
	return h.self.Redirect(urlPath+"/", 301)
}

// openError returns the error of a request for a file that could not be opened.
func openError(err error, name string) error {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return HTTPErrorf(403, "%s is not readable", name)
	case errors.Is(err, syscall.ENXIO):
		return HTTPErrorf(403, "%s is not a file", name)
	}
	for _, missing := range []error{fs.ErrNotExist, fs.ErrInvalid, syscall.ENOTDIR, syscall.EINVAL, syscall.ENAMETOOLONG, syscall.ELOOP} {
		if errors.Is(err, missing) {
			return NewHTTPError(404)
		}
	}
	return err
}

// GetModifiedTime returns the time of the last change of the file, or the zero time if the
// file system does not know it. Tornado: get_modified_time.
func (h *StaticFileHandler) GetModifiedTime() (time.Time, error) {
	err := h.openContent()
	return h.file.modified, err
}

// GetContentSize returns the size of the whole file in bytes. Tornado: get_content_size.
func (h *StaticFileHandler) GetContentSize() (int64, error) {
	err := h.openContent()
	return h.file.size, err
}

func (h *StaticFileHandler) openContent() error {
	return h.openFile(h.contentPath(), h.currentFS())
}

// currentFS returns the fs.FS that h serves, or nil for a directory.
func (h *StaticFileHandler) currentFS() fs.FS {
	if h.application == nil {
		return h.fsWith(h.settings)
	}
	return h.fsWith(h.Settings())
}

// contentPath returns the path of the file that is sent: absolutePath, or the precompressed
// file.
func (h *StaticFileHandler) contentPath() string {
	if h.encoding == "" {
		return h.absolutePath
	}
	return h.absolutePath + encodingSuffix(h.encoding)
}

// GetContent opens the file and returns the bytes from start to end, without the byte at
// end. Tornado: get_content.
func (h *StaticFileHandler) GetContent(absolutePath string, start, end int64) (io.ReadCloser, error) {
	if err := h.openFile(absolutePath, h.currentFS()); err != nil {
		return nil, err
	}
	if h.file.readerAt() != nil {
		return &staticContent{file: &h.file, offset: start, end: end}, nil
	}
	file, err := openStatic(absolutePath, h.currentFS()) // h.file may have been read already
	if err != nil {
		return nil, err
	}
	content := &staticContent{file: &file, offset: start, end: end, owned: true}
	if err := content.skip(); err != nil {
		content.Close()
		return nil, err
	}
	return content, nil
}

// A staticContent reads a range of a file.
type staticContent struct {
	file        *staticFile
	offset, end int64
	owned       bool // Close closes the file
}

// Read implements [io.Reader].
func (c *staticContent) Read(p []byte) (n int, err error) {
	if c.offset >= c.end {
		return 0, io.EOF
	}
	p = p[:min(int64(len(p)), c.end-c.offset)]
	if r := c.file.readerAt(); r != nil {
		n, err = r.ReadAt(p, c.offset)
	} else {
		n, err = c.file.other.Read(p)
	}
	if c.offset += int64(n); n > 0 {
		err = nil // the next read returns the error again
	}
	return n, err
}

// skip moves to the start of the range in a file that cannot be read at any offset.
func (c *staticContent) skip() error {
	if s, ok := c.file.other.(io.Seeker); ok {
		_, err := s.Seek(c.offset, io.SeekStart)
		return err
	}
	_, err := io.CopyN(io.Discard, c.file.other, c.offset)
	return err
}

// Close implements [io.Closer].
func (c *staticContent) Close() error {
	if c.owned {
		c.file.close()
	}
	return nil
}
